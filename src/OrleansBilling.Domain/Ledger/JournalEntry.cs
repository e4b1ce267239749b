using NodaTime;

namespace OrleansBilling.Domain.Ledger;

/// <summary>
/// A row of the ledger: it names the account debited, the account credited and an amount above zero, so that every row
/// balances by its shape. Posted rows are never edited; a correction is a new row that names its cause.
/// </summary>
/// <param name="Debit">Ledger account debited.</param>
/// <param name="Credit">Ledger account credited.</param>
/// <param name="Amount">Minor units, above zero.</param>
public sealed record Posting(LedgerAccount Debit, LedgerAccount Credit, long Amount);

/// <summary>All postings of one cause. One journal entry exists per cause.</summary>
/// <param name="Cause">Unique, such as <c>invoice:inv_x:issued</c> or <c>payment:attempt_x:succeeded</c>.</param>
/// <param name="Account">The customer account.</param>
/// <param name="Invoice">The invoice concerned, or null.</param>
/// <param name="Currency">Lower-case code of all postings.</param>
/// <param name="At">The effective instant on the account's clock.</param>
/// <param name="Postings">At least one.</param>
public sealed record JournalEntry(
    string Cause,
    string Account,
    string? Invoice,
    string Currency,
    Instant At,
    IReadOnlyList<Posting> Postings);
