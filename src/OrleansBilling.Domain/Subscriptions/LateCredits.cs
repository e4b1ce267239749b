using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What a span that is rated again gives back of its lines.</summary>
internal static class LateCredits
{
    /// <summary>Credits of charges, one after the other, never more of one than is left of it.</summary>
    /// <param name="state">The subscription.</param>
    /// <param name="part">The span.</param>
    /// <param name="terms">Its terms.</param>
    /// <param name="charges">What may be credited.</param>
    /// <param name="amount">Minor units to give back, above zero.</param>
    /// <param name="facts">Holds the invoices.</param>
    public static ImmutableArray<LineDraft> Of(
        SubscriptionState state, UsagePart part, PriceTerms terms, ImmutableArray<LateCharge> charges, long amount, SubscriptionFacts facts)
    {
        var credits = ImmutableArray.CreateBuilder<LineDraft>();
        foreach (var charge in charges.Where(charge => !ItemCredits.IsVoid(charge.Billed, facts)))
        {
            var left = Math.Min(amount, charge.Left);
            if (left > 0)
            {
                credits.Add(Credit(LineKind.Usage, LineTexts.Of(LineTexts.LessUsed, $"{terms.Plan.Name} ({part.Price})"), state, terms.Plan, charge, left, facts) with
                {
                    Item = part.Item,
                    Price = part.Price,
                    TaxCode = terms.Price.TaxCode,
                });
                amount -= left;
            }
        }

        return credits.DrainToImmutable();
    }

    /// <summary>The credit of a part of what was billed as missing to a commitment.</summary>
    /// <param name="state">The subscription.</param>
    /// <param name="plan">Of what counts towards it now.</param>
    /// <param name="addOn">True where that is a plan added beside the subscription's own.</param>
    /// <param name="charge">The line.</param>
    /// <param name="amount">Minor units to give back, above zero and at most what is left of it.</param>
    /// <param name="facts">Holds the invoices.</param>
    public static LineDraft OfCommitment(SubscriptionState state, PlanVersion plan, bool addOn, LateCharge charge, long amount, SubscriptionFacts facts) =>
        Credit(LineKind.Commitment, LineTexts.Of(LineTexts.LessMinimumCommitment, plan.Name), state, plan, charge, amount, facts) with { Group = addOn ? plan.Code : "" };

    private static LineDraft Credit(
        LineKind kind, string description, SubscriptionState state, PlanVersion plan, LateCharge late, long amount, SubscriptionFacts facts)
    {
        var charge = late.Billed;
        var share = new Share(amount, charge.Amount);
        var isLast = amount == late.Left;
        var discountLeft = charge.Discount - late.DiscountCredited;
        var discount = isLast ? discountLeft : CreditNotePart.DiscountOf(share.Of(charge.Discount), late.Left, discountLeft, amount);
        var paid = facts.Paid.Of(charge.Line);
        var wallet = PrepaidShare.Of(paid.Left, amount - discount, late.Left - discountLeft);
        var explain = new Explain(
            $"{plan.Code}@{plan.Version}",
            [ExplainSteps.Given("Billed", charge.Amount), ExplainSteps.CreditShare(charge.Amount, share, -amount), ExplainSteps.Round(-amount, -amount)],
            Explain.Empty.Facts).With("credited_line", charge.Line);
        return new LineDraft(kind, description, charge.Period, -amount, explain)
        {
            Subscription = state.Id,
            Plan = plan.Code,
            CreditedLine = charge.Line,
            CreditedInvoice = charge.Invoice,
            CarriedWallet = -wallet,
            CarriedDiscounts = ItemCredits.CarriedOf(charge, late.DiscountCredited, discount),
            // A line that still waits has no tax yet: the document that takes both taxes them alike.
            CarriedTaxRates = charge.Invoice is null ? null : charge.TaxRates,
            CarriedInclusive = charge.Invoice is null ? null : charge.TaxInclusive,
        };
    }
}
