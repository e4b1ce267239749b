using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Wallets;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>A line of a one-off invoice: an amount, or a quantity of a unit amount.</summary>
/// <param name="Description">Shown to the customer.</param>
public sealed record OneOffLine(string Description)
{
    /// <summary>Minor units, below zero for a reduction; null where a quantity is given.</summary>
    public long? Amount { get; init; }

    /// <summary>How many; null where an amount is given.</summary>
    public decimal? Quantity { get; init; }

    /// <summary>Minor units of one; null where an amount is given.</summary>
    public decimal? UnitAmount { get; init; }

    /// <summary>Selects rates of the account that are limited to codes.</summary>
    public string? TaxCode { get; init; }

    /// <summary>Percentages in place of the account's rates; null takes those.</summary>
    public ImmutableArray<decimal>? TaxRates { get; init; }
}

/// <summary>An invoice of lines that a person gives, without a subscription.</summary>
public static class OneOffInvoice
{
    /// <summary>Its cause on the document.</summary>
    public const string Cause = "one_off";

    /// <summary>The fact of a line's explanation that says that its rates were given with it: they stay when it is issued anew.</summary>
    public const string GivenRates = "tax_rates";

    /// <summary>
    /// Makes it, issued or as a draft that waits for a call. Lines below zero reduce; together they may not make the total
    /// negative. 422 <c>amount_or_quantity</c>, <c>negative_quantity</c>, <c>duplicate_rate</c>, <c>amount_too_large</c>, those of
    /// <see cref="OneOffCoupons"/>, <c>negative_total</c>.
    /// </summary>
    /// <param name="id"><c>inv_...</c></param>
    /// <param name="lines">In the order in which they shall be shown.</param>
    /// <param name="coupons">As their rows stand, in the order in which they act; a draft redeems them when it is made.</param>
    /// <param name="issue">False leaves a draft.</param>
    /// <param name="facts">Account, credit balance and dunning policy as read before the turn.</param>
    /// <param name="now">The account's clock.</param>
    /// <param name="ids">Ids of this turn.</param>
    public static Decided<Documents> Make(
        string id, ImmutableArray<OneOffLine> lines, ImmutableArray<CouponFacts> coupons, bool issue, BillingFacts facts, Instant now, IdSource ids)
    {
        var drafts = new List<LineDraft>(lines.Length);
        for (var i = 0; i < lines.Length; i++)
        {
            var drafted = Draft(lines[i], i, now);
            if (drafted.Refusal is { } refusal)
            {
                return refusal;
            }

            drafts.Add(drafted.Value);
        }

        var redeemed = OneOffCoupons.Redeem(coupons, drafts, facts.Account.Currency, facts.Account.Account, id, now, ids);
        if (redeemed.Refusal is { } refused)
        {
            return refused;
        }

        ComputedInvoice computed;
        try
        {
            var purse = Purse.Open(facts.Account.Account, facts.Prepaid, PaidLines.None, ids, now);
            computed = InvoiceCalculator.Compute(
                drafts, redeemed.Value.Discounts, facts.Account.Tax, facts.Account.Currency, ids, purse is null ? null : new PrepaidUse(purse, id));
        }
        catch (OverflowException)
        {
            return TooLarge("lines");
        }

        if (computed.Totals.Total < 0)
        {
            return Refusal.Rule(
                "negative_total",
                $"The lines come to {computed.Totals.Total} minor units; an invoice asks for nothing or more. Give credit by a credit note or a balance adjustment.",
                "lines");
        }

        var none = ImmutableDictionary<string, CreditableInvoice>.Empty;
        return redeemed.Value.Documents.And(issue
            ? InvoiceIssue.Issue(id, subscription: null, computed, facts, now, Cause, ids, none)
            : InvoiceIssue.Draft(id, subscription: null, computed, facts, now, Cause, new DraftTerms(FinalizeAt: null), none));
    }

    private static Decided<LineDraft> Draft(OneOffLine line, int index, Instant now)
    {
        var counted = line.Quantity is not null && line.UnitAmount is not null;
        if (line.Amount is not null ? line.Quantity is not null || line.UnitAmount is not null : !counted)
        {
            return Refusal.Rule("amount_or_quantity", "Give either amount, or quantity and unit_amount.", $"lines[{index}]");
        }

        if (line.Quantity < 0)
        {
            return Refusal.Rule("negative_quantity", "A quantity is zero or more; give a unit_amount below zero for a line that reduces.", $"lines[{index}].quantity");
        }

        if (line.TaxRates is { } given && given.Distinct().Count() != given.Length)
        {
            return Refusal.Rule("duplicate_rate", "Give each rate of a line once.", $"lines[{index}].tax_rates");
        }

        var exact = line.Amount ?? line.Quantity!.Value * line.UnitAmount!.Value;
        if (Math.Abs(exact) > Rater.MaxAmount)
        {
            return TooLarge($"lines[{index}]");
        }

        var amount = Rounding.ToMinorUnits(exact);
        var first = line.Amount is not null
            ? ExplainSteps.Given("Amount of the line", amount)
            : ExplainSteps.Of(
                "multiply", "Units", exact, ("quantity", ExplainSteps.Text(line.Quantity!.Value)), ("unit_amount", ExplainSteps.Text(line.UnitAmount!.Value)));
        var explain = Explain.Empty.With(first).With(ExplainSteps.Round(exact, amount));
        return new LineDraft(LineKind.Adjustment, line.Description, new Period(now, now), amount, line.TaxRates is null ? explain : explain.With(GivenRates, "given"))
        {
            Quantity = line.Quantity,
            UnitAmount = line.UnitAmount,
            TaxCode = line.TaxCode,
            CarriedTaxRates = line.TaxRates is { } rates ? [.. rates.Select(rate => new TaxRate(ExplainSteps.Text(rate), rate))] : null,
        };
    }

    private static Refusal TooLarge(string field) => Refusal.Rule("amount_too_large", "The amount is too large to be billed.", field);
}
