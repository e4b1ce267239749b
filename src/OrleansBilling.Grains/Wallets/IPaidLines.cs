using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Grains.Wallets;

/// <summary>Reads what prepaid credit has paid of lines of invoices, from the movements of grants.</summary>
public interface IPaidLines
{
    /// <summary>What was paid of the lines of invoices, with the grants that paid it as they stand; the used up and ended ones too.</summary>
    Task<PaidLines> ReadAsync(IReadOnlyCollection<string> invoices);
}
