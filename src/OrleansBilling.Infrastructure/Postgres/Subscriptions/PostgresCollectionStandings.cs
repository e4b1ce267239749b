using Npgsql;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Documents;

namespace OrleansBilling.Infrastructure.Postgres.Subscriptions;

/// <summary>Reads how collection of a subscription's open invoices stands.</summary>
public sealed class PostgresCollectionStandings(BillingDatabase database) : ICollectionStandings
{
    /// <inheritdoc/>
    public async Task<(CollectionStanding Standing, SeenRow? Asked)> ReadAsync(string subscription, string? awaited)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(
            // One statement, one moment: an outcome that it does not see has yet to write the row.
            $"""
            select coalesce(bool_or(stage in ('past_due', 'exhausted')), false), coalesce(bool_or(stage = 'exhausted'), false),
                (select {DueRows.Mark} from due_work d where d.grain_type = '{DueTargets.Subscription}' and d.grain_key = $1 and d.kind = 'collection_changed'),
                (select status from invoice where id = $2)
            from (
                select stage from invoice where subscription = $1 and status = 'open'
                union all
                -- Grouped ones: each of its subscriptions stands as the invoice does.
                select i.stage from (select distinct l.invoice from invoice_line l where l.subscription = $1 and l.has_waited and not l.voided) l
                join invoice i on i.id = l.invoice and i.subscription is null and i.status = 'open') open
            """,
            connection)
        {
            Parameters = { new() { Value = subscription }, new NpgsqlParameter<string?> { TypedValue = awaited, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (
            new CollectionStanding(reader.GetBoolean(0), reader.GetBoolean(1))
            {
                Awaited = reader.GetText(3) is { } status ? Spelling.Parse<InvoiceStatus>(status) : null,
            },
            reader.GetText(2) is { } mark ? new SeenRow(mark) : null);
    }
}
