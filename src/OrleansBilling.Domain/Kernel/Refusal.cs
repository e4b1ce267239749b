namespace OrleansBilling.Domain.Kernel;

/// <summary>Why a command was understood but not done. Refusals are ordinary answers, never exceptions.</summary>
/// <param name="Kind">Decides the HTTP status.</param>
/// <param name="Code">Stable machine-readable code, snake_case.</param>
/// <param name="Detail">A sentence that says what to do.</param>
/// <param name="Field">The offending field of the request, as the API spells it, or null.</param>
public sealed record Refusal(RefusalKind Kind, string Code, string Detail, string? Field = null)
{
    /// <summary>400: the request is malformed.</summary>
    public static Refusal Invalid(string code, string detail, string? field = null) => new(RefusalKind.Invalid, code, detail, field);

    /// <summary>404: the resource does not exist.</summary>
    public static Refusal NotFound(string code, string detail, string? field = null) => new(RefusalKind.NotFound, code, detail, field);

    /// <summary>409: the resource is in another state, or in flight.</summary>
    public static Refusal Conflict(string code, string detail, string? field = null) => new(RefusalKind.Conflict, code, detail, field);

    /// <summary>422: understood, and refused by a rule.</summary>
    public static Refusal Rule(string code, string detail, string? field = null) => new(RefusalKind.Rule, code, detail, field);
}

/// <summary>The class of a refusal.</summary>
public enum RefusalKind
{
    /// <summary>HTTP 400.</summary>
    Invalid,

    /// <summary>HTTP 404.</summary>
    NotFound,

    /// <summary>HTTP 409.</summary>
    Conflict,

    /// <summary>HTTP 422.</summary>
    Rule,
}
