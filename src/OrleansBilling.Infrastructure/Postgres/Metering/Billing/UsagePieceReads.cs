using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Documents;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Billing;

/// <summary>Reads the rows of due work by which alerts have usage billed.</summary>
internal sealed class UsagePieceReads(BillingDatabase database) : IUsagePieces
{
    private const string Asked =
        $"select d.due_at, {DueRows.Mark} from due_work d where d.grain_type = '{DueTargets.Subscription}' and d.grain_key = $1 and d.kind = 'usage_piece'";

    /// <inheritdoc/>
    public async Task<PieceAsked?> FindAsync(string subscription)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand(Asked, connection);
        command.Add(subscription);
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? new PieceAsked(reader.GetInstant(0), new SeenRow(reader.GetString(1))) : null;
    }
}
