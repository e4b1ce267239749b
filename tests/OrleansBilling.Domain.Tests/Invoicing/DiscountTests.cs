using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing;

public sealed class DiscountTests
{
    [Theory]
    [InlineData("20%", "1000", "200")]
    [InlineData("500", "1000", "500")]
    [InlineData("5000", "1000,200", "1000,200")]
    [InlineData("0.5%", "100", "1")]
    [InlineData("0.4%", "100", "0")]
    [InlineData("33.333%", "1000", "333")]
    [InlineData("100%", "1,2,3", "1,2,3")]
    // Spread over the lines in proportion to their net amounts; ties go to the earlier line.
    [InlineData("100", "1000,1000,1000", "34,33,33")]
    [InlineData("1", "5,5", "1,0")]
    [InlineData("10%", "105,95", "11,9")]
    [InlineData("100", "3000,1000", "75,25")]
    // In the order in which they were attached, each on what the former left.
    [InlineData("10%,500", "10000", "1500")]
    [InlineData("500,10%", "10000", "1450")]
    [InlineData("10%,10%", "10000", "1900")]
    [InlineData("9000,9000", "10000", "10000")]
    [InlineData("100%,50%", "10000", "10000")]
    // Never on credits and on other lines below zero.
    [InlineData("10%", "1000,-500", "100,0")]
    [InlineData("5000", "1000,-500", "1000,0")]
    [InlineData("10%", "-500", "0")]
    [InlineData("10%", "0,1000", "0,100")]
    public void What_coupons_take_off(string coupons, string amounts, string discounts)
    {
        var computed = Compute(TaxSettings.None, Coupons(coupons), [.. amounts.Split(',').Select(amount => Line(long.Parse(amount)))]);

        Assert.Equal(discounts, string.Join(',', computed.Lines.Select(line => line.DiscountAmount)));
        Assert.Equal(computed.Totals.Subtotal - computed.Totals.DiscountTotal, computed.Totals.Total);
        ExplainEvaluator.Check(computed);
    }

    [Theory]
    [InlineData("50%:base", "500,0,500")]
    [InlineData("50%:seats", "0,500,0")]
    [InlineData("50%:pro", "500,500,0")]
    [InlineData("50%:team/base", "0,0,500")]
    [InlineData("50%:pro/base+seats", "500,500,0")]
    [InlineData("50%:nothing", "0,0,0")]
    [InlineData("900:seats,200", "95,910,95")]
    public void A_coupon_may_be_limited_to_plans_and_prices(string coupons, string discounts)
    {
        LineDraft[] lines =
        [
            Line(1000) with { Plan = "pro", Price = "base" }, Line(1000) with { Plan = "pro", Price = "seats" }, Line(1000) with { Plan = "team", Price = "base" },
        ];

        var computed = Compute(TaxSettings.None, Coupons(coupons), lines);

        Assert.Equal(discounts, string.Join(',', computed.Lines.Select(line => line.DiscountAmount)));
        ExplainEvaluator.Check(computed);
    }

    [Fact]
    public void Tax_is_on_what_discounts_leave()
    {
        var computed = Compute(Tax("20"), Coupons("25%"), Line(1000));

        Assert.Equal(new InvoiceTotals(1000, 250, 0, 150, 0, 900), computed.Totals);
        ExplainEvaluator.Check(computed);
    }

    [Fact]
    public void Contained_tax_is_of_what_discounts_leave()
    {
        var computed = Compute(Tax("19", inclusive: true), Coupons("50%"), Line(2380));

        Assert.Equal(new InvoiceTotals(2380, 1190, 0, 190, 190, 1190), computed.Totals);
        ExplainEvaluator.Check(computed);
    }

    [Fact]
    public void A_line_says_which_coupons_made_its_discount()
    {
        var line = Compute(TaxSettings.None, Coupons("10%,500"), Line(10_000)).Lines[0];

        Assert.Equal([new LineDiscount("disc_1", "coupon1", 1000), new LineDiscount("disc_2", "coupon2", 500)], line.Discounts);
    }

    [Fact]
    public void A_credit_carries_the_discount_of_its_line_and_meets_no_coupon()
    {
        var billed = Compute(Tax("20"), Coupons("10%"), Line(1000)).Lines[0];

        var computed = Compute(Tax("20"), Coupons("50%"), CreditOf(billed), Line(600));

        Assert.Equal([-100L, 300L], computed.Lines.Select(line => line.DiscountAmount));
        Assert.Equal([new LineDiscount("disc_1", "coupon1", -100)], computed.Lines[0].Discounts);
        Assert.Equal(-1080 + 360, computed.Totals.Total);
        ExplainEvaluator.Check(computed);
    }
}
