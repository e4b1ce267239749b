using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Documents;
using OrleansBilling.Infrastructure.Postgres.Facts;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Postgres.DueWork;

/// <summary>Table <c>due_work</c> as the schedule reads it.</summary>
public sealed class PostgresDueWork(TurnDatabase database) : IDueWork, IDisposable
{
    // All shards may ask at the same moment: they leave connections to the turns that they cause.
    private readonly SemaphoreSlim _reads = new(3);

    // One probe of the index for each shard: reading all due rows to name their shards would cost the more the more is due.
    private const string DueShards =
        """
        select s.shard from generate_series(0, $2 - 1) as s (shard)
        where exists (
            select from due_work d
            where d.clock = 'live' and d.shard = s.shard and d.quarantined_at is null and d.run_at <= $1)
        """;

    private const string Shard = Head + " where d.clock = 'live' and d.shard = $1 and d.quarantined_at is null and d.run_at <= $2 " + Tail;
    private const string Others = Head + " where d.clock = 'live' and d.shard = $1 and d.quarantined_at is null and d.run_at <= $2 and d.account <> $4 " + Tail;
    private const string Clock = Head + " where d.clock = $1 and d.clock <> 'live' and d.quarantined_at is null and d.run_at <= $2 " + Tail;

    private const string Head =
        """
        with due as materialized (
            select d.grain_type, d.grain_key, d.kind, d.account, d.due_at, d.run_at, d.attempts, d.kind_order from due_work d
        """;

    private const string Tail =
        """
            order by d.run_at, d.kind_order limit $3)
        select due.grain_type, due.grain_key, due.kind, due.account, due.due_at, due.attempts, f.facts, coalesce(b.credit, 0),
            coalesce(p.definition, standard.definition), e.facts, exists (select from pending_line l where l.account = due.account and l.source <> 'gathered' and l.source <> 'credit_note'),
            exists (select from wallet_grant g where g.account = due.account and g.living), due.run_at
        from due
        left join account_facts f on f.account = due.account
        left join account_balance b on b.account = f.account and b.currency = f.currency
        left join dunning_policy p on p.code = f.dunning_policy
        join dunning_policy standard on standard.code = 'default'
        left join legal_entity e on e.code = f.legal_entity
        order by due.run_at, due.kind_order
        """;

    private const string Next = "select min(run_at) from due_work where clock = $1 and clock <> 'live' and quarantined_at is null and run_at <= $2";

    private const string Note =
        """
        update due_work d
        set attempts = d.attempts + 1, run_at = s.run_at, last_error = s.error,
            quarantined_at = case when s.quarantine then now() else null end
        from unnest($1, $2, $3, $4, $5, $6, $7) as s (grain_type, grain_key, kind, due_at, run_at, error, quarantine)
        where d.grain_type = s.grain_type and d.grain_key = s.grain_key and d.kind = s.kind and d.due_at = s.due_at
        """;

    private const string Close =
        """
        with facts as (delete from account_facts where account in (select id from account where clock = $1)),
             due as (delete from due_work where clock = $1)
        update account set deleted = true where clock = $1 and clock <> 'live' and not deleted
        """;

    /// <inheritdoc/>
    public async Task<ImmutableArray<int>> FindDueShardsAsync(Instant now)
    {
        await using var command = database.Source.CreateCommand(DueShards);
        command.Add(now);
        command.Add(Shards.Count);
        var shards = ImmutableArray.CreateBuilder<int>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            shards.Add(reader.GetInt32(0));
        }

        return shards.DrainToImmutable();
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<DueRow>> TakeShardAsync(int shard, Instant now, int limit)
    {
        await using var command = database.Source.CreateCommand(Shard);
        command.Add((short)shard);
        return await ReadAsync(command, now, limit);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<DueRow>> TakeOthersAsync(int shard, string account, Instant now, int limit)
    {
        await using var command = database.Source.CreateCommand(Others);
        command.Add((short)shard);
        return await ReadAsync(command, now, limit, account);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<DueRow>> TakeClockAsync(string clock, Instant now, int limit)
    {
        await using var command = database.Source.CreateCommand(Clock);
        command.Add(clock);
        return await ReadAsync(command, now, limit);
    }

    /// <inheritdoc/>
    public async Task<Instant?> FindNextAsync(string clock, Instant upTo)
    {
        await using var command = database.Source.CreateCommand(Next);
        command.Add(clock);
        command.Add(upTo);
        return await command.ExecuteScalarAsync() is DateTime next ? Instant.FromDateTimeUtc(next) : null;
    }

    /// <inheritdoc/>
    public async Task NoteAsync(IReadOnlyCollection<DueFailure> failures)
    {
        var sorted = failures.OrderBy(f => f.Row.Key.GrainType, StringComparer.Ordinal).ThenBy(f => f.Row.Key.GrainKey, StringComparer.Ordinal)
            .ThenBy(f => f.Row.Key.Kind).ToArray();
        await using var command = database.Source.CreateCommand(Note);
        command.Add(NpgsqlDbType.Text, sorted.Select(f => f.Row.Key.GrainType).ToArray());
        command.Add(NpgsqlDbType.Text, sorted.Select(f => f.Row.Key.GrainKey).ToArray());
        command.Add(NpgsqlDbType.Text, sorted.Select(f => Spelling.Of(f.Row.Key.Kind)).ToArray());
        command.Add(NpgsqlDbType.TimestampTz, sorted.Select(f => f.Row.DueAt.ToDateTimeUtc()).ToArray());
        command.Add(NpgsqlDbType.TimestampTz, sorted.Select(f => f.RunAt.ToDateTimeUtc()).ToArray());
        command.Add(NpgsqlDbType.Text, sorted.Select(f => f.Error).ToArray());
        command.Add(NpgsqlDbType.Boolean, sorted.Select(f => f.Quarantine).ToArray());
        await command.ExecuteNonQueryAsync();
    }

    /// <inheritdoc/>
    public async Task CloseClockAsync(string clock)
    {
        await using var command = database.Source.CreateCommand(Close);
        command.Add(clock);
        await command.ExecuteNonQueryAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _reads.Dispose();

    private async Task<ImmutableArray<DueRow>> ReadAsync(NpgsqlCommand command, Instant now, int limit, string? without = null)
    {
        await _reads.WaitAsync();
        try
        {
            return await ReadRowsAsync(command, now, limit, without);
        }
        finally
        {
            _reads.Release();
        }
    }

    private static async Task<ImmutableArray<DueRow>> ReadRowsAsync(NpgsqlCommand command, Instant now, int limit, string? without)
    {
        command.Add(now);
        command.Add((long)limit);
        if (without is not null)
        {
            command.Add(without);
        }

        var facts = new FactsReader();
        var rows = ImmutableArray.CreateBuilder<DueRow>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(new DueRow(
                new DueKey(reader.GetString(0), reader.GetString(1), Spelling.Parse<DueKind>(reader.GetString(2))),
                reader.GetString(3),
                reader.GetInstant(4),
                reader.GetInt32(5),
                facts.Read(reader, 6))
            {
                RunAt = reader.GetInstant(12),
            });
        }

        return rows.DrainToImmutable();
    }
}
