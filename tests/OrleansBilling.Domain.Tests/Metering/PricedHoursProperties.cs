using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Tests.Catalog.Pricing;

namespace OrleansBilling.Domain.Tests.Metering;

/// <summary>Prices that look at single events come to the same by hours as event by event, whatever is free, bounded, filtered or paid by holds.</summary>
public sealed class PricedHoursProperties
{
    private static readonly Instant Start = Instant.FromUtc(2026, 10, 24, 22, 0);
    private static readonly Meter Meter = new("tokens", "Tokens", MeterAggregation.Sum) { GroupBy = ["region"], Filters = Only("kind", "a", "b") };

    private static readonly Gen<PricingModel> Models = Gen.OneOf(
        Gen.Select(
            Gen.Int[0, 300], Gen.Int[0, 40], Gen.Int[-1, 25], Gen.OneOf(Gen.Int[-1, 4000], Gen.Int[0, 6].Select(static tens => tens * 10)), Gen.Int[-1, 60], Gen.Int[-1, 200],
            static (rate, fixedAmount, freeEvents, freeValue, minimum, maximum) => (PricingModel)new PercentageModel(
                rate / 100m, fixedAmount, freeEvents < 0 ? null : freeEvents, freeValue < 0 ? null : freeValue,
                minimum < 0 ? null : minimum, maximum < 0 ? null : Math.Max(maximum, minimum))),
        Gen.Bool.Select(static own => (PricingModel)new DynamicModel(own ? "price" : "region")));

    private static readonly Gen<(UsageEvent Event, bool Held)> Events = Gen.Select(
        Gen.Int[0, 8 * 3600], Gen.OneOf(Gen.Const(0), Gen.Int[0, 4].Select(static tens => tens * 1000), Gen.Int[0, 90_000], Gen.Int[-3, 3]), Gen.Int[0, 40], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 9],
        static (second, value, price, region, kind, held) => (
            new UsageEvent(Start + Duration.FromSeconds(second), value == 3 ? null : value / 100m, 1, 0)
            {
                Properties = UsageTotalsTests.Said(
                    ("region", $"r{region}"), ("kind", kind == 0 ? "a" : kind == 1 ? "b" : "c"),
                    ("price", price == 40 ? "12345678901234567890" : price == 39 ? "0.12345678901234" : price == 38 ? "none" : $"{price}.5"), ("plan", $"p{region}")),
            },
            held == 0));

    [Fact]
    public void Hours_come_to_what_the_events_come_to_one_by_one() => Gen.Select(Models, Events.Array[0, 90], Gen.Int[0, 2], Gen.Bool).Sample(
        (model, stream, filtered, negative) =>
        {
            var filters = filtered == 0 ? UsageQuestion.NoFilters : filtered == 1 ? Only("region", "r0", "r1") : Only("plan", "p0", "p2");
            if ((EventTerms.Of(model) ?? (model is PercentageModel alike ? EventTerms.Of(alike) : null)) is not { } terms)
            {
                return;
            }

            // Without events below zero, but for some streams: these cost nothing, and are refused where a quote gives them one by one.
            var events = stream.Select((one, i) => (Event: one.Event with { Number = i }, one.Held)).Where(one => negative || one.Event.Value is not < 0)
                .OrderBy(one => one.Event.At).ThenBy(one => one.Event.Number).ToList();
            var counted = events.Where(one => UsageGroup.Matches(Meter.Filters, one.Event.Properties) && UsageGroup.Matches(filters, one.Event.Properties)).ToList();
            var values = counted.Where(one => !one.Held).Select(one => terms.AmountOf(Meter, one.Event)).ToList();

            var sums = ByHours(filters, terms, events, counted);
            var wanted = EventByEvent.Of(model, values);
            Assert.Equal(wanted, sums);

            var (one, many) = (Rater.Rate(model, new RatingInput(0) { Events = [.. values.Where(value => value >= 0)] }), Rater.Rate(model, new RatingInput(0) { Sums = sums }));
            Assert.Equal(one.Refusal?.Code, many.Refusal?.Code);
            if (one.IsAccepted && values.Any(value => value >= 0))
            {
                Assert.Equal((one.Value.Amount, one.Value.Exact), (many.Value.Amount, many.Value.Exact));
                if (sums.BelowZero == 0)
                {
                    Assert.Equal(one.Value.Steps.Select(step => step.Description + step.Result), many.Value.Steps.Select(step => step.Description + step.Result));
                }

                Assert.Equal(EventByEvent.PriceOf(model, values), many.Value.Exact);
            }
        },
        iter: 20_000);

    /// <summary>As the database's reader does: cells of the meter or of a view, less what holds pay, read singly where that does not tell.</summary>
    private static EventSums ByHours(
        ImmutableSortedDictionary<string, ImmutableArray<string>> filters, EventTerms terms, List<(UsageEvent Event, bool Held)> events, List<(UsageEvent Event, bool Held)> counted)
    {
        var view = UsageView.OfEvents(Meter, filters, terms);
        var hours = new SortedDictionary<Instant, HourSums>();
        HourSums At(Instant hour) => hours.TryGetValue(hour, out var known) ? known : hours[hour] = new HourSums();

        var seen = events.Select(one => view is null ? one.Event : view.See(Meter, one.Event)).OfType<UsageEvent>().ToList();
        foreach (var (key, cell) in UsageRollup.Cells(view?.Over(Meter) ?? Meter, seen))
        {
            if (view is null && UsageGroup.Matches(filters, Meter.GroupBy, key.Group))
            {
                At(key.Hour).Add(EventClass.Paid, cell.Totals);
            }
            else if (view is not null && UsageGroup.Values(key.Group)[0] is UsageView.Odd)
            {
                At(key.Hour).Read();
            }
            else if (view is not null && Enum.GetValues<EventClass>().Cast<EventClass?>().FirstOrDefault(one => UsageView.NameOf(one!.Value) == UsageGroup.Values(key.Group)[0]) is { } found)
            {
                At(key.Hour).Add(found, cell.Totals);
            }
        }

        foreach (var (held, _) in counted.Where(one => one.Held))
        {
            At(UsageRollup.HourOf(held.At)).Remove(terms, terms.AmountOf(Meter, held));
        }

        var tally = new EventTally(terms);
        foreach (var (hour, sums) in hours.Where(hour => !hour.Value.TryAddTo(tally)))
        {
            foreach (var (found, _) in counted.Where(one => !one.Held && UsageRollup.HourOf(one.Event.At) == hour))
            {
                tally.Take(terms.AmountOf(Meter, found));
            }
        }

        // A view has every event of the meter's hours, so that it is known to be whole.
        Assert.Equal(events.Count(one => UsageGroup.Matches(Meter.Filters, one.Event.Properties)), seen.Count(found => view is not null || UsageGroup.Matches(Meter.Filters, found.Properties)));
        return tally.Sums;
    }

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> Only(string name, params string[] values) => UsageQuestion.NoFilters.Add(name, [.. values]);
}
