using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using static OrleansBilling.Domain.Tests.Invoicing.CreditNotes.Noted;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing.CreditNotes;

public sealed class CreditNoteCalculatorTests
{
    [Theory]
    // The line's amount, its discount and tax rates; the amounts credited one after the other; discount and tax of each.
    [InlineData(10_000, 0, "19", "3333,3333,3334", "0,0,0", "633,633,634")]
    [InlineData(10_000, 1_000, "19", "5000,5000", "500,500", "855,855")]
    [InlineData(100, 0, "19", "33,33,34", "0,0,0", "6,6,7")]
    [InlineData(10, 0, "10", "5,5", "0,0", "1,0")]
    // A half is rounded up each time until nothing is left; what closes the line takes what is left.
    [InlineData(4, 0, "50", "1,1,1,1", "0,0,0,0", "1,1,0,0")]
    [InlineData(5, 0, "40", "1,1,1,1,1", "0,0,0,0,0", "0,0,0,0,2")]
    // What stays of a line is never below zero: its discount is taken back in time.
    [InlineData(5, 2, "", "1,1,1,2", "0,0,0,2", "0,0,0,0")]
    // One that its discount has made free is closed by a note of nothing.
    [InlineData(4, 4, "", "4", "4", "0")]
    public void A_line_is_credited_piece_by_piece(long amount, long discount, string rates, string credits, string discounts, string taxes)
    {
        var noted = new Noted(Compute(Tax(rates), Discounted(amount, discount)));
        var made = credits.Split(',').Select(long.Parse).Select(credit =>
        {
            Assert.Null(noted.Of((0, credit)));
            return noted.Notes[^1].Single();
        }).ToList();
        Assert.Equal(discounts, string.Join(',', made.Select(line => line.DiscountAmount)));
        Assert.Equal(taxes, string.Join(',', made.Select(line => line.TaxAmount)));
    }

    [Fact]
    public void Credit_note_tax_is_rounded_once_per_document_and_its_rest_goes_to_the_largest_remainder()
    {
        // field.md: credit-note tax that differs from the invoice's. Three lines of 0.33 at 19 %: 0.0627 each, 0.19 on the document.
        var noted = new Noted(Compute(Tax("19"), Line(66), Line(66), Line(66)));
        Assert.Equal(38, noted.Invoice.Totals.TaxTotal);
        Assert.Null(noted.Of((0, 33), (1, 33), (2, 33)));
        Assert.Equal(19, noted.Notes[0].Sum(line => line.TaxAmount));
        Assert.Null(noted.Of((0, 33), (1, 33), (2, 33)));
        Assert.Equal(38, noted.Notes.Sum(note => note.Sum(line => line.TaxAmount)));
    }

    [Fact]
    public void A_document_rounded_by_line_is_credited_by_line()
    {
        var noted = new Noted(Compute(Tax("19", rounding: TaxRounding.Line), Line(66), Line(66), Line(66)));
        Assert.Equal(39, noted.Invoice.Totals.TaxTotal);
        Assert.Null(noted.Of((0, 33), (1, 33), (2, 33)));
        Assert.Equal([6, 6, 6], Assert.Single(noted.Notes).Select(line => line.TaxAmount - (line.TaxAmount > 6 ? 1 : 0)));
    }

    [Theory]
    // Two lines, rates, an amount with tax; net amounts and taxes that it makes.
    [InlineData(10_000, 5_000, "20", false, 9_000, "5000,2500", "1000,500")]
    [InlineData(10_000, 5_000, "20", false, 18_000, "10000,5000", "2000,1000")]
    [InlineData(10_000, 5_000, "20", true, 7_500, "5000,2500", "834,416")]
    [InlineData(100, 100, "", false, 1, "1", "0")]
    public void A_bare_amount_contains_its_tax_and_is_spread_over_what_is_left(
        long first, long second, string rates, bool inclusive, long amount, string amounts, string taxes)
    {
        var noted = new Noted(Compute(Tax(rates, inclusive), Line(first), Line(second)));
        Assert.Null(noted.Amount(amount));
        var note = noted.Notes[0];
        Assert.Equal(amounts, string.Join(',', note.Select(line => line.Amount)));
        Assert.Equal(taxes, string.Join(',', note.Select(line => line.TaxAmount)));
        Assert.Equal(amount, note.Sum(line => line.Total));
    }

    [Fact]
    public void Credits_above_what_is_left_are_refused_whatever_took_it()
    {
        var noted = new Noted(Compute(Tax("20"), Line(10_000), Line(5_000)));
        noted.Prorate(0, 4_000, 0, 800);
        Assert.Null(noted.Of((0, 1_000)));
        Assert.Equal("credit_above_left", noted.Of((0, 5_001)));
        Assert.Equal("credit_above_left", noted.Of((1, 5_000), (0, 5_001)));
        Assert.Equal(12_000, noted.Left);
        Assert.Equal("credit_above_left", noted.Amount(12_001));
        Assert.Null(noted.Amount(12_000));
        Assert.Equal("credit_above_left", noted.Amount(1));
        Assert.Equal("credit_above_left", noted.Of((0, 1)));
    }

