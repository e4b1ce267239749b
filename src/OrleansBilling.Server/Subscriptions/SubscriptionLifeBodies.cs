using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Subscriptions;

/// <summary>Pauses a subscription.</summary>
internal sealed record PauseBody
{
    /// <summary><c>now</c> (unless given), <c>period_end</c>, or an instant: ahead, or back within the current period.</summary>
    [Text(TextKind.Reference, Max = 40)]
    public string? When { get; init; }

    /// <summary>When it resumes by itself; it waits for a resume unless given.</summary>
    public Instant? ResumesAt { get; init; }

    /// <summary>How the rest of the period is credited, and charged again at the resume; the price's policy, else <c>day</c>, unless given.</summary>
    public ProrationPolicy? Proration { get; init; }
}

/// <summary>Ends a pause.</summary>
internal sealed record ResumeBody
{
    /// <summary><c>now</c> (unless given), <c>period_end</c> (the next boundary), or an instant: ahead, or back within the pause.</summary>
    [Text(TextKind.Reference, Max = 40)]
    public string? When { get; init; }
}

/// <summary>Moves the end of a trial.</summary>
internal sealed record TrialBody
{
    /// <summary>An instant, or <c>now</c>. One that lies back ends the trial now.</summary>
    [Text(TextKind.Reference, Max = 40)]
    public required string TrialEnd { get; init; }
}
