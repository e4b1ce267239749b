using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>Reads the lines that the subscriptions of an account have gathered.</summary>
public interface IGatheredLines
{
    /// <summary>The earliest boundary whose gathered lines wait; null where none do.</summary>
    /// <param name="account">The account.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="now">What that shows.</param>
    /// <param name="tries">Due work that has failed so often is not waited for any more.</param>
    Task<GatheredBoundary?> FindAsync(string account, string clock, Instant now, int tries);

    /// <summary>
    /// What the invoice of a boundary takes: the lines gathered for it and whatever waits and credits one of them, by subscription and
    /// in the order in which they were made, then those of the account that name no subscription. Empty where none are gathered for it any more.
    /// </summary>
    Task<ImmutableArray<GatheredLine>> ReadAsync(string account, Instant boundary);
}

/// <summary>A boundary whose gathered lines wait.</summary>
/// <param name="At">The boundary.</param>
/// <param name="Awaits">True while a subscription of the account has work due by then that may gather more.</param>
public sealed record GatheredBoundary(Instant At, bool Awaits);
