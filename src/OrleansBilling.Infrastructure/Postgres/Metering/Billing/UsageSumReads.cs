using System.Collections.Immutable;
using System.Data;
using Npgsql;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Billing;

/// <summary>Checks, event by event, that what was counted of closed spans is what there is: see <see cref="UsageSumCheck"/>.</summary>
public sealed class UsageSumReads(BillingDatabase database, ICatalog catalog)
{
    // A span whose first hours were dropped at the end of their retention cannot be checked any more.
    private const string Spans =
        """
        select c.subscription, (array_agg(c.part::text order by c.revision))[1], (array_agg(c.unnamed::text order by c.revision desc))[1],
            round(sum(c.quantity), 12), sum(c.events)::bigint, exists (select from usage_recheck r where r.subscription = c.subscription and r.item = c.item and r.span_start = c.span_start)
        from usage_closed c
        where c.account = $1 and c.meter = $2
            and c.span_start > coalesce((select d.through + 3 from usage_dropped d)::timestamp at time zone 'UTC', '-infinity')
        group by c.subscription, c.item, c.span_start
        order by c.span_start
        """;

    private const string Events =
        $"""
        select {UsageEventRows.Columns} from usage_event e
        {UsageEventRows.Correction}
        where e.account = $1 and e.meter = $2 and e.at >= $3 and e.at < $4 and {UsageEventRows.Counts}
            and (e.hold is null or not {UsageRead.PaidByHold})
        """;

    /// <summary>Checks the closed spans of an account and meter, as of one moment.</summary>
    /// <returns>The spans, and what was found; those that wait to be looked at again are expected to differ and are not told of.</returns>
    public async Task<(int Spans, int Waiting, UsageSums Sums)> CheckAsync(string account, Meter meter, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var spans = await SpansAsync(connection, account, meter.Code, cancellation);
        var check = new UsageSumCheck(meter, spans.Select(found => found.Span));
        if (spans.Count > 0)
        {
            await using var command = new NpgsqlCommand(Events, connection);
            command.Add(account);
            command.Add(meter.Code);
            command.Add(spans.Min(found => found.Span.Part.Span.Start));
            command.Add(spans.Max(found => found.Span.Part.Span.End));
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                check.Add(UsageEventRows.Read(reader, 0));
            }
        }

        var waiting = spans.Where(found => found.Waits).Select(found => found.Span).ToHashSet();
        var sums = check.Sums();
        return (spans.Count, waiting.Count, sums with { Differences = sums.Differences.RemoveAll(difference => waiting.Contains(difference.Span)) });
    }

    private async Task<List<(CountedSpan Span, bool Waits)>> SpansAsync(NpgsqlConnection connection, string account, string meter, CancellationToken cancellation)
    {
        var found = new List<(CountedSpan Span, bool Waits)>();
        await using (var command = new NpgsqlCommand(Spans, connection))
        {
            command.Add(account);
            command.Add(meter);
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
            var plan = await catalog.FindAsync(part.Sold.Plan, part.Sold.PlanVersion);
            found[i] = (found[i].Span with { Filters = plan!.Find(part.Price, part.Phase)!.Filters }, found[i].Waits);
        }

        return found;
    }
}
