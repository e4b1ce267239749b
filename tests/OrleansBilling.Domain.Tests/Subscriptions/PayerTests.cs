using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>A paying parent: whose facts count, and where credits go when the payer changes.</summary>
public sealed class PayerTests
{
    private static readonly PlanVersion Pro = Named("pro", Life.Plan(prices: Life.Flat("base", 3000)));
    private static readonly PlanVersion Max = Named("max", Life.Plan(prices: Life.Flat("base", 6000)));

    [Fact]
    public void The_parents_tax_balance_method_terms_and_dunning_count_and_the_childs_time_zone()
    {
        var parent = Payer("acct_parent", balance: 500, tax: 10m);
        parent = parent with { Account = parent.Account with { TimeZone = "America/New_York", NetTermsDays = 14, DunningPolicy = "strict", LegalEntity = "acme" } };
        var life = new Life(Pro, "Asia/Tokyo").BilledTo(parent).Start("2026-03-31T15:00:00Z").Until("2026-04-30T15:00:00Z");

        var first = life.Invoices[0];
        Assert.Equal(("acct_parent", 3300L, 500L, 2800L), (first.Account, first.Totals.Total, first.CreditApplied, first.AmountDue));
        Assert.Equal(("pm_acct_parent", "strict", "acme", "sub_1"), (first.Facts.DefaultMethod!.Id, first.Facts.DunningPolicy, first.Facts.LegalEntity, first.Lines[0].Draft.Subscription));
        Assert.Equal(first.IssuedAt + NodaTime.Duration.FromDays(14), first.DueAt);
        // Months of Tokyo, where April begins nine hours early.
        Assert.Equal([Life.Utc("2026-03-31T15:00:00Z"), Life.Utc("2026-04-30T15:00:00Z")], life.Periods.Select(period => period.Start));
        Assert.All(life.Moves, move => Assert.Equal("acct_parent", move.Account));
        Assert.Equal("acct_1", life.State.Account);
    }

    [Theory]
    // The upgrade on day 11 of 30 gives the earlier payer 2000 of his 3000 and charges the new one 4000 of 6000.
    [InlineData(null, "acct_parent")]
    [InlineData("acct_parent", null)]
    [InlineData("acct_parent", "acct_other")]
    public void An_upgrade_after_a_change_of_payer_credits_the_old_one_and_charges_the_new_one(string? old, string? renewed)
    {
        var life = new Life(Pro).BilledTo(Payer(old)).Start("2026-04-01").BilledTo(Payer(renewed));
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);

        var (oldId, newId) = (old ?? "acct_1", renewed ?? "acct_1");
        Assert.Equal([(oldId, 3000L), (oldId, -2000L), (newId, 4000L)], life.Invoices.Select(invoice => (invoice.Account, invoice.Totals.Total)));
        Assert.Equal([2000L], life.Moves.Where(move => move.Account == oldId && move.Amount != 0).Select(move => move.Amount));
        Assert.Equal(life.Invoices[2].Id, life.State.LatestInvoice);

