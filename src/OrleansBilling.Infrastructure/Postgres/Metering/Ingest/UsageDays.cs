using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>Which days before today hold keys. Days that are over never change, so each is looked at once.</summary>
internal sealed class UsageDays(UsageOptions options)
{
    private readonly Lock _lock = new();
    private DateOnly _today;
    private IReadOnlyList<DateOnly>? _before;

    /// <summary>The days of the window before today that hold keys, newest first; in the transaction of a batch of today.</summary>
    public async Task<IReadOnlyList<DateOnly>> BeforeAsync(NpgsqlConnection connection, DateOnly today, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_before is { } known && _today == today)
            {
                return known;
            }
        }

        var days = new List<DateOnly>();
        await using (var command = new NpgsqlCommand("select day from usage_day where day < $1 and day >= $2 order by day desc", connection))
        {
            command.Add(today);
            command.Add(today.AddDays(-options.KeyDays));
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                days.Add(reader.GetFieldValue<DateOnly>(0));
            }
        }

        var filled = new List<DateOnly>();
        foreach (var day in days)
        {
            await using var any = new NpgsqlCommand($"select exists (select from usage_key_{OpenBatch.SuffixOf(day)})", connection);
            if (await any.ExecuteScalarAsync(cancellation) is true)
            {
                filled.Add(day);
            }
        }

        lock (_lock)
        {
            (_today, _before) = (today, filled);
        }

        return filled;
    }
}
