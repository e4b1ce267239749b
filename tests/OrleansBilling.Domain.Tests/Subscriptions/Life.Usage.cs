using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>The usage of a life: its events, and how a meter would read them.</summary>
internal sealed partial class Life
{
    private long _events;

    /// <summary>Events of the life's one meter, which sums, however many prices name it.</summary>
    public List<UsageEvent> Used { get; } = [];

    /// <summary>Spans closed without a line.</summary>
    public List<ClosedUsage> Closed { get; } = [];

    /// <summary>How the meter aggregates.</summary>
    public MeterAggregation Aggregation { get; set; } = MeterAggregation.Sum;

    private UsageBook Meter => new(Read);

    public Life Use(string at, decimal value, params ReadOnlySpan<(string Name, string Value)> properties) => Use(Utc(at), value, properties);

    public Life Use(Instant at, decimal value, params ReadOnlySpan<(string Name, string Value)> properties)
    {
        var named = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, given) in properties)
        {
            named[name] = given;
        }

        Used.Add(new UsageEvent(at, value, ++_events, 0) { Properties = named.ToImmutable() });
        return this;
    }

    /// <summary>Bills what was used so far, as an alert's threshold has it done.</summary>
    public SubscriptionStep Piece(string now) => Piece(Utc(now));

    public SubscriptionStep Piece(Instant now)
    {
        Until(now);
        var step = UsagePieces.Bill(State, Facts(), Context(now, now));
        Take(step);
        return step;
    }

    /// <summary>Ends it now, with or without the usage that is not billed yet.</summary>
    public Decided<SubscriptionStep> CancelLeaving(Instant now, bool leaves)
    {
        Until(now);
        return Taken(SubscriptionCancellation.Cancel(State, now, ProrationPolicy.None, Facts(), Context(now, now), leaves));
    }

    /// <summary>What usage has come to so far.</summary>
    public ImmutableArray<AccruedUsage> Accrued(string now) => AccruedUsage.Of(Until(now).State, Facts(), Utc(now));

    /// <summary>A usage price of meter <c>calls</c>.</summary>
    public static Price Metered(string code, PricingModel model, bool inTrial = false) =>
        new(code, PriceKind.Usage, BillingTiming.InArrears, model) { Meter = "calls", ChargeInTrial = inTrial };

    /// <summary>Each usage line of all invoices: span, price, quantity and amount.</summary>
    public IEnumerable<string> UsageLines() => Invoices.SelectMany(invoice => invoice.Lines).Where(line => line.Draft.Kind is LineKind.Usage).Select(line =>
        $"{line.Draft.Period.Start:MM-dd} to {line.Draft.Period.End:MM-dd} {line.Draft.Price} {line.Draft.Quantity:0.##} = {line.Draft.Amount}");

    /// <summary>From when on another subscription has the events, which name none; null for never.</summary>
    public Instant? GivesAwayFrom { get; set; }

    /// <summary>Where the times whose events are its own are told as two that meet; null for nowhere.</summary>
    public Instant? ToldInTwoAt { get; set; }

    private MeteredUsage Read(UsageNeed need)
    {
        ImmutableArray<Period> owned = GivesAwayFrom is { } until && until < need.Span.End ? until > need.Span.Start ? [need.Span with { End = until }] : [] : [need.Span];
        owned = ToldInTwoAt is { } cut && owned is [var whole] && whole.Start < cut && cut < whole.End ? [whole with { End = cut }, whole with { Start = cut }] : owned;
        var events = need.Arrived is { } arrived ? [.. arrived.Unnamed.SelectMany(part => Arrived(part.Until).Where(used => part.Time.Contains(used.At)))] : Used;
        var meter = new Meter(need.Meter, need.Meter, Aggregation) { GroupBy = need.GroupBy };
        var amounts = UsageSheet.Of(meter, new UsageQuestion([need.Span]) { Filters = need.Filters, GroupBy = need.GroupBy, Subscription = "sub_1", UnnamedWithin = owned }, events);
        var within = events.Where(used => owned.Any(part => part.Contains(used.At)) && UsageGroup.Matches(need.Filters, used.Properties)).OrderBy(used => used.At).ThenBy(used => used.Batch).ToList();
        return new MeteredUsage(amounts.Sum(amount => amount.Quantity ?? 0), amounts.Sum(amount => amount.Events))
        {
            Groups = need.GroupBy.IsEmpty ? [] : [.. amounts.Select(amount => new RatingGroup(
                need.GroupBy.Zip(amount.Group).Where(pair => pair.Second is not null).ToImmutableSortedDictionary(pair => pair.First, pair => pair.Second!, StringComparer.Ordinal), amount.Quantity ?? 0))],
            Single = need.Single is { } terms ? Tallied(terms, within.Select(used => terms.AmountOf(meter, used))) : null,
            Unnamed = owned,
        };
    }

    private static EventSums Tallied(EventTerms terms, IEnumerable<decimal> values)
    {
        var tally = new EventTally(terms);
        foreach (var value in values)
        {
            tally.Take(value);
        }

        return tally.Sums;
    }
}
