using System.Collections.Immutable;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Accounts;

/// <summary>What a decision about money needs to know of the account, as read before the turn; the commit checks it.</summary>
/// <param name="Account">The versioned account facts.</param>
/// <param name="CreditBalance">Spendable credit in minor units of the account's currency.</param>
/// <param name="Dunning">The account's dunning policy.</param>
public sealed record BillingFacts(AccountFacts Account, long CreditBalance, DunningPolicy Dunning)
{
    /// <summary>The seller of the account's invoices, in the version of the moment; the commit does not check it.</summary>
    public SellerFacts Seller { get; init; } = SellerFacts.Default;

    /// <summary>
    /// True where lines of the account wait for an invoice: a decision that issues one reads them first. Lines that the account has
    /// gathered do not count: they wait for its grouped invoice alone.
    /// </summary>
    public bool HasPendingLines { get; init; }

    /// <summary>
    /// True where the account holds prepaid credit that may be used: a decision that issues an invoice needs <see cref="Prepaid"/>
    /// then, which facts read in bulk leave out.
    /// </summary>
    public bool HasPrepaid { get; init; }

    /// <summary>The account's grants with anything left or to come, with their wallets. A commit writes each only over what was seen.</summary>
    public ImmutableArray<PrepaidGrant> Prepaid { get; init; } = [];
}
