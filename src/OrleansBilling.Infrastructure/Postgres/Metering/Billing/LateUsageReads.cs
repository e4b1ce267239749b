using System.Collections.Immutable;
using System.Data;
using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Documents;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Billing;

/// <summary>Reads closed spans that are looked at again, in one snapshot with the lines that stand for them.</summary>
internal sealed class LateUsageReads(BillingDatabase database) : ILateUsage
{
    /// <summary>Rows keep microseconds.</summary>
    private static readonly Duration Moment = Duration.FromTicks(10);

    private const string Asked =
        $"select {DueRows.Mark} from due_work d where d.grain_type = 'subscription' and d.grain_key = $1 and d.kind = 'usage_late'";

    private const string Waiting = "select item, span_start, mark from usage_recheck where subscription = $1 order by item, span_start limit $2";

    private const string Touched =
        """
        select item, span_start, 0::bigint as mark from usage_closed
        where subscription = $1 and meter = $3 and span_end > $4 and span_start < $5 and revision = 0 order by span_start desc, item limit $2
        """;

    private const string Subscriptions =
        """
        select distinct subscription from usage_closed
        where account = $1 and meter = $2 and span_end > $3 and span_start < $4 and revision = 0 order by subscription
        """;

    // Rounded: spans closed by earlier releases have quantities of more digits, whose sum may not fit a decimal.
    private static string SpansOf(string which) =>
        $"""
        select r.item, r.span_start, r.mark, t.part::text, t.outcome, t.quantity, t.events, t.amount, m.definition::text,
            t.closed, t.carried, t.unnamed::text, t.ignored, t.ignored_events, f.recorded_at, r.span_start > coalesce((select d.through + 3 from usage_dropped d)::timestamp at time zone 'UTC', '-infinity')
        from ({which}) r
        cross join lateral (
            select round(sum(c.quantity), 12) as quantity, round((array_agg(c.quantity order by c.revision))[1], 12) as closed,
                coalesce(round(sum(coalesce(c.onward, case c.outcome when 'carried' then c.quantity else 0 end)), 12), 0) as carried,
                (array_agg(c.unnamed order by c.revision desc))[1] as unnamed, coalesce(round(sum(c.quantity) filter (where c.outcome = 'ignored'), 12), 0) as ignored,
                coalesce(sum(c.events) filter (where c.outcome = 'ignored'), 0)::bigint as ignored_events,
                sum(c.events)::bigint as events, sum(c.amount)::bigint as amount,
                (array_agg(c.part order by c.revision))[1] as part, (array_agg(c.outcome order by c.revision))[1] as outcome
            from usage_closed c where c.subscription = $1 and c.item = r.item and c.span_start = r.span_start) t
        join usage_closed f on f.subscription = $1 and f.item = r.item and f.span_start = r.span_start and f.revision = 0
        join meter m on m.code = f.meter
        order by r.span_start, r.item
        """;

    // What was taken of a line is what credits and credit notes took, also credits that wait.
    private const string Lines =
        """
        select l.kind, l.item, l.usage_group, l.id, l.invoice, l.period_start, l.period_end, l.amount, l.discount_amount, l.discounts::text, l.taxes::text,
            l.tax_inclusive, credits_of_line(l.invoice, l.id),
            coalesce((select sum(n.discount_amount) from credit_note_line n where n.invoice = l.invoice and n.line = l.id), 0)::bigint
            - coalesce((select sum(x.discount_amount) from invoice_line x
                where x.credited_line = l.id and (x.credited_invoice = l.invoice or (x.invoice = l.invoice and x.credited_invoice is null)) and not x.voided), 0)::bigint
            - coalesce((select sum(p.discount_amount) from pending_line p where p.credited_line = l.id), 0)::bigint,
            coalesce(l.explain -> 'facts' ->> 'set_aside' = 'no_cell', false)
        from invoice_line l
        where l.subscription = $1 and l.kind in ('usage', 'commitment') and l.credited_line is null and not l.voided
            and l.period_end > $2 and l.period_start < $3 and (l.item is null or l.item = any ($4))
        union all
        select l.kind, l.item, l.usage_group, l.id, null, l.period_start, l.period_end, l.amount, l.discount_amount, l.discounts::text, '[]', false,
            credits_of_line(null, l.id),
            - coalesce((select sum(p.discount_amount) from pending_line p where p.credited_line = l.id), 0)::bigint,
            coalesce(l.explain -> 'facts' ->> 'set_aside' = 'no_cell', false)
        from pending_line l
        where l.subscription = $1 and l.kind in ('usage', 'commitment') and l.credited_line is null
            and l.period_end > $2 and l.period_start < $3 and (l.item is null or l.item = any ($4))
        order by 4 desc
        """;

