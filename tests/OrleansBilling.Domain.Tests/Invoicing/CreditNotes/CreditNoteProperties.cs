using CsCheck;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using static OrleansBilling.Domain.Tests.Invoicing.CreditNotes.Noted;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing.CreditNotes;

/// <summary>What holds for every sequence of credit notes of every invoice.</summary>
public sealed class CreditNoteProperties
{
    private static readonly Gen<LineDraft> GenLine = Gen.Select(
        Gen.OneOf(Gen.Long[1, 12], Gen.Long[1, 500_000]), Gen.Int[0, 100], Gen.Bool,
        (amount, discount, discounted) => Discounted(amount, discounted ? amount * discount / 100 : 0));

    private static readonly Gen<ComputedInvoice> GenInvoice = Gen.Select(
        Gen.OneOf(Gen.Const(""), Gen.Const("19"), Gen.Const("7.7,2.5"), Gen.Const("50"), Gen.Const("8.875")),
        Gen.Bool, Gen.Bool, GenLine.Array[1, 6],
        (rates, inclusive, byLine, lines) => Compute(Tax(rates, inclusive, byLine ? TaxRounding.Line : TaxRounding.Document), lines));

    private static readonly Gen<ComputedInvoice> GenInvoiceWithReductions = Gen.Select(
        Gen.OneOf(Gen.Const("19"), Gen.Const("7.7,2.5"), Gen.Const("50"), Gen.Const("8.875")),
        // Pieces of a line of a few cents may have no room for the cent of tax that is left: seen once in some million lives.
        Gen.Bool, Gen.Bool, Gen.Long[100, 5_000].Array[1, 5], Gen.Long[1, 2_000].Array[1, 2],
        (rates, inclusive, byLine, charges, reductions) => Compute(
            Tax(rates, inclusive, byLine ? TaxRounding.Line : TaxRounding.Document),
            [.. charges.Select(amount => Line(amount)), .. reductions.Select(amount => Line(-amount))]));

    /// <summary>A step: bare or by line, which line, and per mille of what is left.</summary>
    private static readonly Gen<(bool Bare, int Line, int Share)> GenStep = Gen.Select(Gen.Bool, Gen.Int[0, 5], Gen.Int[1, 1000]);

    [Fact]
    public void A_fully_credited_invoice_is_exactly_zero_in_net_discount_and_tax_whatever_the_sequence() =>
        Gen.Select(GenInvoice, GenStep.Array[0, 12], Gen.Bool).Sample((invoice, steps, lastBare) =>
        {
            var noted = new Noted(invoice);
            foreach (var step in steps)
            {
                Apply(noted, step);
                Check(noted);
            }

            Close(noted, lastBare);
            Check(noted);
            Assert.Equal(0, noted.Left);
            Assert.Equal(invoice.Totals.Total, noted.Credited);
            for (var i = 0; i < invoice.Lines.Length; i++)
            {
                var (line, taken) = (invoice.Lines[i], noted.TakenOf(i));
                Assert.Equal((line.Draft.Amount, line.DiscountAmount), (taken.Amount, taken.Discount));
                foreach (var tax in line.Taxes)
                {
                    Assert.Equal(tax.Amount, taken.Taxes.Where(part => part.Rate == tax.Rate).Sum(part => part.Amount));
                }
            }
        });

