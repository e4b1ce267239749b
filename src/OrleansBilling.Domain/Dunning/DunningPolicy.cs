using System.Collections.Immutable;

namespace OrleansBilling.Domain.Dunning;

/// <summary>What happens to the subscription when the last retry has failed.</summary>
public enum DunningFinalAction
{
    /// <summary>The subscription becomes <c>unpaid</c> and goes on making invoices that are not collected.</summary>
    Unpaid,

    /// <summary>The subscription is canceled.</summary>
    Cancel,
}

/// <summary>Rules of collection after a decline, as data.</summary>
/// <param name="Code">Its name; <c>default</c> exists always.</param>
/// <param name="RetryDays">Days after the due date on which a retry is made, in the account's zone, ascending.</param>
/// <param name="Final">What follows when the last one has failed.</param>
public sealed record DunningPolicy(string Code, ImmutableArray<int> RetryDays, DunningFinalAction Final)
{
    /// <summary>Retries on days 1, 3, 5 and 7 after the due date, then unpaid.</summary>
    public static DunningPolicy Default { get; } = new("default", [1, 3, 5, 7], DunningFinalAction.Unpaid);
}
