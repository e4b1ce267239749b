using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Crash;

/// <summary>Reads from the database alone what became of a storm: the rows are the witness, not the server.</summary>
internal sealed class StormBooks(string connectionString)
{
    /// <summary>Invoices issued so far.</summary>
    public Task<long> InvoicesAsync() => CountAsync("select count(*) from invoice");

    /// <summary>Rows that are due and not left to a person.</summary>
    public Task<long> DueAsync() => CountAsync("select count(*) from due_work where due_at <= now() and quarantined_at is null");

    /// <summary>The same with invoices that wait for their number.</summary>
    public Task<long> LeftAsync() => CountAsync("select (select count(*) from due_work where due_at <= now() and quarantined_at is null) + (select count(*) from invoice where number is null)");

    /// <summary>Every sentence that does not hold; empty where every cent is accounted for.</summary>
    /// <param name="subscriptions">How many subscriptions owed <see cref="StormFill.Periods"/> periods.</param>
    public async Task<IReadOnlyList<string>> FaultsAsync(int subscriptions)
    {
        var faults = new List<string>();
        foreach (var (sentence, expected, sql) in Checks(subscriptions))
        {
            var found = await CountAsync(sql);
            if (found != expected)
            {
                faults.Add($"{sentence}: expected {expected}, found {found}");
            }
        }

        return faults;
    }

    private static IEnumerable<(string Sentence, long Expected, string Sql)> Checks(int subscriptions)
    {
        var periods = (long)subscriptions * StormFill.Periods;
        yield return ("every period is invoiced", periods, "select count(*) from invoice");
        yield return ("every period of every subscription is billed exactly once", periods, "select count(*) from (select distinct subscription, period_start from invoice_line where kind = 'recurring' and not voided) lines");
        yield return ("there is a line for each period and no more", periods, "select count(*) from invoice_line");
        yield return ("subscriptions that were not renewed for each of their periods", 0, $"select count(*) from (select subscription from invoice_line group by subscription having count(*) <> {StormFill.Periods}) wrong");
        yield return ("invoices without their entries", 0, "select count(*) from invoice i where not exists (select from journal_entry e where e.cause = 'invoice:' || i.id || ':issued')");
        yield return ("invoices that are not paid", 0, "select count(*) from invoice where status <> 'paid' or amount_paid <> total");
        yield return ("invoices that the gateway took more or less than once", 0, "select count(*) from invoice i left join sandbox_taken t on t.invoice = i.id where t.charges is distinct from 1 or t.amount is distinct from i.total");
        yield return ("charges of the gateway that no attempt knows", 0, "select count(*) from sandbox_charge c where not exists (select from payment_attempt a where a.invoice = c.invoice and a.status = 'succeeded')");
        yield return ("attempts without an outcome", 0, "select count(*) from payment_attempt where is_open");
        yield return ("payments booked other than once", 0, "select count(*) from payment_attempt a where (select count(*) from journal_entry e where e.cause = 'payment:' || a.id || ':succeeded') <> 1");
        yield return ("what customers still owe in the ledger", 0, "select coalesce(sum(case when debit = 'accounts_receivable' then amount else 0 end) - sum(case when credit = 'accounts_receivable' then amount else 0 end), 0)::bigint from journal_entry");
        yield return ("money in the ledger less money taken by the gateway", 0, "select (select coalesce(sum(amount), 0) from journal_entry where debit = 'gateway_clearing')::bigint - (select coalesce(sum(amount), 0) from sandbox_taken)::bigint");
        yield return ("rows left to a person", 0, "select count(*) from due_work where quarantined_at is not null");
        yield return ("numbers of the seller", periods, "select count(distinct number) from invoice where number ~ '^STORM-[0-9]{6}$'");
        yield return ("the highest number of the seller", periods, "select max(right(number, 6)::bigint) from invoice");
        yield return ("the last number of the series", periods, "select last from number_series");
        yield return ("numbers told", periods, "select count(distinct subject) from event where type = 'invoice.numbered'");
        yield return ("events of payment", periods, "select count(*) from event where type = 'payment.succeeded'");
    }

    private async Task<long> CountAsync(string sql) => await ScratchCluster.ScalarAsync<long?>(connectionString, sql) ?? 0;
}
