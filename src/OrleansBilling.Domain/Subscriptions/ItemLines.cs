using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using NodaTime.Text;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Drafts the lines of a subscription's items: what a period costs, and what unused time gives back.</summary>
public static class ItemLines
{
    /// <summary>
    /// What the items cost at the start of a paid period: recurring prices in advance for the period, by its share of the
    /// nominal one where it is partial, and one-time prices that are due once.
    /// </summary>
    /// <param name="state">With the items and the calendar of the period.</param>
    /// <param name="facts">Holds the items' plans.</param>
    /// <param name="period">What is billed.</param>
    /// <param name="nominal">The full period that it is a part of, or the same.</param>
    /// <param name="policyOf">How a partial period is measured; null takes the subscription's policy, the price's, else <c>day</c>.</param>
    public static ImmutableArray<LineDraft> PeriodStart(
        SubscriptionState state, SubscriptionFacts facts, Period period, Period nominal, Func<Price, ProrationPolicy>? policyOf = null)
    {
        var lines = ImmutableArray.CreateBuilder<LineDraft>(state.Items.Length);
        foreach (var item in state.Items)
        {
            var terms = facts.TermsOf(state, item, period.Start);
            var price = terms.Price;
            if (price is { Kind: PriceKind.Recurring, Billing: BillingTiming.InAdvance })
            {
                var policy = PartialPolicy(state, price, policyOf);
                if (Recurring(state, item, terms, period, nominal, policy) is { } line)
                {
                    lines.Add(line);
                }
            }
            else if (price.Kind is PriceKind.OneTime && !item.OneTimeBilled)
            {
                lines.Add(Whole(state, item, terms, LineKind.OneTime, period));
            }
        }

        return lines.DrainToImmutable();
    }

    /// <summary>How a partial period is measured: by the call, the subscription, the price, else <c>day</c>.</summary>
    internal static ProrationPolicy PartialPolicy(SubscriptionState state, Price price, Func<Price, ProrationPolicy>? policyOf) =>
        policyOf?.Invoke(price) ?? state.Proration ?? price.Proration ?? ProrationPolicy.Day;

    /// <summary>What an item costs for the rest of a running period, by its share of the nominal one; null for no share.</summary>
    public static LineDraft? RestOfPeriod(
        SubscriptionState state, SubscriptionFacts facts, SubscriptionItem item, Period rest, Period nominal, ProrationPolicy policy) =>
        Part(state, item, facts.TermsOf(state, item, rest.Start), LineKind.ProrationCharge, rest, nominal, policy);

    /// <summary>
    /// What a change by <c>full_difference</c> charges: the new price times the share with which the period was billed, less
    /// all that was billed for the item in it. Null where nothing is left to charge.
    /// </summary>
    /// <param name="state">With the running period, for the share of which the line counts as billed.</param>
    /// <param name="facts">Holds the item's new plan.</param>
    /// <param name="item">The item on its new terms.</param>
    /// <param name="share">The share with which the period was billed.</param>
    /// <param name="billed">Minor units billed for the item in this period, before discounts and net of credits.</param>
    public static LineDraft? Difference(SubscriptionState state, SubscriptionFacts facts, SubscriptionItem item, Share share, long billed)
    {
        var terms = facts.TermsOf(state, item, state.CurrentPeriod.Start);
        var decided = Rate(state, terms);
        if (decided.Refusal is { } refusal)
        {
            var nominal = PeriodCalendar.Nominal(state.Anchor!, state.EndBoundary - 1);
            var part = new PartInput(share, share, IsLast: true) { EarlierBilled = billed };
            return Unrated(state, item, terms, LineKind.ProrationCharge, state.CurrentPeriod, nominal, refusal, part) with
            {
                Proration = new LineProration(ProrationPolicy.FullDifference, share),
            };
        }

        var rated = decided.Value;
        var due = Proration.FullDifference(rated.Exact, share, billed);
        if (due == 0)
        {
            return null;
        }

        var whole = rated.Prorated(share);
        var steps = billed == 0 ? whole.Steps : whole.Steps.Add(ExplainSteps.SubtractBilled(whole.Amount, billed, due));
        var draft = Draft(state, item, terms, LineKind.ProrationCharge, state.CurrentPeriod, whole with { Amount = due, Steps = steps });
        return draft with
        {
            Proration = new LineProration(ProrationPolicy.FullDifference, share),
            Explain = draft.Explain.With("policy", ProrationPolicyNames.Of(ProrationPolicy.FullDifference)),
        };
    }

