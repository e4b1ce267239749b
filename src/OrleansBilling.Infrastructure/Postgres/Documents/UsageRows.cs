using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Metering.Billing;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Which subscription prices a meter since when, and which spans of usage and commitments are closed.</summary>
internal static class UsageRows
{
    private static readonly Instant Forever = Instant.FromUtc(9000, 1, 1, 0, 0);

    private const string Begun =
        """
        insert into usage_owner (account, meter, subscription, created_at, since)
        select * from unnest($1, $2, $3, $4, $5)
        on conflict (account, meter, subscription, since) do update set until = null
        """;

    // One that is dated before its beginning has never held.
    private const string Ended =
        """
        update usage_owner o set until = greatest(s.until, o.since)
        from unnest($1, $2, $3, $4) as s (account, meter, subscription, until)
        where o.account = s.account and o.meter = s.meter and o.subscription = s.subscription and o.until is null
        """;

    // A price that changes often leaves views behind: of so many none is added, and usage is read event by event.
    private const string Viewed =
        """
        insert into usage_view (account, meter, name, definition)
        select * from unnest($1, $2, $3, $4) as s (account, meter, name, definition)
        where (select count(*) from usage_view v where v.account = s.account and v.meter = s.meter) < 32
        on conflict (account, meter, name) do nothing
        """;

    // A look that rates a span again without what came late keeps two rows of it.
    private const string Closed =
        """
        insert into usage_closed (subscription, item, span_start, revision, account, meter, plan, plan_version, price, span_end,
            quantity, events, amount, outcome, line, cause, unnamed, part, closed_at, onward)
        select s.subscription, s.item, s.span_start,
            coalesce((select max(c.revision) + 1 from usage_closed c where c.subscription = s.subscription and c.item = s.item and c.span_start = s.span_start), 0)
                + row_number() over (partition by s.subscription, s.item, s.span_start order by s.place) - 1,
            s.account, s.meter, s.plan, s.plan_version, s.price, s.span_end, s.quantity, s.events, s.amount, s.outcome, s.line, s.cause,
            s.unnamed, s.part, s.closed_at, s.onward
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) with ordinality
            as s (subscription, item, span_start, account, meter, plan, plan_version, price, span_end, quantity, events, amount, outcome,
                line, cause, unnamed, part, closed_at, onward, place)
        """;

    private const string Committed =
        """
        insert into commitment_closed (subscription, number, usage_group, plan, period_start, period_end, due, counted, missing, closed_at)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """;

    private const string Check =
        """
        insert into usage_recheck (subscription, item, span_start) select * from unnest($1, $2, $3)
        on conflict (subscription, item, span_start) do update set mark = nextval('usage_recheck_mark')
        """;

    // What of a span is charged for, as it was counted last; none of it where all of its lines are void.
    private const string Charged =
        """
        n.revision = 0 and n.outcome not in ('trial', 'left_out') and (
            select sum(c.quantity) - least(0, n.quantity + k.carried) + k.carried
                - sum(coalesce(c.onward, case c.outcome when 'carried' then c.quantity else 0 end))
            from usage_closed c, (select coalesce((n.part ->> 'carried')::numeric, 0) as carried) k
            where c.subscription = n.subscription and c.item = n.item and c.span_start = n.span_start
            group by k.carried) > 0
        and (exists (select from invoice_line l where l.subscription = n.subscription and l.item = n.item and l.kind = 'usage' and l.period_start = n.span_start and not l.voided)
            or exists (select from pending_line l where l.subscription = n.subscription and l.item = n.item and l.kind = 'usage' and l.period_start = n.span_start))
        """;

    // What is not left of the span itself is taken off other spans of its item: the nearest ones, and further ones at the next look.
    private const string Returned =
        $"""
        insert into usage_recheck (subscription, item, span_start)
        select distinct c.subscription, c.item, c.span_start from unnest($1, $2, $3) as s (subscription, item, span_start)
        cross join lateral (
            select s.subscription, s.item, s.span_start
            union all
            (select n.subscription, n.item, n.span_start from usage_closed n
                where n.subscription = s.subscription and n.item = s.item and n.span_start > s.span_start and {Charged} order by n.span_start limit 8)
            union all
            (select n.subscription, n.item, n.span_start from usage_closed n
                where n.subscription = s.subscription and n.item = s.item and n.span_start < s.span_start and {Charged} order by n.span_start desc limit 8)) c
        on conflict (subscription, item, span_start) do update set mark = nextval('usage_recheck_mark')
        """;

