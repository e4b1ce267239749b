using OrleansBilling.Domain.Accounts;

namespace OrleansBilling.Grains.Accounts;

/// <summary>Reads account facts from their rows.</summary>
public interface IBillingFacts
{
    /// <summary>The facts of an account, or null where it does not exist.</summary>
    Task<BillingFacts?> FindAsync(string account);

    /// <summary>The facts of many accounts in one query; accounts that do not exist are left out.</summary>
    Task<IReadOnlyDictionary<string, BillingFacts>> ReadAsync(IReadOnlyCollection<string> accounts);
}
