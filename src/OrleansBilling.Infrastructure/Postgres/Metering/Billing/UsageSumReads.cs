using System.Collections.Immutable;
using System.Data;
using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Metering.Rollup;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Billing;

/// <summary>
/// Checks that what was counted of closed spans is what there is: see <see cref="UsageSumCheck"/>. By hours where they tell it, or, as a proof
/// that shares nothing with them, event by event. Events go by row by row.
/// </summary>
public sealed class UsageSumReads
{
    // A span whose first hours were dropped at the end of their retention cannot be checked any more.
    private const string Spans =
        """
        select c.subscription, (array_agg(c.part::text order by c.revision))[1], (array_agg(c.unnamed::text order by c.revision desc))[1],
            round(sum(c.quantity), 12), sum(c.events)::bigint, exists (select from usage_recheck r where r.subscription = c.subscription and r.item = c.item and r.span_start = c.span_start)
        from usage_closed c
        where c.account = $1 and c.meter = $2 and c.span_end > $3 and c.span_start < $4
            and c.span_start > coalesce((select d.through + 3 from usage_dropped d)::timestamp at time zone 'UTC', '-infinity')
        group by c.subscription, c.item, c.span_start
        order by c.span_start
        """;

    private readonly UsageDatabase _database;
    private readonly UsageReads _reads;
    private readonly UsageOptions _options;
    private readonly ICatalog _catalog;

    internal UsageSumReads(UsageDatabase database, UsageReads reads, UsageOptions options, ICatalog catalog) =>
        (_database, _reads, _options, _catalog) = (database, reads, options, catalog);

    /// <summary>Checks the closed spans of an account and meter that reach into a time, as of one moment.</summary>
    /// <param name="account"><c>acct_...</c></param>
    /// <param name="meter">The meter.</param>
    /// <param name="within">The time.</param>
    /// <param name="singly">True compares event by event, and not by hours.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The spans, and what was found; those that wait to be looked at again are expected to differ and are not told of.</returns>
    public async Task<(int Spans, int Waiting, UsageSums Sums)> CheckAsync(string account, Meter meter, Period within, bool singly, CancellationToken cancellation)
    {
        await using var connection = await _database.Source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var spans = await SpansAsync(connection, account, meter.Code, within, cancellation);
        if (spans.Count == 0)
        {
            return (0, 0, new UsageSums(0, 0, 0, []));
        }

        // Between the first and the last of them: what runs now is not billed yet.
        var whole = new Period(spans.Min(found => found.Span.Part.Span.Start), spans.Max(found => found.Span.Part.Span.End));
        var told = new Period(Instant.Max(within.Start, whole.Start), Instant.Min(within.End, whole.End));
        var isUnique = meter.Aggregation is MeterAggregation.UniqueCount;
        var check = new UsageSumCheck(meter, [.. spans.Select(found => found.Span)], told, leavesTexts: isUnique);
        var question = new UsageQuestion([whole]) { WithoutHeld = true };
        var read = new UsageRead(connection, account, meter, question, _options, withProperties: !check.IsTold);
        var isSingly = singly || !check.IsTold;
        if (isSingly)
        {
            await read.EventsAsync([whole], inOrder: false, check.Add);
        }
        else
        {
            await ByHoursAsync(read, meter, check);
        }

        var quantities = isUnique ? await QuantitiesAsync(connection, account, meter, spans.ConvertAll(found => found.Span), isSingly) : null;
        var waiting = spans.Where(found => found.Waits).Select(found => found.Span).ToHashSet();
        var sums = check.Sums(quantities);
        return (spans.Count, waiting.Count, sums with { Differences = sums.Differences.RemoveAll(difference => waiting.Contains(difference.Span)) });
    }

    private static async Task ByHoursAsync(UsageRead read, Meter meter, UsageSumCheck check)
    {
        var canRemove = UsageTotals.CanRemove(meter.Aggregation);
        var anyHeld = await read.AnyHeldAsync();
        if (anyHeld && !canRemove)
        {
            check.TakeSingly(await read.HeldHoursAsync());
        }

        bool IsCut(UsageEvent found) => check.IsCut(found.Subscription ?? "", UsageRollup.HourOf(found.At));
        await read.CellsAsync(meter, (key, totals) =>
        {
            if (!check.IsCut(key.Subscription, key.Hour))
            {
                check.Add(key, new UsageCell(totals, ImmutableHashSet<string>.Empty));
            }
        });
        if (anyHeld && canRemove)
        {
            await read.HeldAsync(found =>
            {
                if (!IsCut(found))
                {
                    check.Remove(found);
                }
            });
        }

        await read.PendingAsync(found =>
        {
            if (!IsCut(found))
            {
                check.Add(found);
            }
        });

        // Of an hour that is cut for some, the events of these alone are read.
        await read.EventsAsync(UsageRead.Spans(check.CutForAll), inOrder: false, check.Add);
        var some = check.CutHours.Where(cut => !check.CutForAll.Contains(cut.Hour)).ToList();
        await read.EventsAsync(UsageRead.Spans(some.Select(cut => cut.Hour).Distinct()), inOrder: false, check.Add, some);
    }

    // Different texts are counted span by span, in the database.
    private async Task<List<decimal>> QuantitiesAsync(NpgsqlConnection connection, string account, Meter meter, List<CountedSpan> spans, bool singly)
    {
        var quantities = new List<decimal>(spans.Count);
        foreach (var span in spans)
        {
            var question = UsageSumCheck.QuestionOf(span);
            var amounts = singly
                ? await _reads.RecomputeAsync(connection, account, meter, question)
                : await _reads.QuantityAsync(connection, account, meter, question);
            quantities.Add(amounts[0].Quantity ?? 0);
        }

        return quantities;
    }

    private async Task<List<(CountedSpan Span, bool Waits)>> SpansAsync(NpgsqlConnection connection, string account, string meter, Period within, CancellationToken cancellation)
    {
        var found = new List<(CountedSpan Span, bool Waits)>();
        await using (var command = new NpgsqlCommand(Spans, connection))
        {
            command.Add(account);
            command.Add(meter);
            command.Add(within.Start);
            command.Add(within.End);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                found.Add((
                    new CountedSpan(
                        reader.GetString(0), BillingJson.Read<UsagePart>(reader.GetString(1)), BillingJson.Read<ImmutableArray<Period>>(reader.GetString(2)),
                        reader.GetDecimal(3), reader.GetInt64(4)),
                    reader.GetBoolean(5)));
            }
        }

        for (var i = 0; i < found.Count; i++)
        {
            var part = found[i].Span.Part;
            var plan = await _catalog.FindAsync(part.Sold.Plan, part.Sold.PlanVersion);
            found[i] = (found[i].Span with { Filters = plan!.Find(part.Price, part.Phase)!.Filters }, found[i].Waits);
        }

        return found;
    }
}
