using NodaTime;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>Who made a line that waits.</summary>
public enum PendingSource
{
    /// <summary>A person, by hand; it can be removed again while it waits.</summary>
    Manual,

    /// <summary>A change or an end that was told to bill with the next invoice.</summary>
    Change,

    /// <summary>A turn of a subscription whose account gathers all lines on one invoice.</summary>
    Gathered,

    /// <summary>A turn that looked at late usage: a credit that waits for a credit note of the invoice of the line that it takes back.</summary>
    CreditNote,
}

/// <summary>
/// A line that waits for a later invoice: the next one of its subscription, of the account where it names none, or the one on
/// which the account gathers its lines. It keeps its id on that invoice, so that a credit finds it there. A credit may wait for a credit
/// note instead (<see cref="PendingSource.CreditNote"/>).
/// </summary>
/// <param name="Account">Who pays.</param>
/// <param name="Currency">Lower-case code of its amounts; the account's, which is fixed while a line waits.</param>
/// <param name="Draft">With its id; <see cref="LineDraft.HasWaited"/>.</param>
/// <param name="Source">Who made it.</param>
/// <param name="At">The instant for which it was made: an invoice that gathers takes lines up to its own boundary.</param>
public sealed record PendingLine(string Account, string Currency, LineDraft Draft, PendingSource Source, Instant At)
{
    /// <summary>True where its subscription was unpaid when it was gathered: nobody is charged for it automatically.</summary>
    public bool Uncharged { get; init; }
}

/// <summary>Where a line that has waited stands now, and with what tax: a credit of it brings the same.</summary>
/// <param name="Line"><c>line_...</c></param>
/// <param name="Invoice">The invoice that took it.</param>
/// <param name="TaxRates">The rates at which it was taxed there.</param>
/// <param name="TaxInclusive">True where its amount contains the tax.</param>
public sealed record BilledLine(string Line, string Invoice, System.Collections.Immutable.ImmutableArray<TaxRate> TaxRates, bool TaxInclusive);
