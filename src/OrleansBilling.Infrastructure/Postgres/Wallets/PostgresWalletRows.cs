using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Grains.Wallets;
using OrleansBilling.Infrastructure.Postgres.Documents;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Wallets;

/// <summary>
/// Reads wallets from their rows. What the grains of a moment ask for is read in one round trip; should a commit come in
/// between the statements, the condition of the grants refuses the turn.
/// </summary>
public sealed class PostgresWalletRows : IWalletRows
{
    private readonly TurnDatabase _database;
    private readonly Gathered<Asked, WalletState> _loads;

    /// <summary>Reads from a database.</summary>
    public PostgresWalletRows(TurnDatabase database)
    {
        _database = database;
        _loads = new Gathered<Asked, WalletState>(LoadAsync);
    }

    /// <inheritdoc/>
    public Task<WalletState?> FindAsync(string wallet, Instant now, string? hold) => _loads.FindAsync(new Asked(wallet, now, hold));

    /// <inheritdoc/>
    public async Task<int> CountAsync(string account)
    {
        await using var command = _database.Source.CreateCommand("select count(*)::integer from wallet where account = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = account });
        return (int)(await command.ExecuteScalarAsync())!;
    }

    /// <inheritdoc/>
    public async Task<SeenRow?> ChangedRowAsync(string wallet)
    {
        await using var command = _database.Source.CreateCommand(
            $"select {DueRows.Mark} from due_work d where d.grain_type = '{DueTargets.Wallet}' and d.grain_key = $1 and d.kind = 'wallet_changed'");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = wallet });
        return await command.ExecuteScalarAsync() is string mark ? new SeenRow(mark) : null;
    }

    private async Task<IReadOnlyDictionary<Asked, WalletState>> LoadAsync(IReadOnlyList<Asked> asked)
    {
        string[] wallets = [.. asked.Select(one => one.Wallet).Distinct(StringComparer.Ordinal)];
        await using var batch = _database.Source.CreateBatch();
        Add(batch, WalletReads.Wallets, wallets);
        Add(batch, WalletReads.LivingGrants, wallets);
        var holds = Add(batch, WalletReads.Holds, [.. asked.Select(one => one.Wallet)]);
        AddTimes(holds, asked);
        holds.Parameters.Add(new NpgsqlParameter<string?[]> { TypedValue = [.. asked.Select(one => one.Hold)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        var next = Add(batch, WalletReads.NextHold, [.. asked.Select(one => one.Wallet)]);
        AddTimes(next, asked);
        next.Parameters.Add(new NpgsqlParameter<string?[]> { TypedValue = [.. asked.Select(one => one.Hold)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });

        var awaiting = Add(batch, WalletReads.AwaitUsage, [.. asked.Select(one => one.Wallet)]);
        AddTimes(awaiting, asked);

        await using var reader = await batch.ExecuteReaderAsync();
        var settings = (await WalletReads.ListAsync(reader, row => (Wallet: WalletReads.Wallet(row), Watched: row.GetFieldValue<decimal[]>(12))))
            .ToDictionary(row => row.Wallet.Id, StringComparer.Ordinal);
        await reader.NextResultAsync();
        var grants = (await WalletReads.ListAsync(reader, WalletReads.Grant)).ToLookup(grant => grant.Wallet, StringComparer.Ordinal);
        await reader.NextResultAsync();
        var holdsFound = (await WalletReads.ListAsync(reader, row => (Asker: row.GetInt64(10), Hold: WalletReads.Hold(row)))).ToLookup(row => row.Asker, row => row.Hold);
        await reader.NextResultAsync();
        var expiries = (await WalletReads.ListAsync(reader, row => (Asker: row.GetInt64(0), At: row.GetInstant(1)))).ToDictionary(row => row.Asker, row => row.At);
        await reader.NextResultAsync();
        var waits = (await WalletReads.ListAsync(reader, row => (Asker: row.GetInt64(0), Grant: row.GetString(1)))).ToHashSet();
        var states = new Dictionary<Asked, WalletState>();
        for (var i = 0; i < asked.Count; i++)
        {
            if (settings.TryGetValue(asked[i].Wallet, out var wallet))
            {
                var asker = i + 1L;
                states[asked[i]] = new WalletState(
                    wallet.Wallet, [.. grants[wallet.Wallet.Id].Select(grant => waits.Contains((asker, grant.Id)) ? grant with { AwaitsUsage = true } : grant)], [.. holdsFound[i + 1]])
                {
                    Watched = [.. wallet.Watched],
                    NextHoldExpiry = expiries.TryGetValue(i + 1, out var at) ? at : null,
                };
            }
        }

        return states;
    }

    private static NpgsqlBatchCommand Add(NpgsqlBatch batch, string sql, string[] wallets)
    {
        var command = new NpgsqlBatchCommand(sql)
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = wallets, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text } },
        };
        batch.BatchCommands.Add(command);
        return command;
    }

    private static void AddTimes(NpgsqlBatchCommand command, IReadOnlyList<Asked> asked) => command.Parameters.Add(
        new NpgsqlParameter<DateTime[]> { TypedValue = [.. asked.Select(one => one.Now.ToDateTimeUtc())], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });

    private sealed record Asked(string Wallet, Instant Now, string? Hold);
}
