using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>What else moves where a step after a change of payer makes two documents: coupons, drafts, what is seen.</summary>
public sealed class PayerChangeTests
{
    /// <summary>10.00 off each month: what is taken back on the earlier payer's document is given on the new one's.</summary>
    [Fact]
    public void A_coupon_gives_again_to_the_new_payer_what_was_taken_back_of_the_old_one()
    {
        var life = new Life(Pro).BilledTo(Payer("acct_old")).Start("2026-04-01", order => order.With(Promos.Amount(1000))).BilledTo(Payer("acct_new"));
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);
        // 3,000 less 1,000; of both two thirds come back; 4,000 less those 667.
        Assert.Equal(
            [("acct_old", 2000L, 1000L), ("acct_old", -1333L, -667L), ("acct_new", 3333L, 667L)],
            life.Invoices.Select(invoice => (invoice.Account, invoice.Totals.Total, invoice.Totals.DiscountTotal)));

        life.BilledTo(life.Parent);
        Assert.True(life.Change("2026-04-21", Ultra, ProrationPolicy.Day).IsAccepted);
        Assert.Equal(1000, life.Given("amount"));
        Assert.Equal(8000, life.Until("2026-05-01").Invoices[^1].Totals.Total);
    }

    /// <summary>The same with the old payer's first invoice void by then: its 10.00 and what was taken back of them count for nothing.</summary>
    [Fact]
    public void Of_a_void_invoice_of_the_old_payer_nothing_counts_for_the_new_one()
    {
        var life = new Life(Pro).BilledTo(Payer("acct_old")).Start("2026-04-01", order => order.With(Promos.Amount(1000))).BilledTo(Payer("acct_new"));
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);
        life.BilledTo(life.Parent);
        life.Standing[life.Invoices[0].Id] = life.Standing[life.Invoices[0].Id] with { Status = InvoiceStatus.Void };
        Assert.True(life.Change("2026-04-21", Ultra, ProrationPolicy.Day).IsAccepted);
        // Half of the 667 is taken back; 1,000 less the other half are left.
        Assert.Equal(1000 - 667 + 334, life.Invoices[^1].Lines.Single(line => line.Draft.Amount > 0).DiscountAmount);
    }

    [Theory]
    // Hours of grace of the old payer and of the new one; which of both documents are drafts.
    [InlineData(48, 0, "draft issued")]
    [InlineData(0, 48, "issued draft")]
    [InlineData(48, 24, "draft draft")]
    public void Each_document_is_a_draft_as_its_payer_says(int old, int renewed, string told)
    {
        var life = new Life(Pro).BilledTo(Payer("acct_old", old)).Start("2026-04-01").BilledTo(Payer("acct_new", renewed));
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);
        Assert.Equal(told, string.Join(' ', life.Invoices.Skip(1).Select(invoice => invoice.Draft is null ? "issued" : "draft")));
        Assert.Equal(
            new[] { old, renewed }.Where(hours => hours > 0).Select(hours => Life.Utc("2026-04-11") + NodaTime.Duration.FromHours(hours)),
            life.Invoices.Skip(1).Select(invoice => invoice.Draft?.FinalizeAt).OfType<NodaTime.Instant>());
    }

    [Fact]
    public void Both_documents_count_the_version_of_the_invoice_that_is_credited_once()
    {
        var seen = new List<InvoiceSeen>();
        var life = new Life(Pro) { Watch = (_, step) => seen = [.. step.Documents.InvoicesCredited] }
            .BilledTo(Payer("acct_old")).Start("2026-04-01", order => order.With(Promos.Amount(1000))).BilledTo(Payer("acct_new"));
        life.Standing[life.Invoices[0].Id] = life.Standing[life.Invoices[0].Id] with { Version = 9 };
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);
        Assert.Equal([new InvoiceSeen(life.Invoices[0].Id, 9)], seen);
    }

    private static BillingFacts Payer(string account, int graceHours = 0) => new(
        new AccountFacts(
            account, 1, Currency.Of("usd"), "UTC", AccountFacts.LiveClock, TaxSettings.None, CollectionMode.Automatic, 0,
            InvoiceGrouping.Subscription, new PaymentMethodRef("pm_" + account, "sandbox", "tok_visa"), "default")
        {
            InvoiceGraceHours = graceHours,
        },
        0, DunningPolicy.Default);
}
