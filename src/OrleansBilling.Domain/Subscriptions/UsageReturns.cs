using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>A quantity that came late and was carried on from a span.</summary>
/// <param name="Item">The item.</param>
/// <param name="Start">Start of the span that it is of.</param>
/// <param name="Quantity">Below zero where less was used.</param>
public sealed record CarriedUsage(string Item, Instant Start, decimal Quantity);

/// <summary>
/// What was carried forward and finds no span to count in, since the item has ended, is told to leave its usage out, or has a price to
/// which no quantity is carried, returns to the spans that it is of: they are rated again with it.
/// </summary>
internal static class UsageReturns
{
    /// <summary>True for a model that prices the quantity alone: what single events cost is not known from how many there are.</summary>
    public static bool Carries(PricingModel model) => model is not (PercentageModel or MatrixModel or DynamicModel);

    /// <summary>The state with what returns; a turn asks for a look at its spans.</summary>
    /// <param name="state">After a step.</param>
    /// <param name="facts">Holds the items' plans.</param>
    public static SubscriptionState Settled(SubscriptionState state, SubscriptionFacts facts)
    {
        foreach (var (item, carried) in state.UsageCarried)
        {
            if (IsLost(state, facts, item))
            {
                state = state with
                {
                    UsageCarried = state.UsageCarried.Remove(item),
                    UsageReturned = state.UsageReturned.AddRange(Newest(state.UsageCarriedFrom, item, carried)),
                    UsageCarriedFrom = state.UsageCarriedFrom.RemoveAll(one => one.Item == item),
                };
            }
        }

        return state;
    }

    /// <summary>
    /// The state once a span is billed: of what was carried to its item, what has counted by now returns nowhere any more. A quantity
    /// below zero of the span's own came from nowhere else.
    /// </summary>
    /// <param name="state">With what is carried on.</param>
    /// <param name="item">The item.</param>
    /// <param name="own">Of that, below zero, what the span itself adds.</param>
    public static SubscriptionState Trimmed(SubscriptionState state, string item, decimal own)
    {
        if (state.UsageCarriedFrom.All(one => one.Item != item))
        {
            return state;
        }

        // What is carried to a span that waits and what is carried on from it are open side by side.
        decimal[] open = [state.UsageCarried.GetValueOrDefault(item) - own, .. state.UsageWaiting.Where(part => part.Item == item).Select(part => part.Carried)];
        return state with
        {
            UsageCarriedFrom =
            [
                .. state.UsageCarriedFrom.Where(one => one.Item != item),
                .. Newest(state.UsageCarriedFrom, item, open.Where(decimal.IsNegative).Sum()),
                .. Newest(state.UsageCarriedFrom, item, open.Where(decimal.IsPositive).Sum()),
            ],
        };
    }

    /// <summary>
    /// The spans of a look with what returns to them: that counts there again, and with no later span. Less than nothing is left of no
    /// span: what is beyond is taken off the item's later ones, then its earlier ones, which were charged for what was carried between them.
    /// </summary>
    /// <param name="state">The subscription.</param>
    /// <param name="spans">What is looked at, in order.</param>
    /// <param name="facts">Holds the plans and the usage.</param>
    /// <param name="cut">An item of which further spans wait to be looked at; null where none does.</param>
    /// <returns>
    /// The state with what is beyond these spans: the next look has further ones. Where none of them gives anything, and none waits, nothing
    /// that was billed is left of it.
    /// </returns>
    public static (SubscriptionState State, ImmutableArray<LateSpan> Spans) Spread(
        SubscriptionState state, ImmutableArray<LateSpan> spans, SubscriptionFacts facts, string? cut)
    {
        if (state.UsageReturned.IsEmpty)
        {
            return (state, spans);
        }

        foreach (var item in state.UsageReturned.Where(one => spans.Any(span => IsOf(one, span.Part))).Select(one => one.Item).Distinct(StringComparer.Ordinal).ToList())
        {
            var known = state;
            var origin = known.UsageReturned.First(one => one.Item == item && spans.Any(span => IsOf(one, span.Part))).Start;
            var counts = spans.Select(span => span.Part.Item == item && LateUsage.IsRated(span) ? Counts(known, span, facts) : 0).ToList();
            var returned = spans.Select((span, i) => Math.Max(known.UsageReturned.Where(one => IsOf(one, span.Part)).Sum(one => one.Quantity), span.Part.Item == item ? -counts[i] : 0)).ToList();
            var beyond = known.UsageReturned.Where(one => one.Item == item && spans.Any(span => IsOf(one, span.Part))).Sum(one => one.Quantity)
                - spans.Select((span, i) => span.Part.Item == item ? returned[i] : 0).Sum();
            var places = Enumerable.Range(0, spans.Length).Where(i => spans[i].Part.Item == item).ToList();
            foreach (var i in places.Where(i => spans[i].Part.Span.Start > origin).Concat(places.Where(i => spans[i].Part.Span.Start <= origin).Reverse()))
            {
                var taken = Math.Max(beyond, -(counts[i] + returned[i]));
                returned[i] += taken;
                beyond -= taken;
            }

            spans = [.. spans.Select((span, i) => span.Part.Item != item || returned[i] == 0 ? span : span with { Returned = returned[i], Onward = span.Onward - returned[i] })];
            state = state with { UsageReturned = state.UsageReturned.RemoveAll(one => one.Item == item && spans.Any(span => IsOf(one, span.Part))) };
            if (beyond != 0 && (item == cut || returned.Any(static quantity => quantity != 0)))
            {
                state = state with { UsageReturned = state.UsageReturned.Add(new CarriedUsage(item, origin, beyond)) };
            }
        }

        return (state, spans);
    }