    [Fact]
    public void The_note_that_closes_an_invoice_takes_the_remainders_that_proration_left_on_closed_lines()
    {
        // A proration credit took all of the first line, with a cent of tax too many by the rounding of its own document.
        var noted = new Noted(Compute(Tax("20"), Line(10_000), Line(5_000)));
        noted.Prorate(0, 10_000, 0, 2_001);
        Assert.Null(noted.Of((1, 5_000)));
        Assert.Equal([(0L, -1L), (5_000L, 1_000L)], noted.Notes[0].Select(line => (line.Amount, line.TaxAmount)));
        Assert.Equal(0, noted.Left);
    }

    [Fact]
    public void An_invoice_with_lines_below_zero_gives_back_at_most_its_total_by_a_bare_amount()
    {
        var noted = new Noted(Compute(Tax("20"), Line(10_000), Line(-4_000)));
        Assert.Equal("line_not_creditable", noted.Of((1, 1)));
        Assert.Equal("credit_above_left", noted.Amount(7_201));
        Assert.Null(noted.Amount(7_200));
        Assert.Equal([(6_000L, 1_200L)], noted.Notes[0].Select(line => (line.Amount, line.TaxAmount)));
    }

    [Theory]
    // A rate, whether it is contained, the lines of which the last reduces; what is credited before the rest.
    [InlineData("7.7", true, "80,1670,2360,1008,-48", "")]
    [InlineData("7.7", true, "80,1670,2360,1008,-48", "1000,1")]
    [InlineData("19", false, "33,33,33,-16", "")]
    [InlineData("19", false, "7,12,33,105,-16", "50")]
    public void What_closes_an_invoice_with_a_reduction_takes_the_tax_that_is_left(string rates, bool inclusive, string lines, string before)
    {
        var noted = new Noted(Compute(Tax(rates, inclusive), [.. lines.Split(',').Select(amount => Line(long.Parse(amount)))]));
        foreach (var amount in before.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.Null(noted.Amount(long.Parse(amount)));
        }

        Assert.Null(noted.Amount(noted.Invoice.Totals.Total - noted.Credited));
        Assert.Equal(noted.Invoice.Totals.Total, noted.Credited);
        Assert.Equal(noted.Invoice.Totals.TaxTotal, noted.Notes.Sum(note => note.Sum(line => line.TaxAmount)));
    }

    [Theory]
    [InlineData("19", false)]
    [InlineData("19", true)]
    public void All_that_is_left_of_the_charges_is_closed_where_proration_took_the_rest(string rates, bool inclusive)
    {
        var noted = new Noted(Compute(Tax(rates, inclusive), Line(500), Line(33), Line(-400)));
        noted.Prorate(0, 500, 0, inclusive ? 80 : 95);
        var left = noted.Left;
        Assert.Null(noted.Amount(Math.Min(left, noted.Invoice.Totals.Total - noted.Credited)));
        Assert.Equal([(33L, left)], noted.Notes[0].Select(line => (line.Amount, line.Total)));
    }

    [Fact]
    public void Where_only_the_charge_is_taxed_all_of_its_tax_goes_back_with_the_whole_invoice()
    {
        // 10,000 at 20 % and a reduction of 6,000 without tax: 6,000, of which 2,000 is tax.
        var noted = new Noted(Compute(Tax("20"), Line(10_000), Line(-6_000) with { CarriedTaxRates = [] }));
        Assert.Equal((6_000, 2_000), (noted.Invoice.Totals.Total, noted.Invoice.Totals.TaxTotal));
        Assert.Null(noted.Amount(6_000));
        Assert.Equal([(4_000L, 2_000L)], noted.Notes[0].Select(line => (line.Amount, line.TaxAmount)));
    }

    [Fact]
    public void Named_lines_give_back_at_most_what_reductions_left_of_them()
    {
        var noted = new Noted(Compute(Tax("20"), Line(10_000), Line(5_000), Line(-4_000)));
        Assert.Equal("credit_above_left", noted.Of((0, 10_000), (1, 5_000)));
        Assert.Null(noted.Of((0, 10_000)));
        Assert.Equal("credit_above_left", noted.Of((1, 1_001)));
        Assert.Null(noted.Of((1, 1_000)));
        Assert.Equal(noted.Invoice.Totals.Total, noted.Credited);
        Assert.Equal("credit_above_left", noted.Of((1, 1)));

        // A credit of another document's line took nothing off these.
        var billed = Compute(Tax("20"), Line(4_000));
        var beside = new Noted(Compute(Tax("20"), Line(10_000), CreditOf(billed.Lines[0], "inv_0")));
        Assert.Null(beside.Of((0, 10_000)));
    }

    [Fact]
    public void Orders_that_cannot_be_are_refused()
    {
        var noted = new Noted(Compute(Tax("20"), Line(10_000)));
        Assert.Equal("line_not_found", noted.Try(new CreditNoteOrder([new CreditNoteOrderLine("line_x", 1)], null, "r", CreditNoteSettlement.Credit)));
        Assert.Equal("duplicate_line", noted.Of((0, 1), (0, 1)));
        Assert.Equal("nothing_to_credit", new Noted(Compute(Tax("20"), Discounted(100, 100))).Of((0, 40)));
        Assert.Equal("invalid_amount", noted.Of((0, 0)));
        Assert.Equal("invalid_amount", noted.Amount(-1));
        Assert.Empty(noted.Notes);
    }
}
