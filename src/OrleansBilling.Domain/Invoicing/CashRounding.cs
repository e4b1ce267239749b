using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// Rounds what is due to a step that the seller sets for the currency (0.05 of chf, 1.00 of sek), half away from zero. What it
/// takes to get there is a line of its own, an <c>adjustment</c> without tax, so that the document still adds up.
/// </summary>
/// <remarks>
/// Only what a customer has to pay is rounded: the positive rest after credit on its way and the credit balance. A document that gives credit, or
/// that the balance pays whole, is exact. The line is billed like others: a void or a full credit takes it back, too.
/// </remarks>
public static class CashRounding
{
    /// <summary>The invoice with its rounding line; the very same one where there is nothing to round.</summary>
    /// <param name="computed">Lines and totals.</param>
    /// <param name="facts">The seller with its steps, and the credit balance that is taken before payment.</param>
    /// <param name="arriving">Minor units of credit on their way to it, which lower it before the balance does; 0 for what is no draft.</param>
    /// <param name="now">The instant of the issue; the line is for no service, and so for no period.</param>
    /// <param name="ids">Gives the id of the line.</param>
    public static ComputedInvoice Apply(ComputedInvoice computed, BillingFacts facts, long arriving, NodaTime.Instant now, IdSource ids)
    {
        if (!facts.Seller.CashRounding.TryGetValue(computed.Currency.Code, out var step))
        {
            return computed;
        }

        var due = Math.Max(computed.Totals.Total - arriving - Math.Max(facts.CreditBalance, 0), 0);
        var rounded = Rounding.ToMultiple(due, step);
        return rounded == due
            ? computed
            : computed with
            {
                Lines = computed.Lines.Add(Line(due, rounded, step, computed.Currency, now, ids)),
                Totals = computed.Totals with
                {
                    Subtotal = computed.Totals.Subtotal + rounded - due,
                    Total = computed.Totals.Total + rounded - due,
                },
            };
    }

    /// <summary>True for the line that rounds its document.</summary>
    public static bool IsRounding(InvoiceLine line) =>
        line.Draft.Kind is LineKind.Adjustment && line.Explain.Steps.Any(static step => step.Operation == "round_to");

    private static InvoiceLine Line(long due, long rounded, long step, Currency currency, NodaTime.Instant now, IdSource ids)
    {
        var explain = Explain.Empty
            .With(ExplainSteps.Given("What is due", due))
            .With(ExplainSteps.RoundTo(due, step, rounded))
            .With(ExplainSteps.Of(
                "subtract_billed", "Less what is due without rounding", rounded - due, ("amount", ExplainSteps.Text(rounded)), ("billed", ExplainSteps.Text(due))));
        var draft = new LineDraft(LineKind.Adjustment, $"Rounding to {new Money(step, currency)}", new Period(now, now), rounded - due, explain);
        return new InvoiceLine(ids.Next("line"), draft, DiscountAmount: 0, TaxAmount: 0, [], TaxInclusive: false, explain);
    }
}
