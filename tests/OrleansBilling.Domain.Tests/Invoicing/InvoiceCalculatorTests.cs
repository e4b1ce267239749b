using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing;

public sealed class InvoiceCalculatorTests
{
    [Theory]
    // Exclusive, one rate: the document rounds 3 x 0.495 = 1.485 once, lines round 0.495 three times to nothing.
    [InlineData("19", "1000", false, TaxRounding.Document, "190", 1190)]
    [InlineData("10", "5,5,5", false, TaxRounding.Document, "1,1,0", 17)]
    [InlineData("10", "5,5,5", false, TaxRounding.Line, "1,1,1", 18)]
    [InlineData("10", "4,4,4", false, TaxRounding.Document, "1,0,0", 13)]
    [InlineData("10", "4,4,4", false, TaxRounding.Line, "0,0,0", 12)]
    [InlineData("10", "15,4", false, TaxRounding.Document, "2,0", 21)]
    [InlineData("8.875", "1999", false, TaxRounding.Document, "177", 2176)]
    // Two rates on the same lines are rounded each on its own.
    [InlineData("5,9.975", "1000,333", false, TaxRounding.Document, "150,50", 1533)]
    // Credits beside charges at one rate.
    [InlineData("20", "-500,1000", false, TaxRounding.Document, "-100,200", 600)]
    [InlineData("20", "-1000,1000", false, TaxRounding.Document, "-200,200", 0)]
    [InlineData("5", "-10,10", false, TaxRounding.Document, "-1,1", 0)]
    // Inclusive: the tax lies inside the amounts.
    [InlineData("19", "1190", true, TaxRounding.Document, "190", 1190)]
    [InlineData("20", "100,100,100", true, TaxRounding.Document, "17,17,16", 300)]
    [InlineData("20", "100,100,100", true, TaxRounding.Line, "17,17,17", 300)]
    [InlineData("20", "-100", true, TaxRounding.Document, "-17", -100)]
    [InlineData("10,10", "1000", true, TaxRounding.Document, "167", 1000)]
    [InlineData("0", "1000", true, TaxRounding.Document, "0", 1000)]
    [InlineData("", "1000", false, TaxRounding.Document, "0", 1000)]
    public void Tax_of_lines(string rates, string amounts, bool inclusive, TaxRounding rounding, string taxes, long total)
    {
        var lines = amounts.Split(',').Select(amount => Line(long.Parse(amount))).ToArray();

        var computed = Compute(Tax(rates, inclusive, rounding), lines);

        Assert.Equal(taxes, string.Join(',', computed.Lines.Select(line => line.TaxAmount)));
        Assert.Equal(total, computed.Totals.Total);
        Assert.Equal(inclusive ? computed.Totals.TaxTotal : 0, computed.Totals.TaxContained);
        ExplainEvaluator.Check(computed);
    }

    [Fact]
    public void Inclusive_tax_is_split_over_the_rates_by_largest_remainder()
    {
        var line = Compute(Tax("10,10", inclusive: true), Line(1000)).Lines[0];

        Assert.Equal([84L, 83L], line.Taxes.Select(tax => tax.Amount));
    }

    [Fact]
    public void A_rate_with_tax_codes_applies_to_those_codes_only()
    {
        var computed = Compute(Tax("20:service,5:food"), Line(1000, "service"), Line(1000, "food"), Line(1000));

        Assert.Equal([200L, 50L, 0L], computed.Lines.Select(line => line.TaxAmount));
    }

    [Fact]
    public void An_exempt_account_pays_no_tax()
    {
        var computed = Compute(Tax("20") with { Exempt = true }, Line(1000));

        Assert.Equal(new InvoiceTotals(1000, 0, 0, 0, 0, 1000), computed.Totals);
    }

    [Fact]
    public void Credits_keep_the_rates_and_the_inclusiveness_of_the_line_they_take_back()
    {
        var before = Compute(Tax("19", inclusive: true), Line(1190)).Lines[0];

        var after = Compute(Tax("21"), CreditOf(before), Line(2000));

        Assert.Equal([-190L, 420L], after.Lines.Select(line => line.TaxAmount));
        Assert.Equal(new InvoiceTotals(810, 0, 0, 230, -190, 1230), after.Totals);
        ExplainEvaluator.Check(after);
    }

    [Fact]
    public void Credits_carry_their_share_of_the_discount()
    {
        var credit = Line(-1000) with { CarriedDiscounts = Carried(-100), CarriedTaxRates = [new TaxRate("vat", 20)], CarriedInclusive = false };

        var computed = Compute(TaxSettings.None, credit);

        Assert.Equal(new InvoiceTotals(-1000, -100, 0, -180, 0, -1080), computed.Totals);
        Assert.Equal(-100, computed.Lines[0].DiscountAmount);
        ExplainEvaluator.Check(computed);
    }

    [Fact]
    public void An_invoice_without_lines_is_nothing()
    {
        Assert.Equal(InvoiceTotals.Zero, Compute(Tax("20")).Totals);
    }
}
