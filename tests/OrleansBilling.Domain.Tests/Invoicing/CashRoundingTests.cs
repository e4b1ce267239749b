using System.Collections.Immutable;
using CsCheck;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Domain.Tests.Invoicing.CreditNotes;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing;

public sealed class CashRoundingTests
{
    [Theory]
    // Total, credit balance, step: the line, what is due.
    [InlineData(1993, 0, 5, 2, 1995)]
    [InlineData(1992, 0, 5, -2, 1990)]
    [InlineData(1995, 0, 5, 0, 1995)]
    [InlineData(1950, 0, 100, 50, 2000)]
    [InlineData(1949, 0, 100, -49, 1900)]
    [InlineData(1003, 333, 5, 0, 670)]
    [InlineData(1003, 331, 5, -2, 670)]
    [InlineData(1003, 1003, 5, 0, 0)]
    [InlineData(1003, 5000, 5, 0, 0)]
    [InlineData(1003, 1001, 5, -2, 0)]
    [InlineData(2, 0, 5, -2, 0)]
    [InlineData(0, 0, 5, 0, 0)]
    [InlineData(-1993, 0, 5, 0, 0)]
    public void What_is_due_is_rounded_by_a_line_without_tax(long total, long balance, long step, long line, long due)
    {
        var documents = Issue(step, balance, Line(total));
        var invoice = documents.Invoices[0];
        Assert.Equal((due, total + line), (invoice.AmountDue, invoice.Totals.Total));
        if (line == 0)
        {
            Assert.Single(invoice.Lines);
            return;
        }

        var rounding = invoice.Lines[^1];
        Assert.Equal((LineKind.Adjustment, line, 0, null), (rounding.Draft.Kind, rounding.Draft.Amount, rounding.TaxAmount, rounding.Draft.Subscription));
        Assert.Empty(rounding.Taxes);
        ExplainEvaluator.Check(invoice);
    }

    [Fact]
    public void The_line_says_to_what_it_rounds_and_stands_last()
    {
        var invoice = Issue(5, 0, Line(1000), Line(993)).Invoices[0];
        Assert.Equal([1000, 993, 2], invoice.Lines.Select(line => line.Draft.Amount));
        Assert.Equal("Rounding to 0.05 usd", invoice.Lines[^1].Draft.Description);
    }

    [Fact]
    public void Without_a_step_for_the_currency_nothing_is_rounded()
    {
        var facts = Facts() with { Seller = SellerFacts.Default with { CashRounding = ImmutableSortedDictionary<string, long>.Empty.Add("chf", 5) } };
        Assert.Single(InvoiceIssue.Issue("inv_1", null, Compute(Tax("20"), Line(1001)), facts, Now, "one_off", Ids, new Dictionary<string, CreditableInvoice>()).Invoices[0].Lines);
    }

    [Fact]
    public void What_is_due_is_a_multiple_and_everything_adds_up() =>
        Gen.Select(Gen.Long[-100_000, 1_000_000], Gen.Long[0, 200_000], Gen.Long[2, 300], Gen.Int[0, 30]).Sample((total, balance, step, tax) =>
        {
            var documents = Issue(step, balance, Tax($"{tax}"), Line(total));
            var invoice = documents.Invoices[0];
            Assert.Equal(0, invoice.AmountDue % step);
            Assert.True(Math.Abs(invoice.Totals.Total - Compute(Tax($"{tax}"), Line(total)).Totals.Total) * 2 <= step);
            ExplainEvaluator.Check(invoice);
            var owed = documents.Entries.SelectMany(entry => entry.Postings).Where(row => row.Debit.Code == "accounts_receivable").Sum(row => row.Amount);
            Assert.Equal(Math.Max(invoice.Totals.Total, 0), owed);
        });

    [Theory]
    // Total, step, what of the one charge a note by lines takes: what it gives, what then is left to give.
    [InlineData(1992, 5, 1992, 1990, 0)]
    [InlineData(1992, 5, 1000, 1000, 990)]
    [InlineData(1992, 5, 1990, 1990, 0)]
    public void A_credit_that_closes_a_rounded_invoice_gives_exactly_what_was_asked(long total, long step, long amount, long given, long left)
    {
        var noted = Rounded(total, step);
        Assert.Null(noted.Of((0, amount)));
        Assert.Equal(given, noted.Credited);
        if (left > 0)
        {
            Assert.Null(noted.Amount(left));
        }

        Assert.Equal(noted.Invoice.Totals.Total, noted.Credited);
        Assert.NotNull(noted.Amount(1));
    }

    [Fact]
    public void A_credit_never_gives_more_than_a_rounded_invoice_asked()
    {
        Assert.Equal("credit_above_left", Rounded(1992, 5).Of((0, 1991)));
        Assert.Equal("credit_above_left", Rounded(1992, 5).Amount(1991));
        var down = Rounded(1992, 5);
        Assert.Null(down.Amount(1990));
        Assert.Equal([1992, -2], down.Notes[0].Select(line => line.Amount));
        var up = Rounded(1993, 5);
        Assert.Null(up.Amount(1995));
        Assert.Equal([1993, 2], up.Notes[0].Select(line => line.Amount));
    }

    [Fact]
    public void However_a_rounded_invoice_is_credited_it_comes_to_exactly_nothing() =>
        Gen.Select(Gen.Long[100, 50_000], Gen.Long[2, 100], Gen.Int[0, 30], Gen.Long[1, 20_000].Array[0, 4]).Sample((total, step, tax, parts) =>
        {
            var noted = Rounded(total, step, $"{tax}");
            foreach (var part in parts)
            {
                noted.Amount(part);
            }

            var rest = noted.Invoice.Totals.Total - noted.Credited;
            Assert.True(rest >= 0);
            Assert.True(rest == 0 || noted.Amount(rest) is null);
            Assert.Equal(noted.Invoice.Totals.Total, noted.Credited);
            for (var line = 0; line < noted.Invoice.Lines.Length; line++)
            {
                Assert.Equal((noted.Invoice.Lines[line].Draft.Amount, noted.Invoice.Lines[line].TaxAmount), (noted.TakenOf(line).Amount, noted.TakenOf(line).Taxes.Sum(taken => taken.Amount)));
            }
        });

    [Theory]
    [InlineData(7, 5, 5)]
    [InlineData(8, 5, 10)]
    [InlineData(-8, 5, -10)]
    [InlineData(150, 100, 200)]
    [InlineData(-150, 100, -200)]
    [InlineData(149, 100, 100)]
    [InlineData(0, 5, 0)]
    public void A_half_is_rounded_away_from_zero(long amount, long step, long rounded) => Assert.Equal(rounded, Domain.Kernel.Rounding.ToMultiple(amount, step));

    private static Noted Rounded(long total, long step, string tax = "") => new(CashRounding.Apply(Compute(Tax(tax), Line(total)), Rounding(step, 0), 0, Now, new IdSource("rounding", Now)));

    private static Domain.Accounts.BillingFacts Rounding(long step, long balance) =>
        Facts(balance) with { Seller = SellerFacts.Default with { CashRounding = ImmutableSortedDictionary<string, long>.Empty.Add("usd", step) } };

    private static Documents Issue(long step, long balance, params LineDraft[] lines) => Issue(step, balance, Tax(""), lines);

    private static Documents Issue(long step, long balance, Domain.Accounts.TaxSettings tax, params LineDraft[] lines) => InvoiceIssue.Issue(
        "inv_1", null, Compute(tax, lines), Rounding(step, balance), Now, "one_off", Ids, new Dictionary<string, CreditableInvoice>());
}
