using OrleansBilling.Domain.Wallets;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Postgres.Wallets;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Wallets;

/// <summary>What prepaid credit paid of an invoice that gathers the lines of thousands is read line by line, and is what the whole invoice says of them.</summary>
public sealed class PaidLinesTests(PostgresFixture postgres)
{
    private const int Many = 2_000;

    // Line i of the gathered invoice is of subscription i; each was paid by two of ten grants, and a part of every third was given back. A second
    // invoice is of one subscription alone.
    private const string Rows =
        """
        insert into wallet (id, account, currency, unit_value, priority, applies_to, metadata, version, created_at) values ('wal_a', 'acct_a', 'usd', 1, 50, '{}', '{}', 1, now());
        insert into wallet_grant (id, wallet, account, amount, priority, effective_at, status, remaining, held, deferred, time_zone, cycle, created_at)
        select 'grant_' || i, 'wal_a', 'acct_a', 100000, 50, now(), 'active', 50000, 0, 0, 'UTC', 0, now() from generate_series(0, 9) i;
        -- Only what these reads look at is filled in.
        do $$ declare c record; begin
            for c in select t.relname, a.attname from pg_attribute a join pg_class t on t.oid = a.attrelid where t.relname in ('invoice', 'pending_line') and a.attnotnull and a.attnum > 0 and a.attname <> 'id' and a.attidentity = ''
            loop execute format('alter table %I alter %I drop not null', c.relname, c.attname); end loop;
        end $$;
        insert into invoice (id, account, subscription, status) select i, 'acct_a', s, 'paid' from unnest(array['inv_g', 'inv_s'], array[null, 'sub_7']) as t (i, s);
        insert into invoice_line (invoice, id, position, account, subscription, kind, description, period_start, period_end, amount, discount_amount, tax_amount, tax_inclusive, taxes, explain, has_waited)
        select 'inv_g', 'line_' || i, i, 'acct_a', 'sub_' || i, 'recurring', 'x', now(), now(), 10, 0, 0, false, '[]', '{}', true from generate_series(1, :many) i;
        insert into wallet_movement (id, wallet, grant_id, account, kind, amount, value, at, cause, invoice, line, paid, cycle)
        select 'move_' || i || '_' || g, 'wal_a', 'grant_' || (i + g) % 10, 'acct_a', 'applied', -3 - g, -3 - g, now(), 'x', 'inv_g', 'line_' || i, 3 + g, 0 from generate_series(1, :many) i, generate_series(0, 1) g
        union all
        select 'own_' || i, 'wal_a', 'grant_' || i, 'acct_a', 'applied', -5, -5, now(), 'x', 'inv_s', 'own_' || i, 5, 0 from generate_series(1, 3) i;
        insert into wallet_movement (id, wallet, grant_id, account, kind, amount, value, at, cause, invoice, line, paid, cycle)
        select 'back_' || i, 'wal_a', 'grant_' || i % 10, 'acct_a', 'restored', 2, 2, now(), 'x', 'inv_g', 'line_' || i, -2, 0 from generate_series(3, :many, 3) i;
        insert into pending_line (id, account, subscription, source, kind, credited_line, wallet_amount, revision, cause) select 'wait_' || i, 'acct_a', 'sub_' || i, 'change', 'proration_credit', 'line_' || i, -1, 1, 'x' || i from generate_series(7, :many, 7) i;
        analyze
        """;

    [Fact]
    public async Task A_subscription_reads_its_own_lines_of_a_gathered_invoice()
    {
        var database = await postgres.CreateDatabaseAsync();
        await ScratchCluster.ExecuteAsync(database, Rows.Replace(":many", Many.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
        await using var turns = new TurnDatabase(new BillingDatabase(database));
        var rows = new PostgresPaidLines(turns);
        var all = await rows.ReadAllAsync(["inv_g", "inv_s"]);
        Assert.Equal((2 * Many) + 3, all.Parts.Length);
        foreach (var number in new[] { 3, 7, 21, 1_000 })
        {
            Same(all, await rows.ReadAsync(["inv_g", "inv_s"], $"sub_{number}"), part => part.Invoice == "inv_s" || part.Line == $"line_{number}");
            Same(all, await rows.ReadAsync(["inv_g"], $"sub_{number}"), part => part.Line == $"line_{number}");
        }

        (string, string)[] lines = [("inv_g", "line_21"), ("inv_g", "line_4"), ("inv_s", "own_2"), ("inv_s", "line_4")];
        Same(all, await rows.ReadLinesAsync(lines), part => lines.Contains((part.Invoice, part.Line)));
        Same(all, await rows.ReadAsync(["inv_g"], "sub_none"), _ => false);
        foreach (var sql in new[] { PostgresPaidLines.BySubscription.Parts, PostgresPaidLines.BySubscription.Grants, PostgresPaidLines.BySubscription.Waiting })
        {
            Assert.InRange(await RowsRead.OfAsync(database, "wallet_movement", sql, new[] { "inv_g" }, "sub_21"), 1, 10);
            Assert.InRange(await RowsRead.OfAsync(database, "invoice_line", sql, new[] { "inv_g" }, "sub_21"), 1, 10);
            Assert.InRange(await RowsRead.OfAsync(database, "pending_line", sql, new[] { "inv_g" }, "sub_21"), 0, 10);
        }

        Assert.InRange(await RowsRead.OfAsync(database, "wallet_movement", PostgresPaidLines.ByLine.Parts, new[] { "inv_g" }, new[] { "line_21" }), 1, 10);
    }

    private static void Same(PaidLines all, PaidLines read, Func<PaidPart, bool> isWanted)
    {
        var wanted = all.Parts.Where(isWanted).ToList();
        Assert.Equal(wanted, read.Parts);
        Assert.Equal(wanted.Select(part => part.Grant).Distinct().Order(), read.Grants.Select(held => held.Grant.Id).Order());
        foreach (var part in wanted)
        {
            Assert.Equal(all.Of(part.Line), read.Of(part.Line));
        }

        Assert.Equal(wanted.Select(part => part.Line).Distinct().Count(all.Waiting.ContainsKey), read.Waiting.Count);
    }
}
