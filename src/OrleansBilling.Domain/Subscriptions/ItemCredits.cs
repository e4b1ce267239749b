using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Drafts what unused time gives back: the unused share of what stands on each charge, never more than was billed
/// (rules.md, "Credits for unused time"). Lines of void invoices count as not billed.
/// </summary>
public static class ItemCredits
{
    /// <summary>Credits for the unused rest of everything billed in advance, from an instant on.</summary>
    /// <param name="state">The subscription as it was billed.</param>
    /// <param name="facts">Holds the plans that were billed, and the invoices.</param>
    /// <param name="at">From when on it is unused.</param>
    /// <param name="policyOf">The policy of the call for a price; a prorated line goes by its own.</param>
    public static ImmutableArray<LineDraft> Unused(SubscriptionState state, SubscriptionFacts facts, Instant at, Func<Price, ProrationPolicy> policyOf) =>
        [.. state.Items.Concat(state.Former).SelectMany(item => Unused(state, facts, item, at, policyOf(facts.PriceOf(item))))];

    /// <summary>Credits for the unused rest of one item's charges.</summary>
    public static IEnumerable<LineDraft> Unused(SubscriptionState state, SubscriptionFacts facts, SubscriptionItem item, Instant at, ProrationPolicy policy)
    {
        foreach (var billed in item.Open())
        {
            if (at < billed.Period.End && !IsVoid(billed, facts) && CreditOf(state, facts, item, billed, at, policy) is { } draft)
            {
                yield return draft;
            }
        }
    }

    /// <summary>Minor units billed for an item in the current period, before discounts and net of credits.</summary>
    public static long BilledNet(SubscriptionItem item, SubscriptionFacts facts) =>
        (item.History?.Settled ?? []).Where(charge => !facts.IsVoid(charge.Invoice, charge.Line)).Sum(charge => charge.Amount - facts.NotesTook(charge.Invoice, charge.Line).Amount)
        + item.Open().Where(charge => !IsVoid(charge, facts)).Sum(charge => charge.Amount - facts.NotesTook(charge.Invoice, charge.Line).Amount);

    /// <summary>True where the charge stands on a void invoice.</summary>
    internal static bool IsVoid(BilledCharge billed, SubscriptionFacts facts) => facts.IsVoid(billed.Invoice, billed.Line);

    private static LineDraft? CreditOf(
        SubscriptionState state, SubscriptionFacts facts, SubscriptionItem item, BilledCharge charge, Instant at, ProrationPolicy call)
    {
        var billed = charge.Standing(facts);
        var sold = billed.Sold is { } terms ? terms.On(item) : item;
        var plan = facts.PlanOf(sold);
        var price = facts.PriceOf(sold);
        var policy = Proration.CreditPolicy(billed.Proration?.Policy, call);
        var billedShare = billed.Proration?.Share ?? Share.One;
        var unused = Proration.UnusedShare(policy, billed.Nominal, at, billed.Period, plan.Interval, state.Anchor!.TimeZone);
        // Proration credits and credit notes of a line together never exceed what was billed for it.
        var took = facts.NotesTook(billed.Invoice, billed.Line);
        var amount = Proration.CreditOf(billed.Amount, took.Amount, unused, billedShare);
        var discount = Proration.CreditOf(billed.Discount, took.Discount, unused, billedShare);
        if (amount == 0 && discount == 0)
        {
            return null;
        }

        var paid = facts.Paid.Of(billed.Line);
        var wallet = PrepaidShare.Of(paid.Left, amount - discount, billed.Amount - took.Amount - (billed.Discount - took.Discount));

        var share = Proration.CreditShare(unused, billedShare);
        var period = new Period(billed.Period.Clamp(at), billed.Period.End);
        var exact = -share.Of(billed.Amount);
        var explain = new Explain($"{plan.Code}@{plan.Version}", CreditSteps(billed, took.Amount, share, exact, -amount), Explain.Empty.Facts)
            .With("policy", ProrationPolicyNames.Of(policy))
            .With("credited_line", billed.Line);
        explain = billed.Discount == 0 ? explain : explain.With("billed_discount", ExplainSteps.Text(billed.Discount));
        explain = paid.Paid == 0 ? explain : explain.With("billed_prepaid", ExplainSteps.Text(paid.Paid));
        return new LineDraft(LineKind.ProrationCredit, LineTexts.Of(LineTexts.UnusedTime, $"{plan.Name} ({price.Code})"), period, -amount, explain)
        {
            Subscription = state.Id,
            Item = item.Id,
            Plan = plan.Code,
            Price = price.Code,
            Quantity = sold.Quantity,
            TaxCode = price.TaxCode,
            CreditedLine = billed.Line,
            CreditedInvoice = billed.Invoice,
            CarriedWallet = -wallet,
            CarriedDiscounts = CarriedOf(billed, took.Discount, discount),
            // A line that still waits has no tax yet: the document that takes both taxes them alike.
            CarriedTaxRates = billed.Invoice is null ? null : billed.TaxRates,
            CarriedInclusive = billed.Invoice is null ? null : billed.TaxInclusive,
        };
    }

    /// <summary>What a credit takes back of each coupon: the discount's parts that are still there, in proportion.</summary>
    internal static ImmutableArray<LineDiscount> CarriedOf(BilledCharge billed, long discountCredited, long discount)
    {
        if (discount == 0)
        {
            return [];
        }

        var gone = Rounding.Split(discountCredited, [.. billed.Discounts.Select(part => (decimal)part.Amount)]);
        var taken = Rounding.Split(discount, [.. billed.Discounts.Select((part, i) => (decimal)(part.Amount - gone[i]))]);
        return [.. billed.Discounts.Select((part, i) => part with { Amount = -taken[i] }).Where(part => part.Amount != 0)];
    }

    private static ImmutableArray<ExplainStep> CreditSteps(BilledCharge billed, long credited, Share share, decimal exact, long amount)
    {
        var given = ExplainSteps.Given("Billed", billed.Amount);
        var taken = ExplainSteps.CreditShare(billed.Amount, share, exact);
        var left = -(decimal)(billed.Amount - credited);
        return exact >= left
            ? [given, taken, ExplainSteps.Round(exact, amount)]
            : [given, taken, ExplainSteps.Of("minimum", "At most what is left of the line", left, ("amount", ExplainSteps.Text(exact)), ("bound", ExplainSteps.Text(left))), ExplainSteps.Round(left, amount)];
    }
}
