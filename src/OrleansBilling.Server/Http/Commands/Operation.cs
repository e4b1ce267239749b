namespace OrleansBilling.Server.Http.Commands;

/// <summary>What an endpoint is; carried as its metadata, checked at each request and told in the OpenAPI document.</summary>
/// <param name="Tag">The room it belongs to.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Policy">Who may: a member of <see cref="Auth.Allow"/>.</param>
internal sealed record Operation(string Tag, string Summary, string Policy)
{
    /// <summary>Query parameters; others are refused.</summary>
    public IReadOnlyList<QueryParameter> Query { get; init; } = [];

    /// <summary>Codes of its own refusals, such as <c>422 subscription_ended</c>.</summary>
    public IReadOnlyList<string> Refusals { get; init; } = [];

    /// <summary>The type of the body; null for endpoints without.</summary>
    public Type? Body { get; init; }

    /// <summary>Media types of the body.</summary>
    public IReadOnlyList<string> Accepts { get; init; } = ["application/json"];

    /// <summary>The type of the answer.</summary>
    public Type? Answer { get; init; }

    /// <summary>What the answer is written in.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>The status where it succeeds.</summary>
    public int Status { get; init; } = 200;

    /// <summary>True where it changes something, and so takes an Idempotency-Key.</summary>
    public bool Changes { get; init; }
}

/// <summary>A query parameter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">One sentence.</param>
internal sealed record QueryParameter(string Name, string Description);