    // Those that begin at one instant are one, with what was moved of it since.
    private const string Commitments =
        """
        select max(plan), usage_group, period_start, period_end, sum(due)::bigint, sum(counted)::bigint, sum(missing)::bigint
        from commitment_closed where subscription = $1 and period_end > $2 and period_start < $3
        group by usage_group, period_start, period_end order by period_start, usage_group
        """;

    /// <inheritdoc/>
    public async Task<LateUsageRead> ReadAsync(string subscription, int limit)
    {
        await using var connection = await database.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        SeenRow? asked;
        await using (var command = new NpgsqlCommand(Asked, connection))
        {
            command.Add(subscription);
            asked = await command.ExecuteScalarAsync() is string mark ? new SeenRow(mark) : null;
        }

        await using var which = new NpgsqlCommand(SpansOf(Waiting), connection);
        which.Add(subscription);
        which.Add(limit);
        var (spans, seen) = await ReadAsync(connection, subscription, which);
        return new LateUsageRead(spans, seen, asked)
        {
            IsFull = seen.Length == limit,
            Versions = await VersionsAsync(
                connection, [.. spans.SelectMany(span => span.Lines.Concat(span.CellLines).Concat(span.Commitments.SelectMany(commitment => commitment.Lines))).Select(line => line.Billed.Invoice).OfType<string>().Distinct()]),
        };
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<LateSpan>> ReadTouchedAsync(string subscription, string meter, Period within, int limit)
    {
        await using var connection = await database.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        await using var which = new NpgsqlCommand(SpansOf(Touched), connection);
        which.Add(subscription);
        which.Add(limit);
        which.Add(meter);
        which.Add(within.Start);
        which.Add(within.End);
        return (await ReadAsync(connection, subscription, which)).Spans;
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<LateCommitment>> ReadCommitmentsAsync(string subscription, Period within)
    {
        // What has no length is of the time before it.
        within = within.Start < within.End ? within : within with { Start = within.Start - Moment };
        await using var connection = await database.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        return [.. await CommitmentsAsync(connection, subscription, within, await LinesAsync(connection, subscription, within, []))];
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<string>> FindTouchedAsync(string account, string meter, Period within)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(Subscriptions, connection);
        command.Add(account);
        command.Add(meter);
        command.Add(within.Start);
        command.Add(within.End);
        var found = ImmutableArray.CreateBuilder<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            found.Add(reader.GetString(0));
        }

        return found.ToImmutable();
    }

    private static async Task<(ImmutableArray<LateSpan> Spans, ImmutableArray<SpanSeen> Seen)> ReadAsync(NpgsqlConnection connection, string subscription, NpgsqlCommand which)
    {
        var spans = ImmutableArray.CreateBuilder<LateSpan>();
        var seen = ImmutableArray.CreateBuilder<SpanSeen>();
        await using (var reader = await which.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                seen.Add(new SpanSeen(reader.GetString(0), reader.GetInstant(1), reader.GetInt64(2)));
                if (!reader.GetBoolean(15))
                {
                    // Events of its first hour may have been dropped at the end of their retention: it stays as it was billed.
                    continue;
                }

                var part = BillingJson.Read<UsagePart>(reader.GetString(3));
                spans.Add(new LateSpan(
                    part, Spelling.Parse<UsageOutcome>(reader.GetString(4)), reader.GetDecimal(5),
                    reader.GetInt64(6), reader.GetInt64(7), BillingJson.Read<Meter>(reader.GetString(8)).LatePolicy)
                {
                    Onward = LateSpan.OnwardOf(part, reader.GetDecimal(9), reader.GetDecimal(10)),
                    Unnamed = BillingJson.Read<ImmutableArray<Period>>(reader.GetString(11)),
                    Ignored = reader.GetDecimal(12),
                    IgnoredEvents = reader.GetInt64(13),
                    ClosedAt = reader.IsDBNull(14) ? null : reader.GetInstant(14),
                });
            }
        }

        if (spans.Count == 0)
        {
            return ([], seen.ToImmutable());
        }

        for (var i = 0; i < spans.Count; i++)
        {
            // Only there it matters which events were late.
            spans[i] = spans[i] is { Policy: LatePolicy.Ignore, ClosedAt: not null } span ? span with { Counted = await CountedTimes.ReadAsync(connection, subscription, span.Part) } : spans[i];
        }

        var within = new Period(spans.Min(span => span.Part.Span.Start), spans.Max(span => span.Part.Span.End));
        var lines = await LinesAsync(connection, subscription, within, [.. spans.Select(span => span.Part.Item).Distinct()]);
        var commitments = await CommitmentsAsync(connection, subscription, within, lines);
        ImmutableArray<LateCharge> ChargesOf(LateSpan span, bool ofCells) =>
            [.. lines.Where(line => line.OfCells == ofCells && line.Item == span.Part.Item && IsOf(span.Part.Span, line.Charge.Billed.Period)).Select(line => line.Charge)];

        return (
            [
                .. spans.Select(span => span with
                {
                    Lines = ChargesOf(span, ofCells: false),
                    CellLines = ChargesOf(span, ofCells: true),
                    Commitments = [.. commitments.Where(commitment => IsOf(span.Part, commitment))],
                }),
            ],
            seen.ToImmutable());
    }

