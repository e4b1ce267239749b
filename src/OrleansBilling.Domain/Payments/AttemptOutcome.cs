using NodaTime;

namespace OrleansBilling.Domain.Payments;

/// <summary>What became of an attempt or a refund, as far as the gateway knows. A closed set.</summary>
public abstract record AttemptOutcome
{
    private AttemptOutcome()
    {
    }

    /// <summary>The money moved.</summary>
    /// <param name="Reference">The gateway's own name of it.</param>
    public sealed record Succeeded(string Reference) : AttemptOutcome;

    /// <summary>Definitely not moved.</summary>
    /// <param name="Code">The decline code.</param>
    /// <param name="Advice">The gateway's advice, or null.</param>
    /// <param name="Reference">The gateway's own name of it, or null.</param>
    public sealed record Declined(string Code, string? Advice, string? Reference) : AttemptOutcome;

    /// <summary>Accepted; the outcome comes later.</summary>
    /// <param name="Reference">The gateway's own name of it.</param>
    /// <param name="AskAgainAt">When to ask for it.</param>
    public sealed record Processing(string Reference, Instant AskAgainAt) : AttemptOutcome;

    /// <summary>Not known. The attempt stays as it is and is asked for again; it never decays into failed.</summary>
    public sealed record Unknown : AttemptOutcome;
}
