using System.Buffers.Binary;
using System.Text;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

/// <summary>An event that a correction chooses.</summary>
internal sealed record ChosenEvent(string Account, string Meter, UsageEvent Event);

/// <summary>Finds the events of a correction.</summary>
internal static class ChosenEvents
{
    // All keys of an id begin alike, whatever the account: a range of the index.
    private const string ById =
        $"""
        select e.account, e.meter, {UsageEventRows.Columns}, e.id, c.voided is true
        from unnest($1, $2, $3) as s (id, low, high)
        join usage_key k on k.key >= s.low and k.key <= s.high
        join usage_event e on e.day = k.day and e.batch = k.batch and e.n = k.n and e.id = s.id
        {UsageEventRows.Correction}
        where $4 is null or e.account = $4
        """;

    private const string BySelection =
        $"""
        select e.account, e.meter, {UsageEventRows.Columns}, e.id, false from usage_event e
        {UsageEventRows.Correction}
        where e.account = $1 and ($2 is null or e.meter = $2) and ($3 is null or e.subscription = $3)
            and ($4 is null or e.at >= $4) and ($5 is null or e.at < $5) and {UsageEventRows.Counts}
        """;

    /// <summary>The events, voided ones left out.</summary>
    /// <returns>404 <c>event_not_found</c> of an id; 422 <c>nothing_chosen</c>, <c>too_many_events</c>, <c>too_old</c>.</returns>
    public static async Task<Decided<IReadOnlyList<ChosenEvent>>> FindAsync(NpgsqlConnection connection, UsageCorrection correction, CancellationToken cancellation)
    {
        var chosen = new List<ChosenEvent>();
        var missing = correction.Ids.IsDefault ? [] : correction.Ids.ToHashSet(StringComparer.Ordinal);
        await using (var command = correction.Selection is { } selection ? Command(connection, selection) : Command(connection, correction))
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                missing.Remove(reader.GetString(8));
                var found = UsageEventRows.Read(reader, 2);
                if (!reader.GetBoolean(9) && (correction.Selection is not { } only || UsageGroup.Matches(only.Properties, found.Properties)))
                {
                    chosen.Add(new ChosenEvent(reader.GetString(0), reader.GetString(1), found));
                }

                if (chosen.Count > UsageLimits.CorrectedAtOnce)
                {
                    return Refusal.Rule("too_many_events", $"Correct at most {UsageLimits.CorrectedAtOnce} events at once: choose a shorter time.", "filter");
                }
            }
        }

        return missing.Order(StringComparer.Ordinal).FirstOrDefault() is { } unknown
            ? Refusal.NotFound("event_not_found", $"There is no usage event '{unknown}' of the last days; older ones are chosen by 'filter'.", "ids")
            : chosen.Count == 0 ? Refusal.Rule("nothing_chosen", "No event that counts is chosen: they are voided already, or the filter fits none.", correction.Selection is null ? "ids" : "filter")
            : await DroppedAsync(connection, chosen, cancellation) is { } dropped ? dropped
            : chosen;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, UsageCorrection correction)
    {
        var ids = correction.Ids.Distinct(StringComparer.Ordinal).ToArray();
        var prefixes = ids.Select(id => EventHash.PrefixOf(Encoding.UTF8.GetBytes(id))).ToArray();
        var command = new NpgsqlCommand(ById, connection);
        command.Add(NpgsqlDbType.Text, ids);
        command.Add(NpgsqlDbType.Uuid, prefixes.Select(prefix => Bound((UInt128)prefix << 80)).ToArray());
        command.Add(NpgsqlDbType.Uuid, prefixes.Select(prefix => Bound(((UInt128)prefix << 80) | ((UInt128.One << 80) - 1))).ToArray());
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)correction.Account ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return command;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, UsageSelection selection)
    {
        var command = new NpgsqlCommand(BySelection, connection);
        foreach (var text in (string?[])[selection.Account, selection.Meter, selection.Subscription])
        {
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        }

        foreach (var instant in (Instant?[])[selection.From, selection.To])
        {
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)instant?.ToDateTimeUtc() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        }

        return command;
    }

    // An hour is computed anew from all of its events, so none of them may be dropped. An event is received a day before its 'at' at
    // the earliest; of an account on a test clock nothing is known of that.
    private static async Task<Refusal?> DroppedAsync(NpgsqlConnection connection, List<ChosenEvent> chosen, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            select d.through::timestamp at time zone 'UTC', exists (select from account a where a.id = any($1) and a.clock <> 'live')
            from usage_dropped d
            """,
            connection);
        command.Add(NpgsqlDbType.Text, chosen.Select(found => found.Account).Distinct(StringComparer.Ordinal).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
        {
            return null;
        }

        var whole = reader.GetInstant(0) + Duration.FromDays(2 + UsageOptions.DaysAhead);
        return reader.GetBoolean(1) || chosen.Exists(found => found.Event.At < whole)
            ? Refusal.Rule("too_old", "Events of these hours were dropped at the end of their retention, so they cannot be added up again; adjust the invoice instead.")
            : null;
    }

    private static Guid Bound(UInt128 key)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, key);
        return new Guid(bytes, bigEndian: true);
    }
}
