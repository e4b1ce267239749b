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
                credits.Add(Credit(state, part, terms, LineKind.Usage, charge, left, facts));
                amount -= left;
            }
        }

        return credits.DrainToImmutable();
    }

    /// <summary>The credit of a part of one charge: of usage, or of a commitment.</summary>
    public static LineDraft Credit(SubscriptionState state, UsagePart part, PriceTerms terms, LineKind kind, LateCharge late, long amount, SubscriptionFacts facts)
    {
        var charge = late.Billed;
        var share = new Share(amount, charge.Amount);
        var isLast = amount == late.Left;
        var discountLeft = charge.Discount - late.DiscountCredited;
        var discount = isLast ? discountLeft : CreditNotePart.DiscountOf(share.Of(charge.Discount), late.Left, discountLeft, amount);
        var paid = facts.Paid.Of(charge.Line);
        var wallet = PrepaidShare.Of(paid.Left, amount - discount, late.Left - discountLeft);
        var isUsage = kind is LineKind.Usage;
        var explain = new Explain(
            $"{terms.Plan.Code}@{terms.Plan.Version}",
            [ExplainSteps.Given("Billed", charge.Amount), ExplainSteps.CreditShare(charge.Amount, share, -amount), ExplainSteps.Round(-amount, -amount)],
            Explain.Empty.Facts).With("credited_line", charge.Line);
        return new LineDraft(
            kind, isUsage ? LineTexts.Of(LineTexts.LessUsed, $"{terms.Plan.Name} ({part.Price})") : LineTexts.Of(LineTexts.LessMinimumCommitment, terms.Plan.Name), charge.Period, -amount, explain)
        {
            Subscription = state.Id,
            Item = isUsage ? part.Item : null,
            Plan = terms.Plan.Code,
            Price = isUsage ? part.Price : null,
            TaxCode = isUsage ? terms.Price.TaxCode : null,
            Group = !isUsage && part.AddOn ? terms.Plan.Code : "",
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
