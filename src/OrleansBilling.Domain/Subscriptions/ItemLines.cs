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

/// <summary>Drafts the lines of a subscription's items: what a period costs, and what unused time gives back.</summary>
public static class ItemLines
{
    /// <summary>
    /// What the items cost at the start of a paid period: recurring prices in advance for the period, by its share of the
    /// nominal one where it is partial, and one-time prices that are due once.
    /// </summary>
    public static ImmutableArray<LineDraft> PeriodStart(SubscriptionState state, SubscriptionFacts facts, Period period, Period nominal)
    {
        var lines = ImmutableArray.CreateBuilder<LineDraft>(state.Items.Length);
        foreach (var item in state.Items)
        {
            var plan = facts.PlanOf(item);
            var price = facts.PriceOf(item);
            if (price is { Kind: PriceKind.Recurring, Billing: BillingTiming.InAdvance })
            {
                if (Recurring(state, item, plan, price, period, nominal) is { } line)
                {
                    lines.Add(line);
                }
            }
            else if (price.Kind is PriceKind.OneTime && !item.OneTimeBilled)
            {
                lines.Add(Whole(state, item, plan, price, LineKind.OneTime, period));
            }
        }

        return lines.DrainToImmutable();
    }

    /// <summary>
    /// Credits for the unused rest of what was billed in advance, from an instant on. Lines of void invoices count as not
    /// billed; a credit and those before it never exceed what was billed.
    /// </summary>
    /// <param name="policy">The call's policy; null takes each price's own, else <c>day</c>.</param>
    public static ImmutableArray<LineDraft> Unused(
        SubscriptionState state, SubscriptionFacts facts, Instant at, ProrationPolicy? policy, int revision, string cause)
    {
        var lines = ImmutableArray.CreateBuilder<LineDraft>();
        foreach (var item in state.Items)
        {
            if (item.Billed is { } billed && at < billed.Period.End && !IsVoid(billed, facts)
                && CreditOf(state, facts, item, billed, at, policy) is { } draft)
            {
                lines.Add(draft with { Revision = revision, Cause = cause });
            }
        }

        return lines.DrainToImmutable();
    }

    private static bool IsVoid(BilledCharge billed, SubscriptionFacts facts) =>
        facts.Invoices.TryGetValue(billed.Invoice, out var invoice) && invoice.Status is InvoiceStatus.Void;

    private static LineDraft? Recurring(
        SubscriptionState state, SubscriptionItem item, PlanVersion plan, Price price, Period period, Period nominal)
    {
        if (period == nominal)
        {
            return Whole(state, item, plan, price, LineKind.Recurring, period);
        }

        var policy = state.Proration ?? price.Proration ?? ProrationPolicy.Day;
        var share = Proration.ChargedShare(policy, nominal, period.Start, period.End, plan.Interval, state.Anchor!.TimeZone);
        if (share.IsZero)
        {
            return null;
        }

        var rated = Rate(state, item, plan, price).Prorated(share);
        var draft = Draft(state, item, plan, price, LineKind.Recurring, period, rated);
        return draft with
        {
            Proration = new LineProration(policy, share),
            Explain = draft.Explain.With("policy", ProrationPolicyNames.Of(policy)),
        };
    }

    private static LineDraft Whole(
        SubscriptionState state, SubscriptionItem item, PlanVersion plan, Price price, LineKind kind, Period period) =>
        Draft(state, item, plan, price, kind, period, Rate(state, item, plan, price));

    private static LineDraft Draft(
        SubscriptionState state, SubscriptionItem item, PlanVersion plan, Price price, LineKind kind, Period period, Rated rated) =>
        new(kind, $"{plan.Name} ({price.Code})", period, rated.Amount, Explained(plan, rated))
        {
            Subscription = state.Id,
            Item = item.Id,
            Plan = plan.Code,
            Price = price.Code,
            Quantity = item.Quantity,
            UnitAmount = rated.UnitAmount,
            TaxCode = price.TaxCode,
        };

    private static Explain Explained(PlanVersion plan, Rated rated) =>
        Explain.Empty with { PlanVersion = $"{plan.Code}@{plan.Version}", Steps = rated.Steps };

    private static Rated Rate(SubscriptionState state, SubscriptionItem item, PlanVersion plan, Price price)
    {
        var model = price.ModelFor(state.Currency, plan.Currency)
            ?? throw new InvalidOperationException($"Price {plan.Code}/{price.Code} is not sold in {state.Currency}.");
        var rated = Rater.Rate(model, new RatingInput(item.Quantity));
        return rated.IsAccepted ? rated.Value : throw new InvalidOperationException($"{rated.Refusal!.Code}: {rated.Refusal.Detail}");
    }

    private static LineDraft? CreditOf(
        SubscriptionState state, SubscriptionFacts facts, SubscriptionItem item, BilledCharge billed, Instant at, ProrationPolicy? call)
    {
        var plan = facts.PlanOf(item);
        var price = facts.PriceOf(item);
        var policy = Proration.CreditPolicy(billed.Proration?.Policy, call ?? price.Proration ?? ProrationPolicy.Day);
        var billedShare = billed.Proration?.Share ?? Share.One;
        var unused = Proration.UnusedShare(policy, billed.Nominal, at, billed.Period, plan.Interval, state.Anchor!.TimeZone);
        var amount = Proration.CreditOf(billed.Amount, billed.Credited, unused, billedShare);
        var discount = Proration.CreditOf(billed.Discount, billed.DiscountCredited, unused, billedShare);
        if (amount == 0 && discount == 0)
        {
            return null;
        }

        var share = Proration.CreditShare(unused, billedShare);
        var period = new Period(billed.Period.Clamp(at), billed.Period.End);
        var exact = -share.Of(billed.Amount);
        var explain = new Explain($"{plan.Code}@{plan.Version}", CreditSteps(billed, share, exact, -amount), Explain.Empty.Facts)
            .With("policy", ProrationPolicyNames.Of(policy))
            .With("credited_line", billed.Line);
        return new LineDraft(LineKind.ProrationCredit, $"Unused time: {plan.Name} ({price.Code})", period, -amount, explain)
        {
            Subscription = state.Id,
            Item = item.Id,
            Plan = plan.Code,
            Price = price.Code,
            Quantity = item.Quantity,
            TaxCode = price.TaxCode,
            CreditedLine = billed.Line,
            CreditedInvoice = billed.Invoice,
            CarriedDiscount = -discount,
            CarriedTaxRates = billed.TaxRates,
            CarriedInclusive = billed.TaxInclusive,
        };
    }

    private static ImmutableArray<ExplainStep> CreditSteps(BilledCharge billed, Share share, decimal exact, long amount)
    {
        var given = ExplainSteps.Given("Billed", billed.Amount);
        var taken = ExplainSteps.CreditShare(billed.Amount, share, exact);
        var left = -(decimal)(billed.Amount - billed.Credited);
        return exact >= left
            ? [given, taken, ExplainSteps.Round(exact, amount)]
            : [given, taken, ExplainSteps.Of("minimum", "At most what is left of the line", left, ("amount", ExplainSteps.Text(exact)), ("bound", ExplainSteps.Text(left))), ExplainSteps.Round(left, amount)];
    }
}
