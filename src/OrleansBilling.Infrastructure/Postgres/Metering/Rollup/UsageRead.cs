using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

/// <summary>
/// What one answer reads of an account's usage of a meter, in one snapshot. Rows are handed on one by one: whatever a span holds, it takes
/// no more room than what is made of them.
/// </summary>
/// <param name="connection">With the transaction of the snapshot.</param>
/// <param name="account"><c>acct_...</c></param>
/// <param name="meter">The meter.</param>
/// <param name="question">Which events.</param>
/// <param name="options">How far an event's receipt may lie from its time.</param>
/// <param name="withProperties">True where events are asked for properties that neither the meter nor the question names.</param>
internal sealed class UsageRead(NpgsqlConnection connection, string account, Meter meter, UsageQuestion question, UsageOptions options, bool withProperties = false)
{
    // Of a subscription each hour is probed: an account may have the hours of thousands beside it.
    private const string CellsOfSome =
        $"""
        select {RollupRows.Columns} from generate_series($3::timestamptz, $4::timestamptz - interval '1 microsecond', interval '1 hour') h (hour)
        cross join lateral (
            select x.* from usage_rollup x where x.account = $1 and x.meter = $2 and x.hour = h.hour and x.subscription = any ($5) offset 0) r
        """;

    private const string CellsOfAll =
        $"""
        select {RollupRows.Columns} from usage_rollup r
        where r.account = $1 and r.meter = $2 and r.hour >= $3 and r.hour < $4
        """;

    private const string WholeOfSome =
        """
        select h.hour from generate_series($3::timestamptz, $4::timestamptz - interval '1 microsecond', interval '1 hour') h (hour)
        cross join lateral (
            select coalesce(sum(x.events), 0) as events from usage_rollup x where x.account = $1 and x.meter = $2 and x.hour = h.hour and x.subscription = any ($5) offset 0) r
        cross join lateral (
            select coalesce(sum(x.events), 0) as events from usage_rollup x where x.account = $1 and x.meter = $6 and x.hour = h.hour and x.subscription = any ($5) offset 0) v
        where r.events <> v.events
        """;

    private const string WholeOfAll =
        """
        select r.hour from usage_rollup r
        where r.account = $1 and r.meter in ($2, $5) and r.hour >= $3 and r.hour < $4
        group by r.hour having sum(r.events) filter (where r.meter = $2) is distinct from sum(r.events) filter (where r.meter = $5)
        """;

    // Found batch by batch ("offset 0" keeps the planner to it): without statistics of a day that is being filled it would read all events.
    internal const string PendingEvents =
        """
        usage_pending p
        cross join lateral (select x.* from usage_event x where x.day = p.day and x.batch = p.batch offset 0) e
        """;

    // Events of spans of time, each span by the index of times ("offset 0" keeps the planner to it, as above). Of an account in real
    // time, an event was received within the days that its 'at' allows.
    internal const string SpanEvents =
        """
        unnest($3, $4, $5, $6) as s (since, until, first_day, last_day)
        cross join lateral (
            select x.* from usage_event x
            where x.account = $1 and x.meter = $2 and x.at >= s.since and x.at < s.until and x.day >= s.first_day and x.day <= s.last_day offset 0) e
        """;

    /// <summary>True for an event <c>e</c> that a hold pays.</summary>
    internal const string PaidByHold = "exists (select from wallet_hold h where h.id = e.hold and h.account = e.account and h.status in ('held', 'committed'))";

    // An event with a hold is found by an index of such events alone.
    private const string HeldEvents =
        $"usage_event e where e.account = $1 and e.meter = $2 and e.at >= $3 and e.at < $4 and e.hold is not null and {PaidByHold}";

    private const string RolledUp = "not exists (select from usage_pending p where p.batch = e.batch)";

    // A subscription's own events, and those that name none.
    private readonly string[]? _named = question.Subscription is { } one ? [one, ""] : null;
    private readonly string _columns = withProperties || !meter.Filters.IsEmpty || meter.Aggregation is MeterAggregation.UniqueCount || !question.Filters.IsEmpty || !question.GroupBy.IsDefaultOrEmpty
        ? UsageEventRows.Columns
        : UsageEventRows.Bare;

    private bool? _isLive;

    /// <summary>Where the first window begins.</summary>
    public Instant From { get; } = question.Windows[0].Start;

    /// <summary>Where the last window ends.</summary>
    public Instant To { get; } = question.Windows[^1].End;

    private string Events(string source, string condition, int? arrived = null) =>
        $"""
        select {_columns} from {source}
        {UsageEventRows.CorrectionOf(arrived)}
        where {UsageEventRows.Counts}
        """ + condition + (question.WithoutHeld ? $" and (e.hold is null or not {PaidByHold})" : "");

