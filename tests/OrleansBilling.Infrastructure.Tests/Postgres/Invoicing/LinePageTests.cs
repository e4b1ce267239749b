using Npgsql;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Invoicing;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;

/// <summary>A page of the lines of a long invoice reads that page.</summary>
public sealed class LinePageTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData(0)]
    [InlineData(4_000)]
    public async Task A_page_of_lines_reads_no_other_lines(int after)
    {
        var database = await postgres.CreateDatabaseAsync();
        await ScratchCluster.ExecuteAsync(
            database,
            """
            insert into invoice_line (invoice, id, position, account, kind, description, period_start, period_end, amount, discount_amount, tax_amount, tax_inclusive, taxes, explain)
            select 'inv_' || (i % 2), 'line_' || md5(i::text), i / 2 + 1, 'acct_a', 'recurring', 'x', now(), now(), 1, 0, 0, false, '[]', '{}' from generate_series(0, 19999) i
            """);
        await ScratchCluster.ExecuteAsync(database, "analyze invoice_line");
        await using var connection = await new BillingDatabase(database).OpenAsync();
        await using var command = new NpgsqlCommand("explain (analyze, costs off, timing off, summary off) " + InvoiceDocumentReads.Lines, connection)
        {
            Parameters = { new() { Value = new[] { "inv_1" } }, new() { Value = after }, new() { Value = 100 } },
        };
        var plan = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            plan.Add(reader.GetString(0));
        }

        var scan = Assert.Single(plan, line => line.Contains("Scan", StringComparison.Ordinal) && line.Contains("invoice_line", StringComparison.Ordinal) && !line.Contains("Bitmap Heap", StringComparison.Ordinal));
        Assert.Contains("invoice_line_position", scan, StringComparison.Ordinal);
        Assert.Contains("rows=100 ", scan, StringComparison.Ordinal);
        Assert.DoesNotContain(plan, line => line.Contains("Rows Removed", StringComparison.Ordinal));
    }
}
