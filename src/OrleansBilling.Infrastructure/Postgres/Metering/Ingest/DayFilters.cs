using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>
/// Tells for most keys that a day does not hold them, without asking the database: with a window of 35 days each event would
/// else be looked up 35 times in vain. Days that are over never get keys any more, so what a filter has seen stays true.
/// </summary>
internal sealed partial class DayFilters(UsageDatabase database, UsageOptions options, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<DateOnly, DayFilter?> _filters = [];
    private Task _building = Task.CompletedTask;

    /// <summary>The filters of days, as they are now; null where a day has none, and must be asked.</summary>
    public DayFilter?[] Of(IReadOnlyList<DateOnly> days)
    {
        lock (_lock)
        {
            return [.. days.Select(day => _filters.GetValueOrDefault(day))];
        }
    }

    /// <summary>Begins to read the keys of these days in the background, newest first, as far as memory goes; forgets others.</summary>
    public void Want(IReadOnlyList<DateOnly> days)
    {
        lock (_lock)
        {
            foreach (var gone in _filters.Keys.Except(days).ToList())
            {
                _filters.Remove(gone);
            }

            if (_building.IsCompleted && days.Any(day => !_filters.ContainsKey(day)))
            {
                _building = Task.Run(() => BuildAsync(days));
            }
        }
    }

    /// <summary>Ends when what was begun is done.</summary>
    public Task WhenBuiltAsync()
    {
        lock (_lock)
        {
            return _building;
        }
    }

    private async Task BuildAsync(IReadOnlyList<DateOnly> days)
    {
        try
        {
            foreach (var day in days)
            {
                lock (_lock)
                {
                    if (_filters.ContainsKey(day))
                    {
                        continue;
                    }
                }

                var filter = await ReadAsync(day);
                lock (_lock)
                {
                    _filters[day] = filter;
                }
            }
        }
        catch (Exception e)
        {
            // Without a filter the day is asked, which is slower and as right.
            LogFailed(e);
        }
    }

    private async Task<DayFilter?> ReadAsync(DateOnly day)
    {
        var partition = "usage_key_" + OpenBatch.SuffixOf(day);
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var count = new NpgsqlCommand($"select count(*) from {partition}", connection) { CommandTimeout = 0 };
        var filter = new DayFilter((long)(await count.ExecuteScalarAsync())!);
        long held;
        lock (_lock)
        {
            held = _filters.Values.Sum(known => known?.Bytes ?? 0);
        }

        if (held + filter.Bytes > (long)options.FilterMegabytes << 20)
        {
            return null;
        }

        var bytes = new byte[16];
        await using var export = await connection.BeginBinaryExportAsync($"copy {partition} (key) to stdout (format binary)");
        while (await export.StartRowAsync() > 0)
        {
            export.Read<Guid>(NpgsqlTypes.NpgsqlDbType.Uuid).TryWriteBytes(bytes, bigEndian: true, out _);
            filter.Add(BinaryPrimitives.ReadUInt128BigEndian(bytes));
        }

        return filter;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The keys of a day could not be read; the database is asked for them.")]
    private partial void LogFailed(Exception exception);
}

/// <summary>A Bloom filter of a day's keys: says no only of what it does not hold; about three in a thousand others pass.</summary>
internal sealed class DayFilter(long keys)
{
    private const int BitsPerKey = 12;
    private const int Probes = 7;

    private readonly ulong[] _words = new ulong[Math.Max(1, ((keys * BitsPerKey) + 63) / 64)];

    /// <summary>Its size.</summary>
    public long Bytes { get; } = Math.Max(1, ((keys * BitsPerKey) + 63) / 64) * 8;

    /// <summary>Takes a key in.</summary>
    public void Add(UInt128 key)
    {
        var (place, step) = Begin(key);
        for (var i = 0; i < Probes; i++)
        {
            var bit = BitOf(place);
            _words[bit >> 6] |= 1UL << (int)(bit & 63);
            place = unchecked(place + step);
        }
    }

    /// <summary>False where the key was never taken in.</summary>
    public bool MayHold(UInt128 key)
    {
        var (place, step) = Begin(key);
        for (var i = 0; i < Probes; i++)
        {
            var bit = BitOf(place);
            if ((_words[bit >> 6] & (1UL << (int)(bit & 63))) == 0)
            {
                return false;
            }

            place = unchecked(place + step);
        }

        return true;
    }

    // The low 80 bits of a key are those of SHA-256: they need no further mixing, only two parts that differ.
    private static (ulong Place, ulong Step) Begin(UInt128 key)
    {
        var low = unchecked((ulong)key);
        return (low, unchecked((BitOperations.RotateLeft(low, 31) * 0x9E37_79B9_7F4A_7C15UL) | 1));
    }

    private long BitOf(ulong place) => (long)Math.BigMul(place, (ulong)_words.LongLength * 64, out _);
}