    [Fact]
    public void An_invoice_with_reductions_that_is_credited_in_bare_amounts_to_its_total_is_zero_in_net_and_tax() =>
        Gen.Select(GenInvoiceWithReductions, Gen.Int[1, 1000].Array[0, 4]).Sample((invoice, shares) =>
        {
            // Where the reductions were rounded to more tax than the charges bear, no charge can take that back.
            if (invoice.Totals.Total <= 0 || invoice.Lines.SelectMany(line => line.Taxes).GroupBy(tax => tax.Rate).Any(rate => rate.Sum(tax => tax.Amount) < 0))
            {
                return;
            }

            var noted = new Noted(invoice);
            foreach (var share in shares)
            {
                var amount = (invoice.Totals.Total - noted.Credited) * share / 1000;
                Assert.Contains(noted.Amount(amount), (string?[])[null, "invalid_amount", "nothing_to_credit"]);
            }

            var rest = invoice.Totals.Total - noted.Credited;
            Assert.True(rest == 0 || noted.Amount(rest) is null);
            Assert.Equal(invoice.Totals.Total, noted.Credited);
            Assert.Equal(invoice.Totals.TaxTotal, noted.Notes.Sum(note => note.Sum(line => line.TaxAmount)));
            Assert.All(noted.Notes.SelectMany(note => note), line => Assert.True(line is { Amount: >= 0, TaxAmount: >= 0, Total: >= 0 }, line.ToString()));
        });

    [Fact]
    public void A_first_credit_has_its_share_of_the_tax_rounded_once() =>
        Gen.Select(GenLine, Gen.Int[1, 999], Gen.Bool).Sample((draft, share, inclusive) =>
        {
            var noted = new Noted(Compute(Tax("19", inclusive), draft));
            var line = noted.Invoice.Lines[0];
            var amount = Math.Max(1, draft.Amount * share / 1000);
            if (amount < draft.Amount && noted.Of((0, amount)) is null)
            {
                var exact = (decimal)line.TaxAmount * amount / draft.Amount;
                var bound = inclusive ? 1m : 0.5m;
                Assert.InRange(noted.Notes[0][0].TaxAmount, exact - bound, exact + bound);
            }
        });

    private static void Apply(Noted noted, (bool Bare, int Line, int Share) step)
    {
        if (step.Bare)
        {
            var amount = Math.Max(1, noted.Left * step.Share / 1000);
            var refused = noted.Amount(amount);
            Assert.Equal(noted.Left >= 0 && refused is null ? null : "credit_above_left", refused);
            if (refused is null)
            {
                Assert.Equal(amount, noted.Notes[^1].Sum(line => line.Total));
            }

            return;
        }

        var index = step.Line % noted.Invoice.Lines.Length;
        var left = noted.Invoice.Lines[index].Draft.Amount - noted.TakenOf(index).Amount;
        if (left > 0)
        {
            Assert.Contains(noted.Of((index, Math.Max(1, left * step.Share / 1000))), (string?[])[null, "nothing_to_credit"]);
        }
    }

    private static void Close(Noted noted, bool bare)
    {
        if (bare)
        {
            if (noted.Left > 0)
            {
                Assert.Null(noted.Amount(noted.Left));
            }
        }

        for (var i = 0; i < noted.Invoice.Lines.Length; i++)
        {
            var left = noted.Invoice.Lines[i].Draft.Amount - noted.TakenOf(i).Amount;
            if (left > 0)
            {
                Assert.Null(noted.Of((i, left)));
            }
        }

        // Tax that small pieces left on a line whose amount is gone.
        if (noted.Left > 0)
        {
            Assert.Null(noted.Amount(noted.Left));
        }
    }

    private static void Check(Noted noted)
    {
        foreach (var line in noted.Notes.SelectMany(note => note))
        {
            Assert.True(line is { Amount: >= 0, DiscountAmount: >= 0, TaxAmount: >= 0, Total: >= 0 }, line.ToString());
            Assert.Equal(line.TaxAmount, line.Taxes.Sum(tax => tax.Amount));
        }

        for (var i = 0; i < noted.Invoice.Lines.Length; i++)
        {
            var (billed, taken) = (noted.Invoice.Lines[i], noted.TakenOf(i));
            Assert.True(taken.Amount <= billed.Draft.Amount && taken.Discount <= billed.DiscountAmount);
            Assert.True(billed.Taxes.All(tax => taken.Taxes.Where(part => part.Rate == tax.Rate).Sum(part => part.Amount) <= tax.Amount));
            Assert.True(taken.Amount - taken.Discount <= billed.Draft.Amount - billed.DiscountAmount);
        }

        Assert.Equal(noted.Invoice.Totals.Total, noted.Credited + noted.Left);
    }
}
