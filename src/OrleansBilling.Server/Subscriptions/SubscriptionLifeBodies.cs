using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Server.Http;
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

/// <summary>When a new subscription becomes active.</summary>
internal enum PaymentBehavior
{
    /// <summary>At once; collection takes its course.</summary>
    Activate,

    /// <summary>Once its first invoice is paid; it ends where that does not happen within 23 hours.</summary>
    RequirePayment,
}

/// <summary>Changes settings of a subscription.</summary>
internal sealed record SubscriptionPatchBody
{
    /// <summary>The id of a payment method of the account; null goes back to the account's default.</summary>
    [Text(TextKind.Reference)]
    public string? PaymentMethod { get; init; }

    /// <summary>Merged by key; an empty value removes the key.</summary>
    [Entries(0, Limits.MetadataPairs, KeyLength = Limits.MetadataKeyLength), Text(Max = Limits.MetadataValueLength, Empty = true)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>What becomes of invoices made while collection is paused.</summary>
internal enum CollectionBehavior
{
    /// <summary>Made as drafts.</summary>
    KeepDraft,

    /// <summary>Issued, and left open.</summary>
    Open,

    /// <summary>Issued, and written off.</summary>
    Uncollectible,
}

/// <summary>Pauses collection.</summary>
internal sealed record CollectionPauseBody
{
    /// <summary><c>open</c> leaves the invoices made meanwhile open, without attempts; <c>uncollectible</c> writes them off; <c>keep_draft</c> makes them drafts, which a call finalises.</summary>
    public required CollectionBehavior Behavior { get; init; }

    /// <summary>When it ends by itself; it waits for a call unless given.</summary>
    public Instant? Until { get; init; }
}