    private const string Rechecked =
        """
        delete from usage_recheck r using unnest($1, $2, $3, $4) as s (subscription, item, span_start, mark)
        where r.subscription = s.subscription and r.item = s.item and r.span_start = s.span_start and r.mark = s.mark
        """;

    // Spans of others that were closed while the row said something else.
    private const string Disowned = UsageRechecks.Ask;

    public static void Write(NpgsqlBatch batch, List<UsageRecheckRow> rows) => batch.Rows(Returned, rows)
        .Text(r => r.Subscription).Text(r => r.Item).Time(r => r.SpanStart);

    public static void Write(NpgsqlBatch batch, List<UsageRecheckedRow> rows) => batch.Rows(Rechecked, rows)
        .Text(r => r.Subscription).Text(r => r.Item).Time(r => r.SpanStart).Long(r => r.Mark);

    public static void Write(NpgsqlBatch batch, List<UsageOwnerRow> rows)
    {
        var (begun, ended) = (rows.FindAll(row => row.Since is not null), rows.FindAll(row => row.Since is null));
        if (ended.Count > 0)
        {
            batch.Rows(Ended, ended).Text(r => r.Account).Text(r => r.Meter).Text(r => r.Subscription).TimeOrNull(r => r.Until);
        }

        if (begun.Count > 0)
        {
            batch.Rows(Begun, begun).Text(r => r.Account).Text(r => r.Meter).Text(r => r.Subscription).Time(r => r.CreatedAt).TimeOrNull(r => r.Since);
        }

        batch.Rows(Disowned, rows).One((short)DueKind.UsageLate).Text(r => r.Account).Text(r => r.Meter).TimeOrNull(r => r.Since ?? r.Until).TimeOrNull(_ => Forever)
            .Short(r => (short)Shards.Of(r.Account));
    }

    public static void Write(NpgsqlBatch batch, List<UsageViewRow> rows) => batch.Rows(Viewed, rows)
        .Text(r => r.Account).Text(r => r.Meter).Text(r => r.View.Name).Json(r => BillingJson.Write(r.View));

    public static void Write(NpgsqlBatch batch, List<UsageClosedRow> rows)
    {
        WriteClosed(batch, rows);
        if (rows.FindAll(row => !row.Closed.IsLate) is { Count: > 0 } closed)
        {
            batch.Rows(Check, closed).Text(r => r.Subscription).Text(r => r.Closed.Part.Item).Time(r => r.Closed.Part.Span.Start);
        }
    }

    public static void Write(NpgsqlBatch batch, List<CommitmentClosedRow> rows) => batch.Rows(Committed, rows)
        .Text(r => r.Subscription).Int(r => r.Closed.Number).Text(r => r.Closed.AddOn ? r.Closed.Plan : "").Text(r => r.Closed.Plan)
        .Time(r => r.Closed.Time.Start).Time(r => r.Closed.Time.End).Long(r => r.Closed.Due).Long(r => r.Closed.Counted).Long(r => r.Closed.Missing)
        .Time(r => r.ClosedAt);

    private static void WriteClosed(NpgsqlBatch batch, List<UsageClosedRow> rows) => batch.Rows(Closed, rows)
        .Text(r => r.Subscription).Text(r => r.Closed.Part.Item).Time(r => r.Closed.Part.Span.Start)
        .Text(r => r.Account).Text(r => r.Closed.Part.Meter).Text(r => r.Closed.Part.Sold.Plan).Int(r => r.Closed.Part.Sold.PlanVersion)
        .Text(r => r.Closed.Part.Price).Time(r => r.Closed.Part.Span.End).Numeric(r => r.Closed.Quantity).Long(r => r.Closed.Events)
        .Long(r => r.Closed.Amount).Text(r => Spelling.Of(r.Closed.Outcome)).Text(r => r.Line).Text(r => r.Cause)
        .Json(r => BillingJson.Write(r.Closed.Unnamed)).Json(r => BillingJson.Write(r.Closed.Part)).Time(r => r.ClosedAt)
        .Numeric(r => r.Closed.Onward);
}
