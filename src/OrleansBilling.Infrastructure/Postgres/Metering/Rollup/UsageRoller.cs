using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Infrastructure.Postgres.Alerts;
using OrleansBilling.Infrastructure.Postgres.Metering.Billing;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;
using OrleansBilling.Infrastructure.Postgres.Wallets;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

/// <summary>
/// Rolls events up, in every silo, batch by batch. A batch is taken by deleting its row of <c>usage_pending</c> in the
/// transaction that adds its events to the cells: so it counts once, whoever takes it and whenever that one dies.
/// </summary>
internal sealed partial class UsageRoller(
    UsageDatabase database, UsageDirectory directory, AlertMarks alerts, UsageOptions options, ILogger<UsageRoller> logger) : BackgroundService, IUsageRollup
{
    /// <summary>Held shared by who rolls up, alone by who corrects: a correction computes cells anew, while nobody adds to them.</summary>
    public const long Lock = 7_318_204_563;

    /// <summary>Events of one round at most, unless one batch has more.</summary>
    private const int RoundSize = 50_000;

    // The oldest batches first, those of others left out, until the round is full.
    private const string Take =
        """
        with free as (
            select p.batch, p.day, p.events from usage_pending p order by p.batch limit 200 for update skip locked),
        chosen as (
            select f.batch, f.day from (select f.*, sum(f.events) over (order by f.batch) as upto from free f) f
            where f.upto <= $1 or f.upto = f.events)
        delete from usage_pending p using chosen c where p.batch = c.batch returning p.batch, p.day, p.events
        """;

    private const string Events =
        $"""
        select e.account, e.meter, {UsageEventRows.Columns}
        from unnest($1, $2) as b (batch, day)
        join usage_event e on e.day = b.day and e.batch = b.batch
        {UsageEventRows.Correction}
        where {UsageEventRows.Counts}
        """;

    /// <summary>Rolls up what is pending now, one round.</summary>
    /// <returns>How many events were rolled up.</returns>
    public async Task<int> RollUpAsync(CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock_shared({Lock})", cancellation);
        var batches = await TakeAsync(connection, cancellation);
        if (batches.Count == 0)
        {
            return 0;
        }

        var events = new Dictionary<(string Account, string Meter), List<UsageEvent>>();
        await using (var command = new NpgsqlCommand(Events, connection))
        {
            command.Add(NpgsqlDbType.Bigint, batches.Select(b => b.Batch).ToArray());
            command.Add(NpgsqlDbType.Date, batches.Select(b => b.Day).ToArray());
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                var key = (reader.GetString(0), reader.GetString(1));
                (events.TryGetValue(key, out var list) ? list : events[key] = []).Add(UsageEventRows.Read(reader, 2));
            }
        }

        var meters = await directory.MetersAsync(events.Keys.Select(key => key.Meter), cancellation);
        var views = await UsageViews.ReadAsync(connection, events.Keys, cancellation);
        var rows = events.SelectMany(of =>
        {
            var added = new RolledUpCells(of.Key.Account, meters[of.Key.Meter], views.Of(of.Key.Account, of.Key.Meter));
            of.Value.ForEach(added.Add);
            return added.Rows();
        }).ToList();
        await RollupRows.AddAsync(connection, rows, cancellation);
        var marked = await AlertMarks.WriteAsync(connection, events.Keys, cancellation);
        await UsageRechecks.AskAsync(connection, [.. events.Select(of => (of.Key.Account, of.Key.Meter, of.Value.Min(found => found.At), of.Value.Max(found => found.At)))], cancellation);
        var burns = await BurnAsks.WriteAsync(connection, events.Keys.Select(key => key.Account), cancellation);
        await transaction.CommitAsync(cancellation);
        alerts.Tell([.. burns, .. marked]);
        return batches.Sum(b => b.Events);
    }

    /// <inheritdoc/>
    public async Task SettleAsync()
    {
        await using var command = database.Source.CreateCommand("select max(batch) from usage_pending");
        if (await command.ExecuteScalarAsync() is not long last)
        {
            return;
        }

        await using var left = database.Source.CreateCommand("select exists (select from usage_pending where batch <= $1)");
        left.Add(last);
        while (await left.ExecuteScalarAsync() is true)
        {
            // Batches that another process has taken are gone when it commits.
            if (await RollUpAsync(CancellationToken.None) == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10));
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(options.RollUpMilliseconds));
        try
        {
            do
            {
                try
                {
                    // A backlog is worked off without pauses; what arrives meanwhile gathers, so that a cell is written once for many events.
                    while (await RollUpAsync(stoppingToken) >= RoundSize / 2)
                    {
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // Nothing is lost: usage is read from the events themselves until they are rolled up.
                    LogFailed(e);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private static async Task<List<(long Batch, DateOnly Day, int Events)>> TakeAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var taken = new List<(long, DateOnly, int)>();
        await using var command = new NpgsqlCommand(Take, connection);
        command.Add((long)RoundSize);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            taken.Add((reader.GetInt64(0), reader.GetFieldValue<DateOnly>(1), reader.GetInt32(2)));
        }

        return taken;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Usage could not be rolled up; tried again in a moment.")]
    private partial void LogFailed(Exception exception);
}