    /// <summary>The cells of the hours that the windows touch.</summary>
    /// <param name="counted">The meter, or a view of it.</param>
    /// <param name="each">Takes a cell, without its texts.</param>
    public async Task CellsAsync(Meter counted, Action<UsageCellKey, UsageTotals> each)
    {
        await using var command = Of(_named is null ? CellsOfAll : CellsOfSome, counted.Code, UsageRollup.HourOf(From), To);
        Named(command);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (key, totals) = RollupRows.Read(reader, counted.Aggregation is MeterAggregation.WeightedSum);
            each(key, totals);
        }
    }

    /// <summary>The hours of which a view does not hold every event that the meter's own hour holds.</summary>
    public Task<HashSet<Instant>> UnwholeAsync(Meter view)
    {
        var command = Of(_named is null ? WholeOfAll : WholeOfSome, meter.Code, UsageRollup.HourOf(From), To);
        Named(command);
        command.Add(view.Code);
        return HoursAsync(command);
    }

    /// <summary>The hours with events that are rolled up, and that holds pay.</summary>
    public Task<HashSet<Instant>> HeldHoursAsync() => HoursAsync(Of(
        $"select distinct date_trunc('hour', e.at, 'UTC') from {HeldEvents} and {RolledUp}", meter.Code, From, To));

    /// <summary>Events that are rolled up, count, and are paid by holds.</summary>
    public async Task HeldAsync(Action<UsageEvent> each)
    {
        await using var command = Of(
            $"""
            select {_columns} from (select e.* from {HeldEvents} and {RolledUp}) e
            {UsageEventRows.Correction}
            where {UsageEventRows.Counts}
            """,
            meter.Code, From, To);
        await EachAsync(command, each);
    }

    /// <summary>True where the windows have events with holds that pay.</summary>
    public async Task<bool> AnyHeldAsync()
    {
        await using var command = Of($"select exists (select from {HeldEvents})", meter.Code, From, To);
        return await command.ExecuteScalarAsync() is true;
    }

    /// <summary>Events that are not rolled up yet.</summary>
    public async Task PendingAsync(Action<UsageEvent> each)
    {
        await using var command = Of(Events(PendingEvents, " and e.account = $1 and e.meter = $2 and e.at >= $3 and e.at < $4" + OfSome(5)), meter.Code, From, To);
        Named(command);
        await EachAsync(command, each);
    }

    /// <summary>Every event of spans of time, rolled up or not.</summary>
    /// <param name="spans">Any number.</param>
    /// <param name="inOrder">By time, then in the order of receipt.</param>
    /// <param name="each">Takes an event.</param>
    /// <param name="only">Only events of these subscriptions (empty: that name none) in these hours; null takes all.</param>
    /// <param name="arrived">Only what had arrived by then, with the corrections of before; null takes all.</param>
    public async Task EventsAsync(
        IReadOnlyCollection<Period> spans, bool inOrder, Action<UsageEvent> each, IReadOnlyCollection<(string Subscription, Instant Hour)>? only = null, ArrivedBy? arrived = null)
    {
        if (spans.Count == 0)
        {
            return;
        }

        var hours = only is null ? "" : " and (coalesce(e.subscription, ''), date_trunc('hour', e.at, 'UTC')) in (select x.subscription, x.hour from unnest($7, $8) x (subscription, hour))";
        await using var command = new NpgsqlCommand { Connection = connection };
        await AddSpansAsync(command, spans);
        if (only is not null)
        {
            command.Add(NpgsqlDbType.Text, only.Select(one => one.Subscription).ToArray());
            command.Add(NpgsqlDbType.TimestampTz, only.Select(one => one.Hour.ToDateTimeUtc()).ToArray());
        }

        Named(command);
        int? first = arrived is null ? null : UsageEventRows.Add(command, arrived);
        command.CommandText = Events(SpanEvents, hours + OfSome(only is null ? 7 : 9), first) + (inOrder ? " order by e.at, e.batch, e.n" : "");
        await EachAsync(command, each);
    }

    /// <summary>Adds the parameters of <see cref="SpanEvents"/>.</summary>
    public async Task AddSpansAsync(NpgsqlCommand command, IReadOnlyCollection<Period> spans)
    {
        _isLive ??= await IsLiveAsync();
        command.Add(account);
        command.Add(meter.Code);
        command.Add(NpgsqlDbType.TimestampTz, spans.Select(s => s.Start.ToDateTimeUtc()).ToArray());
        command.Add(NpgsqlDbType.TimestampTz, spans.Select(s => s.End.ToDateTimeUtc()).ToArray());
        command.Add(NpgsqlDbType.Date, spans.Select(s => _isLive.Value ? DayOf(s.Start).AddDays(-UsageOptions.DaysAhead - 1) : DateOnly.FromDateTime(DateTime.UnixEpoch)).ToArray());
        command.Add(NpgsqlDbType.Date, spans.Select(s => _isLive.Value ? DayOf(s.End).AddDays(options.WindowDays + 1) : new DateOnly(9000, 1, 1)).ToArray());
    }

    /// <summary>Hours as spans, those that follow each other together.</summary>
    public static List<Period> Spans(IEnumerable<Instant> hours)
    {
        var spans = new List<Period>();
        foreach (var hour in hours.Order())
        {
            var end = hour + Duration.FromHours(1);
            if (spans.Count > 0 && spans[^1].End == hour)
            {
                spans[^1] = spans[^1] with { End = end };
            }
            else
            {
                spans.Add(new Period(hour, end));
            }
        }

        return spans;
    }

    private static async Task EachAsync(NpgsqlCommand command, Action<UsageEvent> each)
    {
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            each(UsageEventRows.Read(reader, 0));
        }
    }

    private static async Task<HashSet<Instant>> HoursAsync(NpgsqlCommand command)
    {
        var hours = new HashSet<Instant>();
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                hours.Add(reader.GetInstant(0));
            }
        }

        return hours;
    }

    private async Task<bool> IsLiveAsync()
    {
        await using var command = new NpgsqlCommand("select clock from account where id = $1", connection);
        command.Add(account);
        return await command.ExecuteScalarAsync() is AccountFacts.LiveClock;
    }

    private NpgsqlCommand Of(string sql, string code, Instant from, Instant to)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Add(account);
        command.Add(code);
        command.Add(from);
        command.Add(to);
        return command;
    }

    private string OfSome(int parameter) => _named is null ? "" : $" and coalesce(e.subscription, '') = any (${parameter})";

    private void Named(NpgsqlCommand command)
    {
        if (_named is not null)
        {
            command.Add(NpgsqlDbType.Text, _named);
        }
    }

    private static DateOnly DayOf(Instant instant) => DateOnly.FromDateTime(instant.ToDateTimeUtc());
}
