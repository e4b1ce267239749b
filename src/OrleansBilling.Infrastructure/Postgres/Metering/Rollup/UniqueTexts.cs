using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

/// <summary>
/// Counts the different texts of a question in the database, which sorts them on its disk where they are many: only numbers come here. What it
/// says of hours, events, filters and groups is what <see cref="UsageQuestion"/> and <see cref="UsageGroup"/> say.
/// </summary>
internal static class UniqueTexts
{
    private const string Separator = "chr(31)";

    /// <summary>Of rolled-up hours by their sets of texts, and of other hours and what is pending by events.</summary>
    /// <param name="connection">With the transaction of the snapshot.</param>
    /// <param name="read">What the rest of the answer is read by.</param>
    /// <param name="account"><c>acct_...</c></param>
    /// <param name="meter">The meter.</param>
    /// <param name="question">What is asked of events.</param>
    /// <param name="counted">Whose hours are read: the meter, or a view of it.</param>
    /// <param name="asked">What is asked of these hours.</param>
    /// <param name="singly">Hours that are read event by event.</param>
    /// <param name="first">True counts a text in the first of its windows alone.</param>
    public static async Task<IReadOnlyDictionary<(int Window, string Group), long>> CountAsync(
        NpgsqlConnection connection, UsageRead read, string account, Meter meter, UsageQuestion question, Meter counted, UsageQuestion asked, HashSet<Instant> singly, bool first)
    {
        await using var command = await CommandAsync(connection, read, meter, question, UsageRead.Spans(singly));
        command.Add(counted.Code);
        command.Add(NpgsqlDbType.TimestampTz, singly.Select(static hour => hour.ToDateTimeUtc()).ToArray());
        command.Add(UsageRollup.HourOf(read.From));
        command.Add(read.To);
        var at = command.Parameters.Count - 3;
        var names = new Names(command);
        var ofGroup = asked.Filters.Count > 0 || !asked.GroupBy.IsDefaultOrEmpty;
        var hours =
            $"""
            select u.hour as at, {Part(asked.GroupBy.Select(name => Value(counted, name)))} as part, u.value from {Sets(names, question, at)}
            {(ofGroup ? "join usage_rollup r on r.account = u.account and r.meter = u.meter and r.hour = u.hour and r.subscription = u.subscription and r.grp_key = u.grp_key" : "")}
            where not exists (select from unnest(${at + 1}) x (hour) where x.hour = u.hour){names.OfSubscription(question, "u.subscription", "u.hour")}
            {string.Concat(asked.Filters.Select(filter => $" and {Value(counted, filter.Key)} = any ({names.Add([.. filter.Value.Select(value => "=" + value)])})"))}
            """;
        var pending = Events(
            names, meter, question, UsageRead.PendingEvents,
            $"e.account = $1 and e.meter = $2 and e.at >= ${at + 2} and e.at < ${at + 3} and not exists (select from unnest(${at + 1}) x (hour) where x.hour = date_trunc('hour', e.at, 'UTC'))");
        command.CommandText = Count(names, question, first, [hours, pending, Events(names, meter, question, UsageRead.SpanEvents, "true")]);
        return await CountAsync(command);
    }

    // Of a subscription each hour is probed: an account may have the hours of thousands beside it.
    private static string Sets(Names names, UsageQuestion question, int first) => question.Subscription is { } one
        ? $"""
            generate_series(${first + 2}, ${first + 3} - interval '1 microsecond', interval '1 hour') h (hour)
            cross join lateral (
                select x.* from usage_unique x where x.account = $1 and x.meter = ${first} and x.hour = h.hour and x.subscription = any ({names.Add([one, ""])}) offset 0) u
            """
        : $"(select x.* from usage_unique x where x.account = $1 and x.meter = ${first} and x.hour >= ${first + 2} and x.hour < ${first + 3}) u";

    /// <summary>Of all events but some, and of those that had arrived by then where that is given.</summary>
    public static async Task<IReadOnlyDictionary<(int Window, string Group), long>> CountEventsAsync(
        NpgsqlConnection connection, UsageRead read, Meter meter, UsageQuestion question, IReadOnlyCollection<(long Batch, int Number)> without, ArrivedBy? arrived = null)
    {
        await using var command = await CommandAsync(connection, read, meter, question, question.Windows);
        command.Add(NpgsqlDbType.Bigint, without.Select(static one => one.Batch).ToArray());
        command.Add(NpgsqlDbType.Integer, without.Select(static one => one.Number).ToArray());
        var last = command.Parameters.Count;
        int? first = arrived is null ? null : UsageEventRows.Add(command, arrived);
        var names = new Names(command);
        command.CommandText = Count(names, question, first: false, [
            Events(names, meter, question, UsageRead.SpanEvents, $"not exists (select from unnest(${last - 1}, ${last}) x (batch, n) where x.batch = e.batch and x.n = e.n)", first)]);
        return await CountAsync(command);
    }

