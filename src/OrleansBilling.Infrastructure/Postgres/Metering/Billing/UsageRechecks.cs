using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Billing;

/// <summary>Asks subscriptions to look at closed spans again, in the transaction that gives the reason.</summary>
internal static class UsageRechecks
{
    /// <summary>
    /// Asks for the closed spans of accounts and meters that a span of time touches: the place of the kind of work in the order of one
    /// instant; accounts, meters, its beginning, its end (which is in it), shards.
    /// </summary>
    public const string Ask =
        $"""
        with spans as (
            select distinct c.subscription, c.item, c.span_start, c.account, s.shard
            from unnest($2, $3, $4, $5, $6) as s (account, meter, since, until, shard)
            join usage_closed c on c.account = s.account and c.meter = s.meter and c.span_end > s.since and c.span_start <= s.until and c.revision = 0),
        {Asked}
        """;

    /// <summary>
    /// Asks for the closed spans with events of holds that have ended unused, for which these events were left out: the place of the kind
    /// of work; holds, their accounts, since when they stood, shards.
    /// </summary>
    /// <remarks>Most holds end before the period of their events does: then there is no such span, and no event is looked for.</remarks>
    public const string AskForUnused =
        $"""
        with spans as (
            select distinct c.subscription, c.item, c.span_start, c.account, s.shard
            from unnest($2, $3, $4, $5) as s (hold, account, since, shard)
            join usage_closed c on c.account = s.account and c.span_end > s.since and c.revision = 0
            where exists (
                select from usage_event e
                where e.account = c.account and e.meter = c.meter and e.at >= c.span_start and e.at < c.span_end and e.hold is not null and e.hold = s.hold)),
        {Asked}
        """;

    // On the live clock a minute is let go by, so that many stragglers are one look. What waits for a person is tried once more: the look that
    // failed may have been another span's.
    private const string Asked =
        """
        asked as (
            insert into usage_recheck (subscription, item, span_start)
            select subscription, item, span_start from spans order by 1, 2, 3
            on conflict (subscription, item, span_start) do update set mark = nextval('usage_recheck_mark'))
        insert into due_work (grain_type, grain_key, kind, kind_order, account, clock, shard, due_at, run_at)
        select 'subscription', t.subscription, 'usage_late', $1, t.account, a.clock, t.shard, coalesce(k.now, now()), coalesce(k.now, now() + interval '1 minute')
        from (select distinct subscription, account, shard from spans) t
        join account a on a.id = t.account and not a.deleted
        left join test_clock k on k.id = a.clock
        order by t.subscription
        on conflict (grain_type, grain_key, kind) do update set due_at = due_work.due_at, quarantined_at = null,
            run_at = case when due_work.quarantined_at is null then due_work.run_at else excluded.run_at end
        """;

    /// <summary>Asks for the spans that events fall into.</summary>
    /// <param name="connection">With the transaction.</param>
    /// <param name="touched">By account and meter: the first and the last instant.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task AskAsync(
        NpgsqlConnection connection, IReadOnlyCollection<(string Account, string Meter, Instant First, Instant Last)> touched, CancellationToken cancellation)
    {
        if (touched.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(Ask, connection);
        command.Add((short)DueKind.UsageLate);
        command.Add(NpgsqlDbType.Text, touched.Select(one => one.Account).ToArray());
        command.Add(NpgsqlDbType.Text, touched.Select(one => one.Meter).ToArray());
        command.Add(NpgsqlDbType.TimestampTz, touched.Select(one => one.First.ToDateTimeUtc()).ToArray());
        command.Add(NpgsqlDbType.TimestampTz, touched.Select(one => one.Last.ToDateTimeUtc()).ToArray());
        command.Add(NpgsqlDbType.Smallint, touched.Select(one => (short)Shards.Of(one.Account)).ToArray());
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
