using NodaTime;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

/// <summary>
/// Adds up what a price that looks at single events needs of a span, hour by hour. Hours tell it but where bounds cut them, where something is
/// free until somewhere within them, and where a view does not hold all of their events: these are read event by event.
/// </summary>
internal static class PricedHours
{
    /// <summary>Reads and adds up.</summary>
    /// <param name="read">The snapshot.</param>
    /// <param name="meter">The meter.</param>
    /// <param name="question">Which events; its windows follow each other.</param>
    /// <param name="terms">How the price looks at them.</param>
    public static async Task<EventSums> ReadAsync(UsageRead read, Meter meter, UsageQuestion question, EventTerms terms)
    {
        var view = UsageView.OfEvents(meter, question.Filters, terms);
        var hours = new SortedDictionary<Instant, HourSums>();
        HourSums At(Instant hour) => hours.TryGetValue(hour, out var known) ? known : hours[hour] = new HourSums();

        var singly = question.CutHours();
        if (view is not null)
        {
            singly.UnionWith(await read.UnwholeAsync(view.Over(meter)));
        }

        foreach (var hour in singly)
        {
            At(hour).Read();
        }

        await AddCellsAsync(read, meter, question, view, At);
        if (question.WithoutHeld && await read.AnyHeldAsync())
        {
            await read.HeldAsync(found =>
            {
                if (question.Takes(meter, found))
                {
                    At(UsageRollup.HourOf(found.At)).Remove(terms, terms.AmountOf(meter, found));
                }
            });
        }

        await read.PendingAsync(found =>
        {
            if (question.Takes(meter, found))
            {
                At(UsageRollup.HourOf(found.At)).Add(terms, terms.AmountOf(meter, found));
            }
        });
        return await AddUpAsync(read, meter, question, terms, hours);
    }

    private static Task AddCellsAsync(UsageRead read, Meter meter, UsageQuestion question, UsageView? view, Func<Instant, HourSums> at) =>
        read.CellsAsync(view?.Over(meter) ?? meter, (key, totals) =>
        {
            if (!question.Takes(key.Subscription, key.Hour))
            {
                return;
            }

            if (view is null)
            {
                if (UsageGroup.Matches(question.Filters, meter.GroupBy, key.Group))
                {
                    at(key.Hour).Add(EventClass.Paid, totals);
                }
            }
            else if (UsageGroup.Values(key.Group) is [{ } name])
            {
                Add(at(key.Hour), name, totals);
            }
        });

    private static void Add(HourSums hour, string name, UsageTotals totals)
    {
        if (name == UsageView.Odd)
        {
            hour.Read();
        }

        foreach (var @class in Enum.GetValues<EventClass>())
        {
            if (name == UsageView.NameOf(@class))
            {
                hour.Add(@class, totals);
            }
        }
    }

    private static async Task<EventSums> AddUpAsync(
        UsageRead read, Meter meter, UsageQuestion question, EventTerms terms, SortedDictionary<Instant, HourSums> hours)
    {
        var tally = new EventTally(terms);
        void Take(UsageEvent found)
        {
            if (question.Takes(meter, found))
            {
                tally.Take(terms.AmountOf(meter, found));
            }
        }

        var rest = new List<Instant>();
        foreach (var (hour, sums) in hours)
        {
            if (sums.TryAddTo(tally))
            {
                continue;
            }

            if (tally.FreeRuns)
            {
                await read.EventsAsync(UsageRead.Spans([hour]), inOrder: true, Take);
            }
            else
            {
                rest.Add(hour);
            }
        }

        await read.EventsAsync(UsageRead.Spans(rest), inOrder: false, Take);
        return tally.Sums;
    }
}
