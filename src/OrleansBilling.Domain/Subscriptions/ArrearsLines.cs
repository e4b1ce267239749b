using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Bills recurring prices in arrears: at the end of the period, and for the part until then where a change, a pause or an
/// end cuts it (rules.md, "A period in pieces"). What is cut is billed by its share of the nominal period.
/// </summary>
internal static class ArrearsLines
{
    /// <summary>The items of a period that begins: those billed in arrears run from its start.</summary>
    /// <param name="state">With the items; what they held is gone.</param>
    /// <param name="facts">Holds the plans.</param>
    /// <param name="period">The period, or the rest of one that begins now.</param>
    /// <param name="nominal">The full period that it is a part of, or the same.</param>
    /// <param name="policyOf">How a partial period is measured; null takes the subscription's policy, the price's, else <c>day</c>.</param>
    /// <param name="changed">True where a change or a resume begins it, and not the schedule.</param>
    public static SubscriptionState Begun(
        SubscriptionState state, SubscriptionFacts facts, Period period, Period nominal, Func<Price, ProrationPolicy>? policyOf = null, bool changed = false) =>
        state with { Items = [.. state.Items.Select(item => Begun(state, facts, item, period, nominal, policyOf, changed))] };

    private static SubscriptionItem Begun(
        SubscriptionState state, SubscriptionFacts facts, SubscriptionItem item, Period period, Period nominal, Func<Price, ProrationPolicy>? policyOf, bool changed) =>
        facts.PriceOf(item) is { Kind: PriceKind.Recurring, Billing: BillingTiming.InArrears } price && !item.Open().Any()
            ? item with
            {
                Arrears = new ItemArrears(period.Start)
                {
                    Policy = period == nominal ? null : ItemLines.PartialPolicy(state, price, policyOf),
                    Changed = changed,
                },
            }
            : item;

    /// <summary>
    /// What runs at the end of the period, billed with the renewal. What a change began goes under a revision of its own:
    /// another line of the item may begin at the same instant.
    /// </summary>
    public static ImmutableArray<LineDraft> Over(SubscriptionState state, SubscriptionFacts facts, int revision, string cause)
    {
        var changed = state.Items.Concat(state.Former).Where(item => item.Arrears is { Changed: true }).Select(item => item.Id).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. Ended(state, facts, state.CurrentPeriod.End, _ => null)
                .Select(line => changed.Contains(line.Item!) ? line with { Revision = revision, Cause = cause } : line),
        ];
    }

    /// <summary>Bills all that runs up to an instant, for good: the last part of each price.</summary>
    /// <param name="state">The subscription up to then.</param>
    /// <param name="facts">Holds the plans.</param>
    /// <param name="at">The end of the period, or an instant within it.</param>
    /// <param name="policyOf">The policy of the call for a price; null takes the price's, else <c>day</c>.</param>
    public static ImmutableArray<LineDraft> Ended(SubscriptionState state, SubscriptionFacts facts, Instant at, Func<Price, ProrationPolicy?> policyOf)
    {
        var lines = ImmutableArray.CreateBuilder<LineDraft>();
        foreach (var item in state.Items.Concat(state.Former))
        {
            if (item.Arrears is { } running)
            {
                var price = facts.PriceOf(item.On(running.Sold));
                if (Cut(state, facts, item, at, policyOf(price) ?? price.Proration ?? ProrationPolicy.Day, isLast: true).Line is { } line)
                {
                    lines.Add(line);
                }
            }
        }

        return lines.DrainToImmutable();
    }

    /// <summary>The part of an item's period that ends at an instant: its line, null where nothing is due, and what is kept of it.</summary>
    /// <param name="call">Measures what ran whole; <c>none</c> and <c>full_difference</c>, which measure no time, go by <c>day</c>.</param>
    /// <param name="isLast">False where the same price goes on at another quantity.</param>
    public static (LineDraft? Line, ArrearsPart Part) Cut(
        SubscriptionState state, SubscriptionFacts facts, SubscriptionItem item, Instant at, ProrationPolicy call, bool isLast)
    {
        var running = item.Arrears!;
        var sold = item.On(running.Sold);
        var terms = facts.TermsOf(state, sold, running.From);
        var nominal = PeriodCalendar.Nominal(state.Anchor!, state.EndBoundary - 1);
        var period = new Period(running.From, at);
        var policy = running.Policy ?? (call is ProrationPolicy.None or ProrationPolicy.FullDifference ? ProrationPolicy.Day : call);
        var share = Proration.ChargedShare(policy, nominal, period.Start, period.End, terms.Plan.Interval, state.Anchor!.TimeZone);
        if (policy is ProrationPolicy.None && share.IsZero)
        {
            return (null, new ArrearsPart(period, 0, 0));
        }

        var input = Input(state, facts, terms, running, share, nominal, at, isLast);
        var decided = terms.ModelIn(state.Currency) is { } model ? PartRater.Rate(model, terms.Quantity, input) : ItemLines.NotSold(terms, state.Currency);
        if (decided.Refusal is { } refusal)
        {
            var unrated = ItemLines.Unrated(state, sold, terms, running.Changed && period != nominal ? LineKind.ProrationCharge : LineKind.Recurring, period, nominal, refusal, input);
            return (period == nominal ? unrated : unrated with { Proration = new LineProration(policy, share) }, new ArrearsPart(period, 0, 0));
        }

        var rated = decided.Value;
        if (rated.Line.Amount < 0 || (rated.Line.Amount == 0 && (share.IsZero || !isLast)))
        {
            return (null, new ArrearsPart(period, rated.Exact, 0));
        }

        // What is left to bill of earlier parts, where this one is empty, is of the time of the last of them.
        period = period.Start == period.End && running.Parts is [.., var before] ? period with { Start = before.Period.Start } : period;
        var draft = ItemLines.Draft(state, sold, terms, running.Changed && period != nominal ? LineKind.ProrationCharge : LineKind.Recurring, period, rated.Line);
        var line = period == nominal
            ? draft
            : draft with { Proration = new LineProration(policy, share), Explain = draft.Explain.With("policy", ProrationPolicyNames.Of(policy)) };
        return (line, new ArrearsPart(period, rated.Exact, rated.Line.Amount));
    }

    private static PartInput Input(
        SubscriptionState state, SubscriptionFacts facts, PriceTerms terms, ItemArrears running, Share share, Period nominal, Instant at, bool isLast)
    {
        var start = running.Parts.IsEmpty ? running.From : running.Parts[0].Period.Start;
        var bounds = Proration.ChargedShare(ProrationPolicy.Day, nominal, start, at, terms.Plan.Interval, state.Anchor!.TimeZone);
        var billed = running.Parts.Where(part => part.Line is not { } line || !facts.IsVoid(part.Invoice, line)).Sum(part => part.Billed);
        return new PartInput(share, bounds, isLast)
        {
            EarlierExact = running.Parts.Sum(part => part.Exact),
            EarlierBilled = billed + running.Less,
            PercentOff = terms.PercentOff,
        };
    }
}
