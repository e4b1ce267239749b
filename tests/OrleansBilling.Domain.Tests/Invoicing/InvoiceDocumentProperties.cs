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
        (amount, code, discount, carries, rates, inclusive) => carries && amount < 0
            ? Line(amount, code) with { CarriedDiscount = amount * discount / 100, CarriedTaxRates = [.. rates.DistinctBy(r => r.Code)], CarriedInclusive = inclusive }
            : Line(amount, code));

    private static readonly Gen<(TaxSettings Tax, LineDraft[] Lines)> GenDocument = Gen.Select(GenTax, GenLine.Array[0, 8]);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    [Fact]
    public void Every_document_adds_up_and_explains_itself() => GenDocument.Sample(document =>
    {
        var computed = Compute(document.Tax, document.Lines);
        var totals = computed.Totals;

        Assert.Equal(document.Lines.Sum(line => line.Amount), totals.Subtotal);
        Assert.Equal(totals.Total, computed.Lines.Sum(line => line.Total));
        Assert.Equal(totals.TaxTotal, computed.Lines.Sum(line => line.Taxes.Sum(tax => tax.Amount)));
        Assert.Equal(totals.TaxContained, computed.Lines.Where(line => line.TaxInclusive).Sum(line => line.TaxAmount));
        Assert.Equal(totals.Subtotal - totals.DiscountTotal + totals.TaxTotal - totals.TaxContained, totals.Total);
        ExplainEvaluator.Check(computed);
    });

    [Fact]
    public void Crediting_every_line_in_full_leaves_exactly_nothing() => GenDocument.Sample(document =>
    {
        var billed = Compute(document.Tax, document.Lines);

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

        var documents = InvoiceIssue.Issue("inv_1", "sub_1", Compute(document.Tax, lines), Facts(balance), Now, "change", Ids, open);

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
