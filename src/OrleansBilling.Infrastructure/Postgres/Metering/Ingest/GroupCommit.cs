using System.Buffers.Binary;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>Writes the parts of many requests in one transaction: keys that are new, their events, and the batch to roll up.</summary>
/// <remarks>
/// Keys of days before are looked for in the transaction, and no batch of an earlier day can be under way then
/// (<c>usage_open_batch</c>). A key that another process writes on the same day at the same time breaks the unique index of the
/// partition: then the group begins again and finds it. Keys are written in their order, so that two groups wait one way only.
/// </remarks>
internal sealed class GroupCommit(UsageDatabase database, UsageDays days, DayFilters filters) : IDisposable
{
    private const string KeyColumns = "content, batch, key, day, n";
    private const string EventColumns = "batch, received_at, day, n, at, account, meter, id, subscription, value, properties, hold";
    private const int MaxTries = 8;

    private readonly RowBuffer _keys = new(1024 * 1024);
    private readonly RowBuffer _events = new(4 * 1024 * 1024);
    private readonly Dictionary<UInt128, long> _seen = [];

    /// <summary>Writes the parts and decides the fate of each of their events; all or nothing.</summary>
    public async Task WriteAsync(IReadOnlyList<IngestPart> parts, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryWriteAsync(parts, cancellation);
                return;
            }
            catch (PostgresException e) when (attempt < MaxTries && e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected)
            {
                // Another process took one of the events at the same time; its keys are found now.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        _events.Dispose();
    }

    private async Task TryWriteAsync(IReadOnlyList<IngestPart> parts, CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        var (transaction, batch) = await OpenAsync(connection, cancellation);
        await using (transaction)
        {
            _seen.Clear();
            await ProbeAsync(connection, parts, batch.Day, cancellation);
            var accepted = Encode(parts, batch);
            if (accepted == 0)
            {
                return;
            }

            await CopyAsync(connection, $"copy usage_key_{batch.Suffix} ({KeyColumns}) from stdin (format binary)", _keys.Memory, cancellation);
            await CopyAsync(connection, $"copy usage_event_{batch.Suffix} ({EventColumns}) from stdin (format binary)", _events.Memory, cancellation);
            await using (var pending = new NpgsqlCommand("insert into usage_pending (batch, day, events) values ($1, $2, $3)", connection, transaction))
            {
                pending.Add(batch.Number);
                pending.Add(batch.Day);
                pending.Add(accepted);
                await pending.ExecuteNonQueryAsync(cancellation);
            }

            await transaction.CommitAsync(cancellation);
        }
    }

    private static async Task<(NpgsqlTransaction Transaction, OpenBatch Batch)> OpenAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        while (true)
        {
            var transaction = await connection.BeginTransactionAsync(cancellation);
            await using (var open = new NpgsqlCommand("select day, batch, received_at from usage_open_batch()", connection, transaction))
            {
                await using var reader = await open.ExecuteReaderAsync(cancellation);
                await reader.ReadAsync(cancellation);
                if (!await reader.IsDBNullAsync(0, cancellation))
                {
                    var received = (reader.GetInstant(2).ToUnixTimeTicks() / 10) - RowBuffer.EpochMicroseconds;
                    return (transaction, new OpenBatch(reader.GetInt64(1), reader.GetFieldValue<DateOnly>(0), received));
                }
            }

            await transaction.DisposeAsync();
            await using var newDay = new NpgsqlCommand("select usage_open_day()", connection);
            await newDay.ExecuteNonQueryAsync(cancellation);
        }
    }

    private async Task ProbeAsync(NpgsqlConnection connection, IReadOnlyList<IngestPart> parts, DateOnly today, CancellationToken cancellation)
    {
        var before = await days.BeforeAsync(connection, today, cancellation);
        filters.Want(before);
        await using var command = new NpgsqlCommand { Connection = connection };
        var sql = new StringBuilder();
        var kept = filters.Of(before);
        for (var i = -1; i < before.Count; i++)
        {
            var keys = KeysOf(parts, i < 0 ? null : kept[i]);
            if (keys.Length > 0)
            {
                command.Add(NpgsqlDbType.Uuid, keys);
                sql.Append(sql.Length == 0 ? "" : " union all ").Append("select k.key, k.content from unnest($").Append(command.Parameters.Count)
                    .Append(") as s (key) join usage_key_").Append(OpenBatch.SuffixOf(i < 0 ? today : before[i])).Append(" k on k.key = s.key");
            }
        }

        command.CommandText = sql.ToString();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        Span<byte> bytes = stackalloc byte[16];
        while (reader.Read())
        {
            reader.GetGuid(0).TryWriteBytes(bytes, bigEndian: true, out _);
            _seen[BinaryPrimitives.ReadUInt128BigEndian(bytes)] = reader.GetInt64(1);
        }
    }

    // All keys, or those that a day's filter lets pass.
    private static Guid[] KeysOf(IReadOnlyList<IngestPart> parts, DayFilter? filter)
    {
        var keys = new List<Guid>(filter is null ? parts.Sum(part => part.Count) : 64);
        Span<byte> bytes = stackalloc byte[16];
        foreach (var part in parts)
        {
            for (var i = 0; i < part.Count; i++)
            {
                if (filter?.MayHold(part.Key(i)) != false)
                {
                    BinaryPrimitives.WriteUInt128BigEndian(bytes, part.Key(i));
                    keys.Add(new Guid(bytes, bigEndian: true));
                }
            }
        }

        return [.. keys];
    }

    private int Encode(IReadOnlyList<IngestPart> parts, OpenBatch batch)
    {
        _events.CutTo(0);
        _events.Header();
        var taken = new List<(UInt128 Key, long Content, int Number)>(parts.Count * 256);
        foreach (var part in parts)
        {
            for (var i = 0; i < part.Count; i++)
            {
                var (key, content) = (part.Key(i), part.Content(i));
                if (_seen.TryGetValue(key, out var known))
                {
                    part.Decide(i, known == content ? EventFate.Duplicate : EventFate.Conflict);
                    continue;
                }

                _seen.Add(key, content);
                part.Decide(i, EventFate.Accepted);
                _events.Raw(part.Row(i, batch, taken.Count));
                taken.Add((key, content, taken.Count));
            }
        }

        _events.Trailer();
        taken.Sort(static (a, b) => a.Key.CompareTo(b.Key));
        _keys.CutTo(0);
        _keys.Header();
        foreach (var (key, content, number) in taken)
        {
            _keys.Columns(5);
            _keys.Long(content);
            _keys.Long(batch.Number);
            _keys.Key(key);
            _keys.Int(batch.DayNumber);
            _keys.Int(number);
        }

        _keys.Trailer();
        return taken.Count;
    }

    private static async Task CopyAsync(NpgsqlConnection connection, string sql, ReadOnlyMemory<byte> rows, CancellationToken cancellation)
    {
        await using var copy = await connection.BeginRawBinaryCopyAsync(sql, cancellation);
        await copy.WriteAsync(rows, cancellation);
    }
}
