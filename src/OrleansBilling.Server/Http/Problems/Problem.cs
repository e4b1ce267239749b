using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Server.Http.Problems;

/// <summary>A refused request, as RFC 9457 tells it.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable machine-readable code, snake_case.</param>
/// <param name="Detail">A sentence that says what to do.</param>
/// <param name="Field">The path of the offending field, such as <c>prices[2].model.amount</c>, or null.</param>
internal sealed record Problem(int Status, string Code, string Detail, string? Field = null)
{
    /// <summary>Seconds after which a repeat may succeed; becomes <c>Retry-After</c>.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>A refusal of the domain.</summary>
    public static Problem Of(Refusal refusal) => new(
        refusal.Kind switch
        {
            RefusalKind.Invalid => 400,
            RefusalKind.NotFound => 404,
            RefusalKind.Conflict => 409,
            _ => 422,
        },
        refusal.Code,
        refusal.Detail,
        refusal.Field);

    /// <summary>A refusal of a grain.</summary>
    public static Problem Of(RefusalMessage refusal) => new(refusal.Status, refusal.Code, refusal.Detail, refusal.Field);

    /// <summary>400 with the offending field.</summary>
    public static Problem Invalid(string code, string detail, string? field = null) => new(400, code, detail, field);

    /// <summary>404.</summary>
    public static Problem NotFound(string detail, string code = "not_found") => new(404, code, detail);

    /// <summary>404 of a resource that is named by an id or by the caller's own name; says so where the id is of another kind.</summary>
    public static Problem NoSuch(string noun, string name, string? field = null)
    {
        var kind = Kinds.FirstOrDefault(kind => name.StartsWith(kind.Prefix, StringComparison.Ordinal)).Noun;
        var detail = kind is null || kind == noun ? $"There is no {noun.Split(' ', 2)[^1]} '{Shown(name)}'." : $"'{Shown(name)}' is the id of {kind}; give the id of {noun}.";
        return new Problem(404, noun.Split(' ', 2)[^1].Replace(' ', '_').ToLowerInvariant() + "_not_found", detail, field);
    }

    /// <summary>The exception that ends the request with this problem.</summary>
    public ProblemException Exception() => new(this);

    private static readonly (string Prefix, string Noun)[] Kinds =
    [
        ("acct_", "an account"), ("sub_", "a subscription"), ("item_", "a subscription item"), ("inv_", "an invoice"),
        ("line_", "an invoice line"), ("pay_", "a payment"), ("att_", "a payment attempt"), ("pm_", "a payment method"),
        ("re_", "a refund"), ("evt_", "an event"), ("clk_", "a test clock"), ("key_", "an API key"), ("adj_", "a balance adjustment"), ("corr_", "a usage correction"),
    ];

    private static string Shown(string name) => CardNumbers.Redact(name.Length <= 80 ? name : name[..80] + "...");
}

/// <summary>
/// Ends a request at the edge. Used by parsing and look-ups of the front end only, where a refusal has to leave nested
/// readers; decisions return refusals as values.
/// </summary>
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    /// <summary>What is answered.</summary>
    public Problem Problem { get; } = problem;
}
