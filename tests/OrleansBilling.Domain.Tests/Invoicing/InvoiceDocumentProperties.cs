using CsCheck;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Ledger;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>What holds for every document, whatever its lines, rates and modes.</summary>
public sealed class InvoiceDocumentProperties
{
    private static readonly Gen<TaxRate> GenRate =
        Gen.Select(OneOf("vat", "city", "state"), Gen.Int[0, 30_000], (code, basis) => new TaxRate(code, basis / 1000m));

    private static readonly Gen<TaxSettings> GenTax = Gen.Select(
        Gen.Select(Gen.Int[0, 30_000].Array[0, 3], Gen.Bool, (basis, limited) =>
            string.Join(',', basis.Select((b, i) => (b / 1000m).ToString(System.Globalization.CultureInfo.InvariantCulture) + (limited && i == 0 ? ":food" : "")))),
        Gen.Bool,
        OneOf(TaxRounding.Document, TaxRounding.Line),
        Tax);

    private static readonly Gen<LineDraft> GenLine = Gen.Select(
        Gen.OneOf(Gen.Long[-50, 50], Gen.Long[-1_000_000, 1_000_000]),
        OneOf("food", null),
        Gen.Int[0, 100],
        Gen.Bool,
        GenRate.Array[0, 2],
        Gen.Bool,
        OneOf("base", "seats"),
        (amount, code, discount, carries, rates, inclusive, price) => carries && amount < 0
            ? Line(amount, code) with { Price = price, Kind = LineKind.ProrationCredit, CarriedDiscounts = Carried(amount * discount / 100), CarriedTaxRates = [.. rates.DistinctBy(r => r.Code)], CarriedInclusive = inclusive }
            : Line(amount, code) with { Plan = amount % 2 == 0 ? "pro" : "team", Price = price });

    private static readonly Gen<Discount[]> GenCoupons = Gen.Select(
        OneOf(true, true, false), Gen.Int[1, 100_000], Gen.Long[0, 300_000], OneOf("", "seats", "base", "pro", "pro/seats"),
        (percent, basis, amount, to) => (percent, basis, amount, to)).Array[0, 4].Select(drawn => drawn.Select((coupon, index) => coupon.percent
            ? Discount.Percent($"disc_{index}", $"c{index}", coupon.basis / 1000m, coupon.to.Length == 0 ? [] : [coupon.to])
            : Discount.Amount($"disc_{index}", $"c{index}", coupon.amount, coupon.to.Length == 0 ? [] : [coupon.to])).ToArray());

    private static readonly Gen<(TaxSettings Tax, Discount[] Coupons, LineDraft[] Lines)> GenDocument = Gen.Select(GenTax, GenCoupons, GenLine.Array[0, 8]);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    [Fact]
    public void Every_document_adds_up_and_explains_itself() => GenDocument.Sample(document =>
    {
        var computed = Compute(document.Tax, document.Coupons, document.Lines);
        var totals = computed.Totals;

        Assert.Equal(document.Lines.Sum(line => line.Amount), totals.Subtotal);
        Assert.Equal(totals.Total, computed.Lines.Sum(line => line.Total));
        Assert.Equal(totals.TaxTotal, computed.Lines.Sum(line => line.Taxes.Sum(tax => tax.Amount)));
        Assert.Equal(totals.TaxContained, computed.Lines.Where(line => line.TaxInclusive).Sum(line => line.TaxAmount));
        Assert.Equal(totals.Subtotal - totals.DiscountTotal + totals.TaxTotal - totals.TaxContained, totals.Total);
        ExplainEvaluator.Check(computed);
    });

