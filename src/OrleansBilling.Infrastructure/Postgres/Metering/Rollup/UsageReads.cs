using System.Collections.Immutable;
using System.Data;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

/// <summary>Reads usage in one snapshot: which batches are rolled up and the cells themselves are seen as of one moment.</summary>
internal sealed class UsageReads(UsageDatabase database, UsageDirectory directory, UsageOptions options) : IUsage
{
    private const string Cells =
        $"""
        select {RollupRows.Columns} from usage_rollup r
        where r.account = $1 and r.meter = $2 and r.hour >= $3 and r.hour < $4
        """;

    private const string Texts =
        """
        select u.hour, u.subscription, u.grp_key, u.value from usage_unique u
        where u.account = $1 and u.meter = $2 and u.hour >= $3 and u.hour < $4
        """;

    // Found batch by batch ("offset 0" keeps the planner to it): without statistics of a day that is being filled it would read all events.
    private const string PendingEvents =
        """
        usage_pending p
        cross join lateral (select x.* from usage_event x where x.day = p.day and x.batch = p.batch offset 0) e
        """;

    private const string Pending =
        $"""
        select {UsageEventRows.Columns} from {PendingEvents}
        {UsageEventRows.Correction}
        where e.account = $1 and e.meter = $2 and e.at >= $3 and e.at < $4 and {UsageEventRows.Counts}
        """;

    private const string Meters =
        $"""
        select r.meter from usage_rollup r where r.account = $1 and r.hour >= $2 and r.hour < $3
        union
        select e.meter from {PendingEvents}
        where e.account = $1 and e.at >= $2 and e.at < $3
        """;

    // Events of spans of time. Of an account in real time, an event was received within the days that its 'at' allows.
    private const string Spans =
        $"""
        select {UsageEventRows.Columns} from unnest($3, $4, $5, $6) as s (since, until, first_day, last_day)
        join usage_event e on e.account = $1 and e.meter = $2 and e.at >= s.since and e.at < s.until and e.day >= s.first_day and e.day <= s.last_day
        {UsageEventRows.Correction}
        where {UsageEventRows.Counts}
        """;

    /// <summary>True for an event <c>e</c> that a hold pays.</summary>
    internal const string PaidByHold = "exists (select from wallet_hold h where h.id = e.hold and h.account = e.account and h.status in ('held', 'committed'))";

    private const string Unheld = $"{Spans} and (e.hold is null or not {PaidByHold})";

    private const string AnyHeld =
        """
        select exists (select from usage_event e where e.account = $1 and e.meter = $2 and e.at >= $3 and e.at < $4 and e.hold is not null)
        """;

    /// <inheritdoc/>
    public async Task<ImmutableArray<UsageAmount>> ReadAsync(string account, Meter meter, UsageQuestion question)
    {
        if (!question.FitsRollup(meter))
        {
            return await RecomputeAsync(account, meter, question);
        }

        var sheet = new UsageSheet(meter, question);
        var (from, to) = (question.Windows[0].Start, question.Windows[^1].End);
        var cut = CutHours(question);
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        if (question.WithoutHeld && await AnyHeldAsync(connection, account, meter.Code, from, to))
        {
            // Rolled-up hours do not tell apart what holds pay.
            await AddSpansAsync(connection, account, meter.Code, [.. question.Windows], sheet, withoutHeld: true);
            return sheet.Amounts();
        }

        var texts = meter.Aggregation is MeterAggregation.UniqueCount ? await TextsAsync(connection, account, meter.Code, from, to) : null;
        await using (var cells = Of(Cells, connection, account, meter.Code, UsageRollup.HourOf(from), to))
        {
            await using var reader = await cells.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                var (key, totals, groupKey) = RollupRows.Read(reader, meter.Aggregation is MeterAggregation.WeightedSum);
                if (!cut.Contains(key.Hour))
                {
                    sheet.Add(key, new UsageCell(totals, texts?.GetValueOrDefault((key.Hour, key.Subscription, groupKey)) ?? []));
                }
            }
        }

        await using (var pending = Of(Pending, connection, account, meter.Code, from, to))
        {
            // Of hours that are cut all events are read below, pending or not.
            await AddAsync(pending, sheet, found => !cut.Contains(UsageRollup.HourOf(found.At)));
        }

        await AddSpansAsync(connection, account, meter.Code, [.. cut.Order().Select(hour => new Period(hour, hour + Duration.FromHours(1)))], sheet, withoutHeld: false);
        return sheet.Amounts();
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<UsageAmount>> RecomputeAsync(string account, Meter meter, UsageQuestion question)
    {
        var sheet = new UsageSheet(meter, question);
        await using var connection = await database.Source.OpenConnectionAsync();
        await AddSpansAsync(connection, account, meter.Code, [.. question.Windows], sheet, question.WithoutHeld);
        return sheet.Amounts();
    }

    /// <inheritdoc/>
    public async Task<SingleUsage> ReadSinglyAsync(string account, Meter meter, UsageQuestion question, string? amountProperty)
    {
        var sheet = new UsageSheet(meter, question);
        var values = new List<(UsageMoment At, decimal Value)>();
        await using var connection = await database.Source.OpenConnectionAsync();
        await AddSpansAsync(connection, account, meter.Code, [.. question.Windows], sheet, question.WithoutHeld, found => values.Add((new UsageMoment(found.At, found.Batch, found.Number), found.AmountOf(meter, amountProperty))));
        values.Sort(static (one, other) => one.At.IsAfter(other.At) ? 1 : one.At == other.At ? 0 : -1);
        return new SingleUsage(sheet.Amounts(), [.. values.Select(value => value.Value)]);
    }

