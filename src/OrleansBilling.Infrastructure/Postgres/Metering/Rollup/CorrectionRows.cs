using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Documents;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

/// <summary>Writes corrections, and the cells that they change.</summary>
internal static class CorrectionRows
{
    private const string Correction =
        """
        insert into usage_correction (id, action, value, reason, selection, events, actor, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8) returning number
        """;

    private const string Events =
        """
        insert into usage_corrected (batch, n, number, account, meter, voided, value)
        select s.batch, s.n, $3, s.account, s.meter, $6, $7 from unnest($1, $2, $4, $5) as s (batch, n, account, meter)
        """;

    private const string Audit = "insert into audit (at, actor, role, action, account, command) values ($1, $2, $3, $4, $5, $6)";

    private const string Clear =
        """
        with texts as (
            delete from usage_unique u using unnest($3) as s (hour) where u.account = $1 and u.meter = any ($2) and u.hour = s.hour)
        delete from usage_rollup r using unnest($3) as s (hour) where r.account = $1 and r.meter = any ($2) and r.hour = s.hour
        """;

    /// <summary>The correction, a row for each event, and who asked for it.</summary>
    public static async Task WriteAsync(
        NpgsqlConnection connection, UsageCorrection correction, string id, CommandKey key, Instant now, IReadOnlyList<MeterCorrection> parts)
    {
        await using var insert = new NpgsqlCommand(Correction, connection);
        insert.Add(id);
        insert.Add(Spelling.Of(correction.Action));
        AddOrNull(insert, NpgsqlDbType.Numeric, correction.Value);
        AddOrNull(insert, NpgsqlDbType.Text, correction.Reason);
        insert.Parameters.Add(new NpgsqlParameter { Value = BillingJson.Write(new { correction.Ids, correction.Selection, correction.Account }), NpgsqlDbType = NpgsqlDbType.Jsonb });
        insert.Add(parts.Sum(part => part.Corrected.Count));
        insert.Add(key.Actor.Id);
        insert.Add(now);
        var number = (long)(await insert.ExecuteScalarAsync())!;

        var all = parts.SelectMany(part => part.Corrected.Select(found => (Part: part, Event: found))).ToList();
        await using var events = new NpgsqlCommand(Events, connection);
        events.Add(NpgsqlDbType.Bigint, all.Select(one => one.Event.Batch).ToArray());
        events.Add(NpgsqlDbType.Integer, all.Select(one => one.Event.Number).ToArray());
        events.Add(number);
        events.Add(NpgsqlDbType.Text, all.Select(one => one.Part.Account).ToArray());
        events.Add(NpgsqlDbType.Text, all.Select(one => one.Part.Meter.Code).ToArray());
        events.Add(correction.Action is UsageCorrectionAction.Void);
        AddOrNull(events, NpgsqlDbType.Numeric, correction.Value);
        await events.ExecuteNonQueryAsync();

        await using var audit = new NpgsqlCommand(Audit, connection);
        audit.Add(now);
        audit.Add(key.Actor.Id);
        audit.Add(key.Actor.Role);
        audit.Add(key.Actor.Action);
        AddOrNull(audit, NpgsqlDbType.Text, parts.Select(part => part.Account).Distinct(StringComparer.Ordinal).ToList() is [var only] ? only : null);
        audit.Add(key.Key);
        await audit.ExecuteNonQueryAsync();
    }

    /// <summary>Puts the cells of the touched hours in the place of those that were there.</summary>
    public static async Task ReplaceCellsAsync(NpgsqlConnection connection, IReadOnlyList<MeterCorrection> parts)
    {
        foreach (var part in parts)
        {
            await using var clear = new NpgsqlCommand(Clear, connection);
            clear.Add(part.Account);
            clear.Add(NpgsqlDbType.Text, part.Codes.ToArray());
            clear.Add(NpgsqlDbType.TimestampTz, part.Hours.Select(hour => hour.ToDateTimeUtc()).ToArray());
            await clear.ExecuteNonQueryAsync();
        }

        await RollupRows.AddAsync(connection, [.. parts.SelectMany(part => part.Cells)], CancellationToken.None);
    }

    private static void AddOrNull<T>(NpgsqlCommand command, NpgsqlDbType type, T? value) =>
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = type });
}
