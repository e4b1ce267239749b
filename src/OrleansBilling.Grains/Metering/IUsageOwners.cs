using System.Collections.Immutable;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Grains.Metering;

/// <summary>Reads which subscriptions price which meters, and when.</summary>
public interface IUsageOwners
{
    /// <summary>The claims of an account's subscriptions to some meters; none for an account without usage prices.</summary>
    /// <param name="account"><c>acct_...</c></param>
    /// <param name="meters">Codes.</param>
    Task<ImmutableArray<UsageClaim>> ReadAsync(string account, IReadOnlyCollection<string> meters);
}
