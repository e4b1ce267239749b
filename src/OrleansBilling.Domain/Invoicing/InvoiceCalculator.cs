using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>Lines with discount and tax, and their sums; not yet a document.</summary>
/// <param name="Lines">In the order of the drafts.</param>
/// <param name="Totals">Sums of the lines.</param>
/// <param name="Currency">The currency of all amounts.</param>
public sealed record ComputedInvoice(ImmutableArray<InvoiceLine> Lines, InvoiceTotals Totals, Currency Currency)
{
    /// <summary>What the use of prepaid credit writes; committed with the document.</summary>
    public Documents Prepaid { get; init; } = Documents.None;
}

/// <summary>
/// Turns drafts into complete lines and totals, step by step in the order of rules.md, "Invoices": discounts, wallet
/// credit, tax. Credit balance and payment come after the document (<see cref="InvoiceIssue"/>).
/// </summary>
public static class InvoiceCalculator
{
    /// <summary>Computes an invoice. No IO; previews and quotes run this very code.</summary>
    /// <param name="drafts">Rounded once each, in the order in which they shall be shown.</param>
    /// <param name="discounts">In the order in which their coupons were attached; each acts on what the former left.</param>
    /// <param name="tax">The account's tax settings; credits carry their own.</param>
    /// <param name="currency">The currency of all amounts.</param>
    /// <param name="ids">Gives the ids of the lines.</param>
    /// <param name="prepaid">What may pay the lines; null pays none.</param>
    /// <exception cref="OverflowException">The sums do not fit 64 bits.</exception>
    public static ComputedInvoice Compute(
        IReadOnlyList<LineDraft> drafts, IReadOnlyList<Discount> discounts, TaxSettings tax, Currency currency, IdSource ids, PrepaidUse? prepaid = null)
    {
        var lines = Start(drafts, tax, ids);
        CarriedDiscounts.Apply(lines);
        DiscountCalculator.Apply(lines, discounts);
        var used = PrepaidCalculator.Apply(lines, prepaid);
        TaxCalculator.Apply(lines, tax.Rounding);
        return Complete(lines, currency) with { Prepaid = used };
    }

    /// <summary>
    /// The drafts with their discounts, as lines that wait for a later document: the same steps as <see cref="Compute"/> up to
    /// the discounts. What is left is the document's.
    /// </summary>
    public static ImmutableArray<LineDraft> Discounted(
        IReadOnlyList<LineDraft> drafts, IReadOnlyList<Discount> discounts, TaxSettings tax, IdSource ids)
    {
        var lines = Start(drafts, tax, ids);
        CarriedDiscounts.Apply(lines);
        DiscountCalculator.Apply(lines, discounts);
        return
        [
            .. lines.Select(line => line.Draft with
            {
                Id = line.Id,
                HasWaited = true,
                CarriedDiscounts = [.. line.Discounts],
                Explain = line.Draft.Explain with { Steps = [.. line.Draft.Explain.Steps, .. line.Steps] },
            }),
        ];
    }

    private static LineInProgress[] Start(IReadOnlyList<LineDraft> drafts, TaxSettings tax, IdSource ids)
    {
        var lines = new LineInProgress[drafts.Count];
        for (var i = 0; i < lines.Length; i++)
        {
            var draft = drafts[i];
            lines[i] = new LineInProgress(draft.Id ?? ids.Next("line"), draft, draft.CarriedTaxRates ?? tax.RatesFor(draft.TaxCode), draft.CarriedInclusive ?? tax.Inclusive);
        }

        return lines;
    }

    private static ComputedInvoice Complete(LineInProgress[] inProgress, Currency currency)
    {
        var lines = ImmutableArray.CreateBuilder<InvoiceLine>(inProgress.Length);
        long subtotal = 0, discount = 0, wallet = 0, tax = 0, contained = 0;
        foreach (var line in inProgress)
        {
            var complete = line.Complete();
            lines.Add(complete);
            subtotal += line.Draft.Amount;
            discount += line.Discount;
            wallet += line.Wallet;
            tax += complete.TaxAmount;
            contained += complete.TaxInclusive ? complete.TaxAmount : 0;
        }

        var total = subtotal - discount - wallet + tax - contained;
        return new ComputedInvoice(lines.MoveToImmutable(), new InvoiceTotals(subtotal, discount, wallet, tax, contained, total), currency);
    }
}
