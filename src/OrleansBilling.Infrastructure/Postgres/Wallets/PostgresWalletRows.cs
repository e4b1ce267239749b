using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Kernel;
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
    private readonly Gathered<Asked, WalletRead> _loads;

    /// <summary>Reads from a database.</summary>
    public PostgresWalletRows(TurnDatabase database)
    {
        _database = database;
        _loads = new Gathered<Asked, WalletRead>(LoadAsync);
    }

    /// <inheritdoc/>
    public async Task<WalletState?> FindAsync(string wallet, Instant now, string? hold) => (await _loads.FindAsync(new Asked(wallet, now, hold)))?.State;

    /// <inheritdoc/>
    public async Task<WalletRead> ReadAsync(string wallet, Instant now, string? hold, CommandKey key) =>
        (await _loads.FindAsync(new Asked(wallet, now, hold, key.Scope, key.Key)))!;

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

    private async Task<IReadOnlyDictionary<Asked, WalletRead>> LoadAsync(IReadOnlyList<Asked> asked)
    {
        var read = await RowsAsync(asked);
        var waits = await AwaitingUsageAsync(asked, read.Grants);
        var found = new Dictionary<Asked, WalletRead>();
        for (var i = 0; i < asked.Count; i++)
        {
            var one = asked[i];
            var known = one.Key is { } key ? read.Commands.GetValueOrDefault((one.Scope!, key)) : null;
            if (!read.Settings.TryGetValue(one.Wallet, out var row))
            {
                found[one] = new WalletRead(known, null, null);
                continue;
            }

            var state = new WalletState(
                row.Wallet, [.. read.Grants[one.Wallet].Select(grant => waits.Contains((one, grant.Id)) ? grant with { AwaitsUsage = true } : grant)], [.. read.Holds[i + 1]])
            {
                Watched = [.. row.Watched],
                NextHoldExpiry = read.Expiries.TryGetValue(i + 1, out var at) ? at : null,
            };
            found[one] = new WalletRead(known, state, one.Key is null ? null : BillingJson.Read<AccountFacts>(row.Account));
        }

        return found;
    }

    private async Task<Rows> RowsAsync(IReadOnlyList<Asked> asked)
    {
        await using var batch = _database.Source.CreateBatch();
        // Before the wallets: a command that is done between the two is refused by its key.
        var commands = asked.Where(one => one.Key is not null).ToList();
        if (commands.Count > 0)
        {
            batch.Rows<Asked>(CommandLog.Sql, commands).Text(one => one.Scope).Text(one => one.Key);
        }

        string[] wallets = [.. asked.Select(one => one.Wallet).Distinct(StringComparer.Ordinal)];
        batch.Rows<string>(WalletReads.Wallets, wallets).Text(id => id);
        batch.Rows<string>(WalletReads.LivingGrants, wallets).Text(id => id);
        batch.Rows(WalletReads.Holds, asked).Text(one => one.Wallet).Time(one => one.Now).Text(one => one.Hold);
        batch.Rows(WalletReads.NextHold, asked).Text(one => one.Wallet).Time(one => one.Now).Text(one => one.Hold);

        await using var reader = await batch.ExecuteReaderAsync();
        List<CommandRecord> known = [];
        if (commands.Count > 0)
        {
            known = await WalletReads.ListAsync(reader, CommandLog.Record);
            await reader.NextResultAsync();
        }

        var settings = await WalletReads.ListAsync(reader, row => new Settings(WalletReads.Wallet(row), row.GetFieldValue<decimal[]>(12), row.GetString(13)));
        await reader.NextResultAsync();
        var grants = await WalletReads.ListAsync(reader, WalletReads.Grant);
        await reader.NextResultAsync();
        var holds = await WalletReads.ListAsync(reader, row => (Asker: row.GetInt64(10), Hold: WalletReads.Hold(row)));
        await reader.NextResultAsync();
        var expiries = await WalletReads.ListAsync(reader, row => (Asker: row.GetInt64(0), At: row.GetInstant(1)));
        return new Rows(
            known.ToDictionary(row => (row.Scope, row.Key)),
            settings.ToDictionary(row => row.Wallet.Id, StringComparer.Ordinal),
            grants.ToLookup(grant => grant.Wallet, StringComparer.Ordinal),
            holds.ToLookup(row => row.Asker, row => row.Hold),
            expiries.ToDictionary(row => row.Asker, row => row.At));
    }

    /// <summary>Grants that wait for usage, by who asks. Asked only where a grant has ended: it costs as much as the other statements together.</summary>
    private async Task<HashSet<(Asked, string)>> AwaitingUsageAsync(IReadOnlyList<Asked> asked, ILookup<string, Grant> grants)
    {
        var askers = asked.Where(one => grants[one.Wallet].Any(grant => grant.IsDueAt(one.Now))).ToList();
        if (askers.Count == 0)
        {
            return [];
        }

        await using var batch = _database.Source.CreateBatch();
        batch.Rows<Asked>(WalletReads.AwaitUsage, askers).Text(one => one.Wallet).Time(one => one.Now);
        await using var reader = await batch.ExecuteReaderAsync();
        return [.. await WalletReads.ListAsync(reader, row => (askers[(int)row.GetInt64(0) - 1], row.GetString(1)))];
    }

    /// <summary>What one batch has read; askers count from one.</summary>
    private sealed record Rows(
        Dictionary<(string Scope, string Key), CommandRecord> Commands,
        Dictionary<string, Settings> Settings,
        ILookup<string, Grant> Grants,
        ILookup<long, Hold> Holds,
        Dictionary<long, Instant> Expiries);

    private sealed record Settings(Wallet Wallet, decimal[] Watched, string Account);

    private sealed record Asked(string Wallet, Instant Now, string? Hold, string? Scope = null, string? Key = null);
}