    /// <summary>True for a line of a span: also of a piece, which ends elsewhere. What was carried to no span has no length.</summary>
    private static bool IsOf(Period span, Period line) => line.Start == span.Start && line.Start < line.End;

    private static bool IsOf(UsagePart part, LateCommitment commitment) => commitment.AddOn == part.AddOn && (!part.AddOn || commitment.Plan == part.Sold.Plan)
        && commitment.Time.Start < part.Span.End && commitment.Time.End > part.Span.Start;

    private static async Task<ImmutableDictionary<string, long>> VersionsAsync(NpgsqlConnection connection, string[] invoices)
    {
        var versions = ImmutableDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand("select id, version from invoice where id = any ($1)", connection);
        command.Add(NpgsqlTypes.NpgsqlDbType.Text, invoices);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            versions.Add(reader.GetString(0), reader.GetInt64(1));
        }

        return versions.ToImmutable();
    }

    private static async Task<List<LateCommitment>> CommitmentsAsync(NpgsqlConnection connection, string subscription, Period within, List<StandingLine> lines)
    {
        await using var command = new NpgsqlCommand(Commitments, connection);
        command.Add(subscription);
        command.Add(within.Start);
        command.Add(within.End);
        var commitments = new List<LateCommitment>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (group, time) = (reader.GetString(1), new Period(reader.GetInstant(2), reader.GetInstant(3)));
            commitments.Add(new LateCommitment(reader.GetString(0), group.Length > 0, time, reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6))
            {
                Lines = [.. lines.Where(line => line.Item is null && line.Group == group && line.Charge.Billed.Period == time).Select(line => line.Charge)],
            });
        }

        return commitments;
    }

    private static async Task<List<StandingLine>> LinesAsync(NpgsqlConnection connection, string subscription, Period within, string[] items)
    {
        await using var command = new NpgsqlCommand(Lines, connection);
        command.Add(subscription);
        command.Add(within.Start);
        command.Add(within.End);
        command.Add(NpgsqlTypes.NpgsqlDbType.Text, items);
        var lines = new List<StandingLine>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var period = new Period(reader.GetInstant(5), reader.GetInstant(6));
            var billed = new BilledCharge(
                reader.GetText(4), reader.GetString(3), period, period, reader.GetInt64(7), reader.GetInt64(8),
                [.. BillingJson.Read<ImmutableArray<LineTax>>(reader.GetString(10)).Select(tax => tax.Rate)], reader.GetBoolean(11))
            {
                Discounts = BillingJson.Read<ImmutableArray<LineDiscount>>(reader.GetString(9)),
            };
            lines.Add(new StandingLine(reader.GetText(1), reader.GetString(2), new LateCharge(billed, reader.GetInt64(12), reader.GetInt64(13)), reader.GetBoolean(14)));
        }

        return lines;
    }

    private sealed record StandingLine(string? Item, string Group, LateCharge Charge, bool OfCells);
}