    /// <inheritdoc/>
    public async Task<SingleUsage> ReadCorrectedAsync(string account, Meter meter, UsageQuestion question, string? amountProperty, UsageCorrection correction)
    {
        var sheet = new UsageSheet(meter, question);
        var values = new List<(UsageMoment At, decimal Value)>();
        await using var connection = await database.Source.OpenConnectionAsync();
        var chosen = await ChosenEvents.FindAsync(connection, correction, CancellationToken.None);
        var ids = chosen.IsAccepted
            ? chosen.Value.Where(found => found.Account == account && found.Meter == meter.Code).Select(found => (found.Event.Batch, found.Event.Number)).ToHashSet()
            : [];
        await AddSpansAsync(
            connection, account, meter.Code, [.. question.Windows], sheet, question.WithoutHeld,
            found => values.Add((new UsageMoment(found.At, found.Batch, found.Number), found.AmountOf(meter, amountProperty))),
            found => ids.Contains((found.Batch, found.Number)) ? correction.Apply(found) : found);
        values.Sort(static (one, other) => one.At.IsAfter(other.At) ? 1 : one.At == other.At ? 0 : -1);
        return new SingleUsage(sheet.Amounts(), [.. values.Select(value => value.Value)]);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<Meter>> FindMetersAsync(string account, Instant from, Instant to)
    {
        var codes = new List<string>();
        await using (var command = database.Source.CreateCommand(Meters))
        {
            command.Add(account);
            command.Add(UsageRollup.HourOf(from));
            command.Add(to);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                codes.Add(reader.GetString(0));
            }
        }

        return [.. (await directory.MetersAsync(codes, CancellationToken.None)).Values.OrderBy(meter => meter.Code, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async Task<Meter?> FindMeterAsync(string code) => (await directory.MetersAsync([code], CancellationToken.None)).GetValueOrDefault(code);

    /// <summary>Hours that a window's bounds lie within: a rolled-up hour cannot tell one side from the other.</summary>
    private static HashSet<Instant> CutHours(UsageQuestion question) =>
        [.. question.Bounds.Where(bound => UsageRollup.HourOf(bound) != bound).Select(UsageRollup.HourOf)];

    private static async Task<Dictionary<(Instant Hour, string Subscription, Guid Group), HashSet<string>>> TextsAsync(
        NpgsqlConnection connection, string account, string meter, Instant from, Instant to)
    {
        var found = new Dictionary<(Instant, string, Guid), HashSet<string>>();
        await using var command = Of(Texts, connection, account, meter, UsageRollup.HourOf(from), to);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var key = (reader.GetInstant(0), reader.GetString(1), reader.GetGuid(2));
            (found.TryGetValue(key, out var texts) ? texts : found[key] = new HashSet<string>(StringComparer.Ordinal)).Add(reader.GetString(3));
        }

        return found;
    }

    private async Task AddSpansAsync(NpgsqlConnection connection, string account, string meter, IReadOnlyList<Period> spans, UsageSheet sheet, bool withoutHeld,
        Action<UsageEvent>? added = null, Func<UsageEvent, UsageEvent?>? amended = null)
    {
        if (spans.Count == 0)
        {
            return;
        }

        var isLive = await IsLiveAsync(connection, account);
        await using var command = new NpgsqlCommand(withoutHeld ? Unheld : Spans, connection);
        command.Add(account);
        command.Add(meter);
        command.Add(NpgsqlDbType.TimestampTz, spans.Select(s => s.Start.ToDateTimeUtc()).ToArray());
        command.Add(NpgsqlDbType.TimestampTz, spans.Select(s => s.End.ToDateTimeUtc()).ToArray());
        command.Add(NpgsqlDbType.Date, spans.Select(s => isLive ? DayOf(s.Start).AddDays(-UsageOptions.DaysAhead - 1) : DateOnly.FromDateTime(DateTime.UnixEpoch)).ToArray());
        command.Add(NpgsqlDbType.Date, spans.Select(s => isLive ? DayOf(s.End).AddDays(options.WindowDays + 1) : new DateOnly(9000, 1, 1)).ToArray());
        await AddAsync(command, sheet, _ => true, added, amended);
    }

    private static async Task AddAsync(NpgsqlCommand command, UsageSheet sheet, Func<UsageEvent, bool> wanted, Action<UsageEvent>? added = null, Func<UsageEvent, UsageEvent?>? amended = null)
    {
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var read = UsageEventRows.Read(reader, 0);
            if ((amended is null ? read : amended(read)) is { } found && wanted(found) && sheet.Add(found))
            {
                added?.Invoke(found);
            }
        }
    }

    private static async Task<bool> AnyHeldAsync(NpgsqlConnection connection, string account, string meter, Instant from, Instant to)
    {
        await using var command = Of(AnyHeld, connection, account, meter, from, to);
        return await command.ExecuteScalarAsync() is true;
    }

    private static async Task<bool> IsLiveAsync(NpgsqlConnection connection, string account)
    {
        await using var command = new NpgsqlCommand("select clock from account where id = $1", connection);
        command.Add(account);
        return await command.ExecuteScalarAsync() is AccountFacts.LiveClock;
    }

    private static NpgsqlCommand Of(string sql, NpgsqlConnection connection, string account, string meter, Instant from, Instant to)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Add(account);
        command.Add(meter);
        command.Add(from);
        command.Add(to);
        return command;
    }

    private static DateOnly DayOf(Instant instant) => DateOnly.FromDateTime(instant.ToDateTimeUtc());
}
