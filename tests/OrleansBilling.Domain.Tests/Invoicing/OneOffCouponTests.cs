using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Tests.Subscriptions;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>Coupons of invoices that are of no subscription.</summary>
public sealed class OneOffCouponTests
{
    [Fact]
    public void Coupons_reduce_a_one_off_invoice_in_order_and_are_redeemed_with_it()
    {
        var documents = Make(Promos.Percent(10), Promos.Amount(500, CouponDuration.Repeating, periods: 3)).Value;

        var invoice = documents.Invoices[0];
        Assert.Equal(new InvoiceTotals(2000, 730, 0, 254, 0, 1524), invoice.Totals);
        ExplainEvaluator.Check(invoice);
        Assert.Equal([("percent", "inv_1"), ("amount", "inv_1")], documents.Redemptions.Select(taken => (taken.Coupon, taken.Subject)));
        Assert.Equal(invoice.Lines[0].Discounts.Select(part => part.Discount), documents.Redemptions.Select(taken => taken.Id));
        Assert.Equal(2, documents.Events.Count(told => told.Type == "coupon.redeemed" && told.Subject == "inv_1"));
    }

    [Theory]
    [InlineData("twice", "coupon_attached")]
    [InlineData("archived", "coupon_archived")]
    [InlineData("exhausted", "coupon_exhausted")]
    [InlineData("limited", "coupon_applies_to_nothing")]
    [InlineData("euro", "coupon_wrong_currency")]
    [InlineData("one", null)]
    public void What_stands_against_a_coupon(string what, string? code)
    {
        var coupon = Promos.Amount(1);
        CouponFacts facts = what switch
        {
            "archived" => new(coupon, 0, Now),
            "exhausted" => new(coupon with { MaxRedemptions = 1 }, 1, null),
            "limited" => new(coupon.For("pro"), 0, null),
            "euro" => new(coupon with { Currency = Currency.Of("eur") }, 0, null),
            _ => new(coupon, 0, null),
        };

        Assert.Equal(code, Make(what == "twice" ? [facts, facts] : [facts]).Refusal?.Code);
    }

    [Fact]
    public void A_coupon_for_all_of_it_leaves_an_invoice_that_is_paid_at_once()
    {
        var documents = OneOffInvoice.Make(
            "inv_1", [new OneOffLine("Workshop") { Amount = 1500 }], [new CouponFacts(Promos.Amount(5000), 0, null)], issue: true,
            Facts(account: Account(Tax("20"))), Now, Ids).Value;

        Assert.Equal((0, 0, 0), (documents.Invoices[0].Totals.Total, documents.Invoices[0].Totals.TaxTotal, documents.Invoices[0].AmountDue));
        Assert.Empty(documents.Attempts);
    }

    [Fact]
    public void Coupons_and_reductions_together_may_not_make_the_total_negative() =>
        Assert.Equal("negative_total", Make(Promos.Amount(5000)).Refusal?.Code);

    private static Decided<Documents> Make(params Coupon[] coupons) => Make([.. coupons.Select(coupon => new CouponFacts(coupon, 0, null))]);

    private static Decided<Documents> Make(CouponFacts[] coupons) => OneOffInvoice.Make(
        "inv_1", [new OneOffLine("Workshop") { Amount = 1500 }, new OneOffLine("Books") { Amount = 800 }, new OneOffLine("Rebate") { Amount = -300 }],
        [.. coupons], issue: true, Facts(account: Account(Tax("20"))), Now, Ids);
}
