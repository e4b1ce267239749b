using OrleansBilling.Benchmarks.Cluster;

namespace OrleansBilling.Benchmarks.Renewals;

/// <summary>Whether a storm did exactly what it should: counted before it and after it.</summary>
internal sealed class RenewalChecks
{
    private const string TrialBalance =
        """
        select coalesce(sum(balance), 0)::bigint from (
            select account, sum(amount) as balance
            from (select debit as account, amount from journal_entry union all select credit, -amount from journal_entry) side
            group by account) ledger
        """;

    // Name, query, and how much its number grows for each renewal.
    private static readonly (string Name, string Sql, long Each)[] Counts =
    [
        ("invoices", "select count(*) from invoice", 1),
        ("paid invoices of 12.00", "select count(*) from invoice where status = 'paid' and total = 1200 and amount_paid = 1200", 1),
        ("invoices without a number", "select count(*) from invoice where number is null", 0),
        ("gaps in the numbers by seller", "select coalesce(max(right(number, 6)::bigint), 0) - count(distinct number) from invoice where number_place is not null", 0),
        ("lines", "select count(*) from invoice_line", 1),
        ("payments that succeeded", "select count(*) from payment where status = 'succeeded' and amount = 1200", 1),
        ("attempts", "select count(*) from payment_attempt", 1),
        ("attempts that succeeded", "select count(*) from payment_attempt where status = 'succeeded'", 1),
        ("charges at the sandbox", "select count(*) from sandbox_charge", 1),
        ("money taken", "select coalesce(sum(amount), 0)::bigint from journal_entry where debit = 'gateway_clearing'", 1200),
        ("receivable left", Balance("receivable"), 0),
        ("trial balance", TrialBalance, 0),
        ("journal entries without their invoice", "select count(*) from journal_entry j where not exists (select from invoice i where i.id = j.invoice)", 0),
        ("events of issue", "select count(*) from event where type = 'invoice.issued'", 1),
        ("events of payment", "select count(*) from event where type = 'invoice.paid'", 1),
        ("quarantined rows", "select count(*) from due_work where quarantined_at is not null", 0),
        ("rows that wait for their next renewal", "select count(*) from due_work where kind = 'renewal' and due_at > now()", 1),
    ];

    private readonly BenchmarkCluster _cluster;
    private readonly long[] _wanted;

    private RenewalChecks(BenchmarkCluster cluster, long[] wanted)
    {
        _cluster = cluster;
        _wanted = wanted;
    }

    /// <summary>Counts before a storm of so many renewals.</summary>
    public static async Task<RenewalChecks> BeginAsync(BenchmarkCluster cluster, int renewals, CancellationToken cancellation)
    {
        var wanted = new long[Counts.Length];
        for (var i = 0; i < wanted.Length; i++)
        {
            wanted[i] = await cluster.ScalarAsync<long>(Counts[i].Sql, cancellation) + (Counts[i].Each * renewals);
        }

        return new RenewalChecks(cluster, wanted);
    }

    /// <summary>Counts after it.</summary>
    /// <returns>A sentence for each number that is not what it should be.</returns>
    public async Task<IReadOnlyList<string>> CompareAsync(CancellationToken cancellation)
    {
        var faults = new List<string>();
        for (var i = 0; i < _wanted.Length; i++)
        {
            var found = await _cluster.ScalarAsync<long>(Counts[i].Sql, cancellation);
            if (found != _wanted[i])
            {
                faults.Add($"{Counts[i].Name}: {found} instead of {_wanted[i]}");
            }
        }

        return faults;
    }

    private static string Balance(string account) =>
        $"select coalesce(sum(case when debit = '{account}' then amount when credit = '{account}' then -amount end), 0)::bigint from journal_entry";
}
