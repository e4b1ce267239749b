using System.Collections.Concurrent;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>An account that events name.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Utf8">The same in bytes.</param>
/// <param name="Clock"><c>live</c>, or the id of a test clock.</param>
internal sealed record KnownAccount(string Id, byte[] Utf8, string Clock);

/// <summary>A subscription that events name, and whose it is.</summary>
internal sealed record KnownSubscription(byte[] Utf8, string Account);

/// <summary>A meter that events name.</summary>
internal sealed record KnownMeter(Meter Meter, byte[] Utf8, byte[]? Property);

/// <summary>
/// Finds what events name, without a query for what was named a moment ago. Ids and meters are believed for minutes, since they
/// never mean another thing; the caller's own names for a few seconds. What does not exist is never remembered.
/// </summary>
internal sealed class UsageDirectory(UsageDatabase database, TimeProvider time)
{
    private const int MaxEntries = 200_000;
    private static readonly TimeSpan IdsKept = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan NamesKept = TimeSpan.FromSeconds(5);

    private readonly Known<KnownAccount> _accounts = new(time);
    private readonly Known<KnownSubscription> _subscriptions = new(time);
    private readonly Known<KnownMeter> _meters = new(time);

    /// <summary>An account by id or external id, where it is known.</summary>
    public KnownAccount? Account(ReadOnlySpan<byte> name) => _accounts.Find(name);

    /// <summary>A subscription by id or external id, where it is known.</summary>
    public KnownSubscription? Subscription(ReadOnlySpan<byte> name) => _subscriptions.Find(name);

    /// <summary>A meter by code, where it is known.</summary>
    public KnownMeter? Meter(ReadOnlySpan<byte> code) => _meters.Find(code);

    /// <summary>Reads what is not known yet; afterwards what is still unknown does not exist.</summary>
    public async Task LoadAsync(IReadOnlySet<string> accounts, IReadOnlySet<string> subscriptions, IReadOnlySet<string> meters, CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        if (accounts.Count > 0)
        {
            await ReadAsync(
                connection,
                """
                select s.name, a.id, a.clock from unnest($1) as s (name) join account a on a.id = s.name and not a.deleted
                union all
                select s.name, a.id, a.clock from unnest($1) as s (name) join account a on a.external_id = s.name and not a.deleted
                """,
                accounts,
                row => _accounts.Put(row.GetString(0), new KnownAccount(row.GetString(1), Utf8(row.GetString(1)), row.GetString(2)), row.GetString(0) == row.GetString(1) ? IdsKept : NamesKept),
                cancellation);
        }

        if (subscriptions.Count > 0)
        {
            await ReadAsync(
                connection,
                """
                select s.name, b.id, b.account from unnest($1) as s (name) join subscription b on b.id = s.name
                union all
                select s.name, b.id, b.account from unnest($1) as s (name) join subscription b on b.external_id = s.name
                """,
                subscriptions,
                row => _subscriptions.Put(row.GetString(0), new KnownSubscription(Utf8(row.GetString(1)), row.GetString(2)), row.GetString(0) == row.GetString(1) ? IdsKept : NamesKept),
                cancellation);
        }

        if (meters.Count > 0)
        {
            await ReadAsync(
                connection,
                "select m.code, m.definition::text from unnest($1) as s (name) join meter m on m.code = s.name",
                meters,
                row =>
                {
                    var meter = BillingJson.Read<Meter>(row.GetString(1));
                    _meters.Put(meter.Code, new KnownMeter(meter, Utf8(meter.Code), meter.Property is { } property ? Utf8(property) : null), IdsKept);
                },
                cancellation);
        }
    }

    /// <summary>Meters by code; those that do not exist are left out.</summary>
    public async Task<IReadOnlyDictionary<string, Meter>> MetersAsync(IEnumerable<string> codes, CancellationToken cancellation)
    {
        var wanted = codes.ToHashSet(StringComparer.Ordinal);
        var missing = wanted.Where(code => Meter(Utf8(code)) is null).ToHashSet(StringComparer.Ordinal);
        if (missing.Count > 0)
        {
            await LoadAsync(new HashSet<string>(), new HashSet<string>(), missing, cancellation);
        }

        return wanted.Select(code => Meter(Utf8(code))).OfType<KnownMeter>().ToDictionary(known => known.Meter.Code, known => known.Meter, StringComparer.Ordinal);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task ReadAsync(
        NpgsqlConnection connection, string sql, IReadOnlySet<string> names, Action<NpgsqlDataReader> take, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Add(NpgsqlDbType.Text, names.ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            take(reader);
        }
    }

    private sealed class Known<T>(TimeProvider time)
        where T : class
    {
        private readonly ConcurrentDictionary<string, (T Value, long Until)> _entries = new(StringComparer.Ordinal);

        public T? Find(ReadOnlySpan<byte> name)
        {
            // Names are at most 200 characters, which the parser has checked.
            Span<char> characters = stackalloc char[UsageLimits.IdLength];
            return Encoding.UTF8.TryGetChars(name, characters, out var count)
                && _entries.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(characters[..count], out var found) && found.Until > time.GetTimestamp()
                ? found.Value
                : null;
        }

        public void Put(string name, T value, TimeSpan kept)
        {
            if (_entries.Count >= MaxEntries)
            {
                _entries.Clear();
            }

            _entries[name] = (value, time.GetTimestamp() + (long)(kept.TotalSeconds * time.TimestampFrequency));
        }
    }
}
