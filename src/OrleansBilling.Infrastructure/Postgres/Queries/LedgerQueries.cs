using NodaTime;
using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>A row of table <c>journal_entry</c>.</summary>
/// <param name="Id">Cause and number within it.</param>
/// <param name="Cause">What it was posted for.</param>
/// <param name="Account">The customer account.</param>
/// <param name="Invoice">The invoice concerned, or null.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="Debit">Ledger account debited.</param>
/// <param name="Credit">Ledger account credited.</param>
/// <param name="Amount">Minor units, above zero.</param>
/// <param name="PostedAt">On the account's clock.</param>
public sealed record JournalRow(
    string Id, string Cause, string Account, string? Invoice, string Currency, string Debit, string Credit, long Amount, Instant PostedAt);

/// <summary>Debits and credits of one ledger account in one currency.</summary>
public sealed record TrialBalanceRow(string Currency, string Account, decimal Debit, decimal Credit);

/// <summary>A row of an account's statement: what moved what the customer owes or is owed, and how it stands after it.</summary>
/// <param name="Entry">The journal row.</param>
/// <param name="Receivable">What the customer owes after it, minor units.</param>
/// <param name="CreditBalance">The credit that the customer holds after it, credit on its way included, minor units.</param>
public sealed record StatementRow(JournalRow Entry, long Receivable, long CreditBalance);

/// <summary>Reads the ledger.</summary>
public sealed class LedgerQueries(BillingDatabase database)
{
    // Numbers within a cause are padded, so that text order is posting order.
    private const string Id = "j.cause || '#' || lpad(j.seq::text, 4, '0')";
    private const string Columns = $"{Id}, j.cause, j.account, j.invoice, j.currency, j.debit, j.credit, j.amount, j.posted_at";

    /// <summary>Entries, newest first.</summary>
    public Task<Page<JournalRow>> EntriesAsync(
        PageOf page, string? account, string? invoice, string? currency, string? ledgerAccount, CancellationToken cancellation) =>
        new ListQuery($"select {Columns} from journal_entry j", "j.posted_at", $"({Id})")
            .Where("j.account = ?", account).Where("j.invoice = ?", invoice).Where("j.currency = ?", currency)
            .Where("? in (j.debit, j.credit)", ledgerAccount)
            .ReadAsync(database, page, Read, cancellation);

    /// <summary>Debits and credits of every ledger account, up to and including an instant.</summary>
    public async Task<List<TrialBalanceRow>> TrialBalanceAsync(string? currency, Instant? at, CancellationToken cancellation)
    {
        const string sql = """
            select currency, ledger, sum(debit), sum(credit) from (
                select currency, debit as ledger, amount::numeric as debit, 0::numeric as credit from journal_entry
                where ($1::text is null or currency = $1) and ($2::timestamptz is null or posted_at <= $2)
                union all
                select currency, credit, 0, amount from journal_entry
                where ($1::text is null or currency = $1) and ($2::timestamptz is null or posted_at <= $2)
            ) sides group by currency, ledger order by currency, ledger
            """;
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                new() { Value = (object?)currency ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
                new() { Value = at is { } instant ? instant.ToDateTimeUtc() : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz },
            },
        };
        return await Sql.ListAsync(
            command, row => new TrialBalanceRow(row.GetString(0), row.GetString(1), row.GetDecimal(2), row.GetDecimal(3)), cancellation);
    }

    /// <summary>The rows of a customer account that touch receivables or credit, newest first, with their running balances.</summary>
    public Task<Page<StatementRow>> StatementAsync(PageOf page, string account, string currency, CancellationToken cancellation)
    {
        const string select = $"""
            select j.* from (
                select {Id} as id, j.cause, j.account, j.invoice, j.currency, j.debit, j.credit, j.amount, j.posted_at,
                    (sum(case when j.debit = 'accounts_receivable' then j.amount when j.credit = 'accounts_receivable' then -j.amount else 0 end) over after_it)::bigint as receivable,
                    (sum(case when j.credit in ('customer_credit', 'credit_in_transit') then j.amount else 0 end
                       - case when j.debit in ('customer_credit', 'credit_in_transit') then j.amount else 0 end) over after_it)::bigint as credit_balance
                from journal_entry j
                where j.account = $1 and j.currency = $2
                    and (j.debit in ('accounts_receivable', 'customer_credit', 'credit_in_transit')
                      or j.credit in ('accounts_receivable', 'customer_credit', 'credit_in_transit'))
                window after_it as (order by j.posted_at, {Id} rows unbounded preceding)
            ) j
            """;
        return new ListQuery(select, "j.posted_at", "j.id").With(account).With(currency)
            .ReadAsync(database, page, row => new StatementRow(Read(row), row.GetInt64(9), row.GetInt64(10)), cancellation);
    }

    private static JournalRow Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), Sql.TextOrNull(row, 3), row.GetString(4),
        row.GetString(5), row.GetString(6), row.GetInt64(7), Sql.Instant(row, 8));
}