        // The end on day 21 gives back a third of what stands on the new payer's invoice, to him.
        life.BilledTo(life.Parent);
        Assert.True(life.Cancel("2026-04-21", Life.Utc("2026-04-21"), ProrationPolicy.Day).IsAccepted);
        Assert.Equal((newId, -2000L), (life.Invoices[3].Account, life.Invoices[3].Totals.Total));
        Assert.Equal((1000L, 2000L), (SumOf(life, oldId), SumOf(life, newId)));
    }

    [Fact]
    public void A_cancellation_after_a_change_of_payer_gives_all_to_the_old_ones_open_invoice()
    {
        var life = new Life(Pro).Start("2026-04-01");
        life.Standing[life.Invoices[0].Id] = new CreditableInvoice(life.Invoices[0].Id, InvoiceStatus.Open, 3000) { Account = "acct_1" };
        life.BilledTo(Payer("acct_parent"));
        Assert.True(life.Cancel("2026-04-16", Life.Utc("2026-04-16"), ProrationPolicy.Day).IsAccepted);

        Assert.Equal(["acct_1", "acct_1"], life.Invoices.Select(invoice => invoice.Account));
        var sent = Assert.Single(life.Sent);
        Assert.Equal(("acct_1", life.Invoices[0].Id, 1500L), (sent.Account, sent.Invoice, sent.Amount));
        Assert.DoesNotContain(life.Moves, move => move.Account == "acct_parent");
    }

    [Fact]
    public void The_old_payers_credit_bears_the_tax_of_his_line_and_the_charge_that_of_the_new_payer()
    {
        var life = new Life(Pro).BilledTo(Payer("acct_parent", tax: 20m)).Start("2026-04-01").BilledTo(Payer("acct_other", tax: 10m));
        Assert.True(life.Change("2026-04-11", Max, ProrationPolicy.Day).IsAccepted);

        Assert.Equal([("acct_parent", 3600L), ("acct_parent", -2400L), ("acct_other", 4400L)], life.Invoices.Select(invoice => (invoice.Account, invoice.Totals.Total)));
    }

    [Fact]
    public void What_is_credited_to_the_old_payer_counts_towards_a_minimum_though_the_new_payers_invoice_is_void()
    {
        var seats = Offers.Named("seats", Life.Plan(prices: Life.PerUnit("base", 1000))) with { Minimum = Life.Plan().Minimum.Add("usd", 9000) };
        var life = new Life(seats).Start("2026-04-01", order => order with { Quantities = Life.Quantity("base", 6) }).BilledTo(Payer("acct_parent"));
        Assert.True(life.Change("2026-04-16", null, ProrationPolicy.Day, order => order with { Quantities = Life.Quantity("base", 2) }).IsAccepted);
        Assert.Equal([("acct_1", 6000L), ("acct_1", -3000L), ("acct_parent", 1000L)], life.Invoices.Select(invoice => (invoice.Account, invoice.Totals.Total)));

        life.Standing[life.Invoices[2].Id] = new CreditableInvoice(life.Invoices[2].Id, InvoiceStatus.Void, 0) { Account = "acct_parent" };
        life.Until("2026-05-01");

        // Of 9000 there stand 6000 less 3000.
        Assert.Equal(6000, life.Invoices[3].Lines.Single(line => line.Draft.Kind is LineKind.Commitment).Draft.Amount);
    }

    [Fact]
    public void What_lines_cannot_do_while_another_pays_is_refused()
    {
        var life = new Life(Pro).BilledTo(Payer("acct_parent")).Start("2026-04-01");
        Assert.Equal("billed_to_another", life.Change("2026-04-11", Max, order: order => order with { Invoice = InvoiceTiming.Next }).Refusal?.Code);
        Assert.Equal("billed_to_another", life.Remove(Life.Utc("2026-04-11"), life.ItemOf("base").Id, Life.Utc("2026-04-11"), null, InvoiceTiming.Next).Refusal?.Code);
        Assert.Equal("billed_to_another", new Life(Pro).BilledTo(Payer("acct_parent")).Refused("2026-04-01", order => order with { RequiresPayment = true })?.Code);
        Assert.Equal(
            "billed_to_another",
            new Life(Pro).BilledTo(Payer("acct_parent")).Refused("2026-04-01", order => order with { PaymentMethod = new PaymentMethodRef("pm_2", "sandbox", "tok") })?.Code);
    }

    [Theory]
    [InlineData("acct_child", "usd", "live", null, false, "billed_to_itself")]
    [InlineData("acct_parent", "eur", "live", null, false, "payer_currency_differs")]
    [InlineData("acct_parent", "usd", "clock_1", null, false, "payer_clock_differs")]
    [InlineData("acct_parent", "usd", "live", "acct_top", false, "payer_is_billed_to_another")]
    [InlineData("acct_parent", "usd", "live", null, true, "account_pays_for_others")]
    [InlineData("acct_parent", "usd", "live", null, false, null)]
    public void A_payer_is_refused_where_money_could_not_be_his(string parent, string currency, string clock, string? top, bool pays, string? code)
    {
        var child = Payer("acct_child")!.Account with { BilledTo = parent };
        var payer = Payer(parent)!.Account with { Currency = Currency.Of(currency), Clock = clock, BilledTo = top };
        Assert.Equal(code, PayerRules.RefusalOf(child, payer, pays)?.Code);
    }

    [Fact]
    public void A_payer_that_does_not_exist_is_not_found() =>
        Assert.Equal("account_not_found", PayerRules.RefusalOf(Payer("acct_child").Account with { BilledTo = "acct_none" }, null, pays: false)?.Code);

    private static long SumOf(Life life, string account) => life.Invoices.Where(invoice => invoice.Account == account).Sum(invoice => invoice.Totals.Total);

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(account))]
    private static BillingFacts? Payer(string? account, long balance = 0, decimal tax = 0) => account is null ? null : new(
        new AccountFacts(
            account, 1, Currency.Of("usd"), "UTC", AccountFacts.LiveClock,
            tax == 0 ? TaxSettings.None : TaxSettings.None with { Rates = [new AccountTaxRate("vat", tax, [])] }, CollectionMode.Automatic, 0,
            InvoiceGrouping.Subscription, new PaymentMethodRef("pm_" + account, "sandbox", "tok_visa"), "default"),
        balance, DunningPolicy.Default);

    private static PlanVersion Named(string code, PlanVersion plan) => plan with { Code = code };
}