    /// <summary>
    /// Of a span whose item takes nothing any more, what its usage is below what was carried on and to it: it was charged for with other spans,
    /// and is given back there. Where one waits to be closed it counts with that. Less than nothing of the span's own came from nowhere else.
    /// </summary>
    /// <param name="state">The subscription.</param>
    /// <param name="span">The span.</param>
    /// <param name="used">What was used in it.</param>
    public static (SubscriptionState State, LateSpan Span) GivenOn(SubscriptionState state, LateSpan span, MeteredUsage used)
    {
        var part = span.Part;
        var beyond = Math.Min(0, Math.Max(0, used.Quantity) - span.Onward + part.Carried);
        if (beyond == 0)
        {
            return (state, span);
        }

        var from = new CarriedUsage(part.Item, part.Span.Start, beyond);
        var waiting = state.UsageWaiting.FirstOrDefault(each => each.Item == part.Item);
        state = waiting is null
            ? state with { UsageReturned = state.UsageReturned.Add(from) }
            : state with
            {
                UsageWaiting = state.UsageWaiting.Replace(waiting, waiting with { Carried = waiting.Carried + beyond }),
                UsageCarriedFrom = state.UsageCarriedFrom.Add(from),
            };
        return (state, span with { Returned = span.Returned - beyond, Onward = span.Onward + beyond });
    }

    private static bool IsOf(CarriedUsage carried, UsagePart part) => carried.Item == part.Item && carried.Start == part.Span.Start;

    /// <summary>The quantity that a span is charged for.</summary>
    private static decimal Counts(SubscriptionState state, LateSpan span, SubscriptionFacts facts) =>
        Math.Max(0, UsageLines.Read(state, span.Part, facts).Used.Quantity - span.Onward + span.Part.Carried);

    /// <summary>Parts of an item's, the newest, that come to a quantity; in order.</summary>
    private static List<CarriedUsage> Newest(ImmutableArray<CarriedUsage> carried, string item, decimal quantity)
    {
        var taken = new List<CarriedUsage>();
        foreach (var one in carried.Reverse().Where(each => each.Item == item && Math.Sign(each.Quantity) == Math.Sign(quantity)))
        {
            var part = quantity < 0 ? Math.Max(one.Quantity, quantity) : Math.Min(one.Quantity, quantity);
            if (part != 0)
            {
                taken.Insert(0, one with { Quantity = part });
                quantity -= part;
            }
        }

        return taken;
    }

    private static bool IsLost(SubscriptionState state, SubscriptionFacts facts, string id)
    {
        if (state.UsageWaiting.Any(part => part.Item == id))
        {
            return false;
        }

        return state.Status is SubscriptionStatus.Canceled || state.Items.FirstOrDefault(item => item.Id == id) is not { } found
            || (found.Usage is { } running ? facts.TermsOf(state, found, running.From).ModelIn(state.Currency) is { } model && !Carries(model) : state.Renews);
    }
}
