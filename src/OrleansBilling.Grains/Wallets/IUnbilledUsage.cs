using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Wallets;

/// <summary>Finds usage that will be billed to an account, from rows.</summary>
public interface IUnbilledUsage
{
    /// <summary>What is known at the moment. The row that asked is read before all else: what is written later asks again.</summary>
    Task<UnbilledUsage> ReadAsync(string account);
}

/// <summary>Usage that will be billed to an account.</summary>
/// <param name="Asked">The row of due work that asks for a look, to be deleted only as it was seen; null where there is none.</param>
/// <param name="Subscriptions">Subscriptions, of the account and of those that it pays for, of which usage counts or waits for stragglers.</param>
/// <param name="Lines">Lines of usage that wait for an invoice.</param>
public sealed record UnbilledUsage(SeenRow? Asked, ImmutableArray<string> Subscriptions, ImmutableArray<LineDraft> Lines);