    /// <summary>The line of a one-time price.</summary>
    public static LineDraft OneTime(SubscriptionState state, SubscriptionFacts facts, SubscriptionItem item, Period period) =>
        Whole(state, item, facts.TermsOf(state, item, period.Start), LineKind.OneTime, period);

    private static LineDraft? Recurring(
        SubscriptionState state, SubscriptionItem item, PriceTerms terms, Period period, Period nominal, ProrationPolicy policy) =>
        period == nominal
            ? Whole(state, item, terms, LineKind.Recurring, period)
            : Part(state, item, terms, LineKind.Recurring, period, nominal, policy);

    private static LineDraft? Part(
        SubscriptionState state, SubscriptionItem item, PriceTerms terms, LineKind kind, Period period, Period nominal, ProrationPolicy policy)
    {
        var share = Proration.ChargedShare(policy, nominal, period.Start, period.End, terms.Plan.Interval, state.Anchor!.TimeZone);
        if (share.IsZero)
        {
            return null;
        }

        var rated = Rate(state, terms);
        var draft = rated.Refusal is { } refusal
            ? Unrated(state, item, terms, kind, period, nominal, refusal, new PartInput(share, share, IsLast: true))
            : Draft(state, item, terms, kind, period, rated.Value.Prorated(share));
        return draft with
        {
            Proration = new LineProration(policy, share),
            Explain = draft.Explain.With("policy", ProrationPolicyNames.Of(policy)),
        };
    }

    private static LineDraft Whole(
        SubscriptionState state, SubscriptionItem item, PriceTerms terms, LineKind kind, Period period)
    {
        var rated = Rate(state, terms);
        return rated.Refusal is { } refusal
            ? Unrated(state, item, terms, kind, period, period, refusal, new PartInput(Share.One, Share.One, IsLast: true))
            : Draft(state, item, terms, kind, period, rated.Value);
    }

    /// <summary>The draft of a line that cannot be rated: it has no amount, and is set aside where it would be billed.</summary>
    internal static LineDraft Unrated(
        SubscriptionState state, SubscriptionItem item, PriceTerms terms, LineKind kind, Period period, Period nominal, Refusal why, PartInput part) =>
        Draft(state, item, terms, kind, period, new Rated(0, 0, [], UnitAmount: null)) with
        {
            Unrated = new UnratedLine(why.Code, why.Detail, terms.Plan.Version, terms.Override, part, nominal) { Phase = terms.Phase, AddOn = item.AddOn },
        };

    /// <summary>The line of a rated item.</summary>
    internal static LineDraft Draft(
        SubscriptionState state, SubscriptionItem item, PriceTerms terms, LineKind kind, Period period, Rated rated) =>
        new(kind, $"{terms.Plan.Name} ({terms.Price.Code})", period, rated.Amount, Explained(terms, rated))
        {
            Subscription = state.Id,
            Item = item.Id,
            Plan = terms.Plan.Code,
            Price = terms.Price.Code,
            Quantity = item.Quantity,
            UnitAmount = rated.UnitAmount,
            TaxCode = terms.Price.TaxCode,
        };

    private static Explain Explained(PriceTerms terms, Rated rated)
    {
        var explain = Explain.Empty with { PlanVersion = $"{terms.Plan.Code}@{terms.Plan.Version}", Steps = rated.Steps };
        explain = terms.Phase is { } phase ? explain.With("phase", phase.ToString(CultureInfo.InvariantCulture)) : explain;
        if (terms.Override is not { } negotiated)
        {
            return explain;
        }

        explain = explain.With("price_override", negotiated.PercentOff is { } percent ? $"percent_off {ExplainSteps.Text(percent)}" : "model");
        return negotiated.Until is { } until ? explain.With("price_override_until", InstantPattern.ExtendedIso.Format(until)) : explain;
    }

    /// <summary>422 <c>currency_not_sold</c>: the price has no model in the subscription's currency.</summary>
    internal static Refusal NotSold(PriceTerms terms, Currency currency) => Refusal.Rule(
        "currency_not_sold", $"Price {terms.Plan.Code}@{terms.Plan.Version}/{terms.Price.Code} has no model in {currency}. Move the subscription to a version that has one.");

    private static Decided<Rated> Rate(SubscriptionState state, PriceTerms terms) =>
        terms.ModelIn(state.Currency) is { } model
            ? Rater.Rate(model, new RatingInput(terms.Quantity) { PercentOff = terms.PercentOff })
            : NotSold(terms, state.Currency);
}
