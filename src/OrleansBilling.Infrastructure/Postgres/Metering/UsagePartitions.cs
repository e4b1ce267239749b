using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

namespace OrleansBilling.Infrastructure.Postgres.Metering;

/// <summary>Makes the partitions of the next days ahead, and drops those whose days are over.</summary>
internal sealed partial class UsagePartitions(UsageDatabase database, UsageOptions options, ILogger<UsagePartitions> logger) : BackgroundService
{
    /// <summary>Days made ahead: a service that was away for a while finds its partitions.</summary>
    public const int DaysAhead = 7;

    /// <summary>Brings the partitions to the day, and answers how many were dropped.</summary>
    public async Task<int> TendAsync(DateOnly today, CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        for (var day = today; day <= today.AddDays(DaysAhead); day = day.AddDays(1))
        {
            await using var make = new NpgsqlCommand("select usage_make_day($1)", connection);
            make.Add(day);
            await make.ExecuteNonQueryAsync(cancellation);
        }

        var dropped = 0;
        foreach (var (parent, day) in await FindAsync(connection, cancellation))
        {
            var kept = parent == "usage_key" ? options.KeyDays : options.RetentionDays;
            if (day < today.AddDays(-kept) && await DropAsync(connection, parent, day, cancellation))
            {
                dropped++;
            }
        }

        return dropped;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1));
        try
        {
            do
            {
                try
                {
                    await TendAsync(await TodayAsync(stoppingToken), stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
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

    private async Task<DateOnly> TodayAsync(CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand("select (now() at time zone 'UTC')::date");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return reader.GetFieldValue<DateOnly>(0);
    }

    private static async Task<List<(string Parent, DateOnly Day)>> FindAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var found = new List<(string, DateOnly)>();
        await using var command = new NpgsqlCommand(
            """
            select p.relname, to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp
            from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
            where p.oid in ('usage_key'::regclass, 'usage_event'::regclass) order by 2
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            found.Add((reader.GetString(0), DateOnly.FromDateTime(reader.GetDateTime(1))));
        }

        return found;
    }

    // Events that are not rolled up yet are never dropped. The lock on the table is waited for briefly: the next round tries again.
    private async Task<bool> DropAsync(NpgsqlConnection connection, string parent, DateOnly day, CancellationToken cancellation)
    {
        var partition = $"{parent}_{OpenBatch.SuffixOf(day)}";
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            if (parent == "usage_event")
            {
                await using var pending = new NpgsqlCommand("select exists (select from usage_pending where day = $1)", connection);
                pending.Add(day);
                if (await pending.ExecuteScalarAsync(cancellation) is true)
                {
                    return false;
                }

                await using var note = new NpgsqlCommand(
                    """
                    with gone as (delete from usage_day where day = $1 returning day)
                    insert into usage_dropped (through) select day from gone
                    on conflict (only_row) do update set through = greatest(usage_dropped.through, excluded.through)
                    """,
                    connection);
                note.Add(day);
                await note.ExecuteNonQueryAsync(cancellation);
            }

            await using var drop = new NpgsqlCommand($"set local lock_timeout = '3s'; drop table {partition}", connection);
            await drop.ExecuteNonQueryAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            LogDropped(partition);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.DeadlockDetected)
        {
            // In use, or dropped by another process.
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Partitions of usage could not be made or dropped; tried again in an hour.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Partition} was dropped: its days are over.")]
    private partial void LogDropped(string partition);
}