    private static async Task<NpgsqlCommand> CommandAsync(NpgsqlConnection connection, UsageRead read, Meter meter, UsageQuestion question, IReadOnlyCollection<Period> spans)
    {
        var command = new NpgsqlCommand { Connection = connection };
        await read.AddSpansAsync(command, spans);
        return command;
    }

    private static async Task<IReadOnlyDictionary<(int Window, string Group), long>> CountAsync(NpgsqlCommand command)
    {
        var counts = new Dictionary<(int, string), long>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            counts.Add((reader.GetInt32(0) - 1, reader.GetString(1)), reader.GetInt64(2));
        }

        return counts;
    }

    // The windows are in order and do not overlap: the last one that has begun is the only one that can hold an instant.
    private static string Count(Names names, UsageQuestion question, bool first, IEnumerable<string> sources)
    {
        var starts = names.Add([.. question.Windows.Select(static window => window.Start)]);
        var ends = names.Add([.. question.Windows.Select(static window => window.End)]);
        var found =
            $"""
            (
                select width_bucket(p.at, {starts}) as number, p.at, p.part, p.value from (
            {string.Join("\nunion all\n", sources)}
                ) p) w
            where w.number > 0 and w.at < ({ends})[w.number] and w.value is not null
            """;
        return first
            ? $"select f.number, f.part, count(*) from (select min(w.number) as number, w.part from {found} group by w.part, w.value) f group by f.number, f.part"
            : $"select w.number, w.part, count(distinct w.value) from {found} group by w.number, w.part";
    }

    private static string Events(Names names, Meter meter, UsageQuestion question, string source, string condition, int? arrived = null)
    {
        var groups = question.GroupBy.IsDefaultOrEmpty ? [] : question.GroupBy;
        return $"""
            select e.at, {Part(groups.Select(name => $"coalesce('=' || {names.Property(name)}, '-')"))} as part, {names.Property(meter.Property!)} as value
            from {source}
            {UsageEventRows.CorrectionOf(arrived)}
            where {UsageEventRows.Counts} and {condition}{names.OfSubscription(question, "coalesce(e.subscription, '')", "e.at")}
            {string.Concat(meter.Filters.Concat(question.Filters).Select(filter => $" and {names.Property(filter.Key)} = any ({names.Add([.. filter.Value])})"))}
            {(question.WithoutHeld ? $" and (e.hold is null or not {UsageRead.PaidByHold})" : "")}
            """;
    }

    private static string Value(Meter counted, string name) => $"split_part(r.grp, {Separator}, {counted.GroupBy.IndexOf(name) + 1})";

    private static string Part(IEnumerable<string> values) => string.Join($" || {Separator} || ", values.DefaultIfEmpty("''"));

    /// <summary>Adds parameters to a command and tells their names.</summary>
    private sealed class Names(NpgsqlCommand command)
    {
        private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

        public string Add(string[] values)
        {
            command.Add(NpgsqlDbType.Text, values);
            return $"${command.Parameters.Count}";
        }

        public string Add(Instant[] values)
        {
            command.Add(NpgsqlDbType.TimestampTz, [.. values.Select(static value => value.ToDateTimeUtc())]);
            return $"${command.Parameters.Count}";
        }

        public string Property(string name) => $"(e.properties ->> {One(name)}) collate \"C\"";

        public string OfSubscription(UsageQuestion question, string subscription, string at)
        {
            if (question.Subscription is not { } one)
            {
                return question.WithUnnamed ? $" and {subscription} = ''" : "";
            }

            if (question.WithUnnamed)
            {
                return $" and {subscription} in ('', {One(one)})";
            }

            if (question.UnnamedWithin.IsEmpty)
            {
                return $" and {subscription} = {One(one)}";
            }

            var (starts, ends) = (Add([.. question.UnnamedWithin.Select(static span => span.Start)]), Add([.. question.UnnamedWithin.Select(static span => span.End)]));
            return $" and ({subscription} = {One(one)} or ({subscription} = '' and exists (select from unnest({starts}, {ends}) x (since, until) where {at} >= x.since and {at} < x.until)))";
        }

        private string One(string value)
        {
            if (!_texts.TryGetValue(value, out var name))
            {
                command.Add(value);
                _texts.Add(value, name = $"${command.Parameters.Count}");
            }

            return name;
        }
    }
}
