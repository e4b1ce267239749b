using NodaTime;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Queries;

namespace OrleansBilling.Server.Ledger;

/// <summary>An account of the chart.</summary>
/// <param name="Code">Its stable name.</param>
/// <param name="Object">Always <c>ledger_account</c>.</param>
/// <param name="Type">asset, liability, revenue or expense.</param>
/// <param name="Meaning">One sentence for Finance.</param>
internal sealed record LedgerAccountView(string Code, string Object, string Type, string Meaning);

/// <summary>A posting: one account debited, one credited.</summary>
internal sealed record LedgerEntryView(
    string Id, string Object, string Cause, string Account, string? Invoice, string Currency, string Debit, string Credit, long Amount, Instant PostedAt)
{
    /// <summary>The same as <c>posted_at</c>.</summary>
    public Instant CreatedAt { get; } = PostedAt;

    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;

    /// <summary>The view of a row.</summary>
    public static LedgerEntryView Of(JournalRow row) => new(
        row.Id, "ledger_entry", row.Cause, row.Account, row.Invoice, row.Currency, row.Debit, row.Credit, row.Amount, row.PostedAt);
}

/// <summary>A posting of an account's statement.</summary>
/// <param name="Id">The entry's id.</param>
/// <param name="Object">Always <c>statement_entry</c>.</param>
/// <param name="Cause">What it was posted for.</param>
/// <param name="Invoice">The invoice concerned, or null.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="Debit">Ledger account debited.</param>
/// <param name="Credit">Ledger account credited.</param>
/// <param name="Amount">Minor units.</param>
/// <param name="Receivable">What the customer owes after it.</param>
/// <param name="CreditBalance">The credit that the customer holds after it.</param>
/// <param name="PostedAt">On the account's clock.</param>
internal sealed record StatementEntryView(
    string Id, string Object, string Cause, string? Invoice, string Currency, string Debit, string Credit, long Amount,
    long Receivable, long CreditBalance, Instant PostedAt)
{
    /// <summary>The view of a row.</summary>
    public static StatementEntryView Of(StatementRow row) => new(
        row.Entry.Id, "statement_entry", row.Entry.Cause, row.Entry.Invoice, row.Entry.Currency, row.Entry.Debit, row.Entry.Credit,
        row.Entry.Amount, row.Receivable, row.CreditBalance, row.Entry.PostedAt);
}

/// <summary>Debits and credits of all ledger accounts in one currency.</summary>
/// <param name="Object">Always <c>trial_balance</c>.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="At">Up to and including this instant; null is everything.</param>
/// <param name="Total">Debits less credits: always zero.</param>
/// <param name="Data">By ledger account.</param>
internal sealed record TrialBalanceView(string Object, string Currency, Instant? At, long Total, IReadOnlyList<TrialBalanceLine> Data);

/// <summary>A ledger account in the trial balance, minor units.</summary>
internal sealed record TrialBalanceLine(string Account, long Debit, long Credit);
