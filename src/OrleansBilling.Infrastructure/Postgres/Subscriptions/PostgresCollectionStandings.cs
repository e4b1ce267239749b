using Npgsql;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Subscriptions;

namespace OrleansBilling.Infrastructure.Postgres.Subscriptions;

/// <summary>Reads how collection of a subscription's open invoices stands.</summary>
public sealed class PostgresCollectionStandings(BillingDatabase database) : ICollectionStandings
{
    /// <inheritdoc/>
    public async Task<CollectionStanding> ReadAsync(string subscription)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            select coalesce(bool_or(stage in ('past_due', 'exhausted')), false), coalesce(bool_or(stage = 'exhausted'), false)
            from invoice where subscription = $1 and status = 'open'
            """,
            connection)
        {
            Parameters = { new() { Value = subscription } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new CollectionStanding(reader.GetBoolean(0), reader.GetBoolean(1));
    }
}
