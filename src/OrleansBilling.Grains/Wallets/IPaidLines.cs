using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Grains.Wallets;

/// <summary>Reads what prepaid credit has paid of lines of invoices, from the movements of grants.</summary>
public interface IPaidLines
{
    /// <summary>
    /// What was paid of the lines of invoices that a subscription may credit, with the grants that paid it as they stand; the used up and ended
    /// ones too. Of an invoice that gathers the lines of many subscriptions only this one's are read.
    /// </summary>
    Task<PaidLines> ReadAsync(IReadOnlyCollection<string> invoices, string subscription);

    /// <summary>The same of single lines.</summary>
    Task<PaidLines> ReadLinesAsync(IReadOnlyCollection<(string Invoice, string Line)> lines);
}
