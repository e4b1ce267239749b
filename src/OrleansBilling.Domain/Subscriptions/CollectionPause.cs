using NodaTime;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What becomes of invoices that are made while collection is paused.</summary>
public enum CollectionPauseBehavior
{
    /// <summary>Issued and left open: no attempt is made by itself, and they never turn past due.</summary>
    Open,

    /// <summary>Issued and written off at once.</summary>
    Uncollectible,

    /// <summary>Not issued: a draft until a call finalises or deletes it, also after the pause.</summary>
    KeepDraft,
}

/// <summary>How behaviours are spelled.</summary>
public static class CollectionPauseBehaviors
{
    /// <summary>The API's word.</summary>
    public static string Name(CollectionPauseBehavior behavior) => behavior switch
    {
        CollectionPauseBehavior.Open => "open",
        CollectionPauseBehavior.Uncollectible => "uncollectible",
        CollectionPauseBehavior.KeepDraft => "keep_draft",
        _ => throw new ArgumentOutOfRangeException(nameof(behavior), behavior, null),
    };
}

/// <summary>A pause of collection: periods go on, and the invoices made meanwhile are not collected.</summary>
/// <param name="Behavior">What becomes of them.</param>
/// <param name="Since">When it began.</param>
/// <param name="Until">When it ends by itself; an invoice of that instant is collected. Null waits for a call.</param>
public sealed record CollectionPause(CollectionPauseBehavior Behavior, Instant Since, Instant? Until)
{
    /// <summary>True at instants within it; its end is not.</summary>
    public bool HoldsAt(Instant at) => Until is null || at < Until;

    /// <summary>
    /// How a draft is collected that is issued now, whatever held when it was drafted: the pause of today counts. Null keeps it a
    /// draft, which waits for a call from now on; a call that issues a kept draft says that it shall be collected.
    /// </summary>
    /// <param name="pause">The subscription's pause; null where there is none.</param>
    /// <param name="asked">True where a call issues it, false where its grace is over.</param>
    /// <param name="now">The instant of the issue.</param>
    public static CollectionTerms? TermsOfIssue(CollectionPause? pause, bool asked, Instant now) => pause is null || !pause.HoldsAt(now)
        ? CollectionTerms.Ordinary
        : pause.Behavior switch
        {
            CollectionPauseBehavior.Open => new CollectionTerms { Held = true },
            CollectionPauseBehavior.Uncollectible => new CollectionTerms { WrittenOff = true },
            CollectionPauseBehavior.KeepDraft => asked ? CollectionTerms.Ordinary : null,
            _ => throw new ArgumentOutOfRangeException(nameof(pause), pause.Behavior, message: null),
        };
}