    [Fact]
    public void Discounts_never_exceed_what_is_eligible_and_their_parts_sum_to_them() => GenDocument.Sample(document =>
    {
        var computed = Compute(document.Tax, document.Coupons, document.Lines);

        // Redone by hand, coupon after coupon, on what the former left.
        var net = document.Lines.Select(line => line.Amount - line.CarriedDiscount).ToArray();
        foreach (var coupon in document.Coupons)
        {
            bool Eligible(LineDraft line) => line.Amount > 0
                && (coupon.AppliesTo.IsEmpty || coupon.AppliesTo[0] == line.Price || coupon.AppliesTo[0] == line.Plan || coupon.AppliesTo[0] == line.Plan + "/" + line.Price);
            var eligible = document.Lines.Select((line, i) => Eligible(line) ? net[i] : 0).Sum();
            var parts = computed.Lines.Select(line => line.Discounts.Where(part => part.Discount == coupon.Id).Sum(part => part.Amount)).ToArray();
            Assert.Equal(
                coupon.PercentOff is { } percent ? (long)Math.Round(eligible * percent / 100m, MidpointRounding.AwayFromZero) : Math.Min(coupon.AmountLeft!.Value, eligible),
                parts.Sum());
            for (var i = 0; i < net.Length; i++)
            {
                Assert.True(parts[i] == 0 || Eligible(document.Lines[i]));
                Assert.InRange(parts[i], 0, Math.Max(net[i], 0));
                net[i] -= parts[i];
            }
        }

        Assert.Equal(net, computed.Lines.Select(line => line.Draft.Amount - line.DiscountAmount));
        Assert.Equal(computed.Totals.DiscountTotal, computed.Lines.Sum(line => line.Discounts.Sum(part => part.Amount)));
    });

    [Fact]
    public void A_percentage_of_100_leaves_nothing_of_what_it_applies_to_and_no_tax() => GenDocument.Sample(document =>
    {
        var computed = Compute(document.Tax, [.. document.Coupons, Discount.Percent("disc_all", "all", 100, [])], document.Lines);

        Assert.All(computed.Lines.Where(line => line.Draft.Amount > 0), line => Assert.Equal(line.Draft.Amount, line.DiscountAmount));
        if (document.Lines.All(line => line.Amount >= 0))
        {
            Assert.Equal((0, 0), (computed.Totals.Total, computed.Totals.TaxTotal));
        }
    });

    [Fact]
    public void Crediting_every_line_in_full_leaves_exactly_nothing() => GenDocument.Sample(document =>
    {
        var billed = Compute(document.Tax, document.Coupons, document.Lines);

        // Whatever the account's settings have become since.
        var credited = Compute(Tax("7", !document.Tax.Inclusive, document.Tax.Rounding), [.. billed.Lines.Select(line => CreditOf(line))]);

        Assert.Equal(billed.Lines.Select(line => -line.TaxAmount), credited.Lines.Select(line => line.TaxAmount));
        Assert.Equal(0, billed.Totals.Total + credited.Totals.Total);
        Assert.Equal(0, billed.Totals.TaxTotal + credited.Totals.TaxTotal);
    });

    [Fact]
    public void Issued_documents_balance_and_give_back_what_they_say() => Gen.Select(GenDocument, Gen.Long[0, 100_000], Gen.Long[0, 100_000]).Sample((document, balance, remaining) =>
    {
        LineDraft[] lines = [.. document.Lines.Select(line => line.Amount < 0 ? line with { CreditedInvoice = "inv_0" } : line)];
        var open = new Dictionary<string, CreditableInvoice> { ["inv_0"] = new("inv_0", InvoiceStatus.Open, remaining) };

        var documents = InvoiceIssue.Issue("inv_1", "sub_1", Compute(document.Tax, document.Coupons, lines), Facts(balance), Now, "change", Ids, open);

        var invoice = documents.Invoices[0];
        var postings = documents.Entries.SelectMany(entry => entry.Postings).ToList();
        Assert.All(postings, posting => Assert.True(posting.Amount > 0));
        Assert.All(postings, posting => Assert.NotEqual(posting.Debit, posting.Credit));
        var trial = TrialBalance.Of(postings);
        Assert.Equal(0, trial.Total);
        Assert.Equal(invoice.AmountDue, trial.Net(LedgerAccount.Receivable));
        Assert.Equal(-invoice.Totals.TaxTotal, trial.Net(LedgerAccount.TaxPayable));
        Assert.Equal(invoice.Totals.TaxTotal - invoice.Totals.Total, trial.Net(LedgerAccount.Revenue));
        Assert.Equal(-documents.CreditsSent.Sum(credit => credit.Amount), trial.Net(LedgerAccount.CreditInTransit));
        Assert.Equal(-documents.BalanceMoves.Sum(move => move.Amount), trial.Net(LedgerAccount.CustomerCredit));
        Assert.Equal(invoice.AmountDue, documents.Payments.Sum(payment => payment.Amount));
        Assert.InRange(documents.CreditsSent.Sum(credit => credit.Amount), 0, remaining);
    });
}
