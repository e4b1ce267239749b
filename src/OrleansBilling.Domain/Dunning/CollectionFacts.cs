using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;

namespace OrleansBilling.Domain.Dunning;

/// <summary>What collection needs to know beside the invoice.</summary>
/// <param name="DefaultMethod">The account's default payment method, or null.</param>
/// <param name="Policy">The account's dunning policy.</param>
/// <param name="BlockedMethods">
/// Ids of payment methods that a hard decline on any of the account's invoices forbids to try again.
/// </param>
public sealed record CollectionFacts(PaymentMethodRef? DefaultMethod, DunningPolicy Policy, ImmutableHashSet<string> BlockedMethods)
{
    /// <summary>Facts with nothing blocked elsewhere.</summary>
    public static CollectionFacts Of(PaymentMethodRef? defaultMethod, DunningPolicy policy) => new(defaultMethod, policy, []);
}
