using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Lines that wait for a subscription's next invoice: of changes told so, and made by hand.</summary>
public sealed class NextInvoiceTests
{
    private static readonly TaxSettings Vat = new([new AccountTaxRate("vat", 19m, [])], Inclusive: false, TaxRounding.Document, Exempt: false, TaxId: null);

    [Fact]
    public void A_change_billed_next_waits_for_the_renewal()
    {
        var life = new Life(Pro).Start("2024-04-01");
        Next(life, "2024-04-11", Max);
        Assert.Single(life.Invoices);
        Assert.Equal([-2000, 4000], life.Waiting.Select(line => line.Draft.Amount));
        life.Until("2024-05-01");
        Assert.Empty(life.Waiting);
        Assert.Equal([-2000, 4000, 6000], Amounts(life.Invoices[^1]));
        Assert.Equal("renewal", life.Invoices[^1].Cause);
        Assert.Equal(8000, life.Invoices[^1].Totals.Total);
    }

    [Theory]
    [InlineData(CollectionPauseBehavior.Uncollectible)]
    [InlineData(CollectionPauseBehavior.Open)]
    public void An_invoice_of_a_paused_collection_takes_no_line_of_the_account_alone(CollectionPauseBehavior behavior)
    {
        var life = new Life(Pro).Start("2024-04-01");
        life.AddToAccount("2024-04-05", new PendingLineOrder("Training") { Amount = 5000 });
        life.Add("2024-04-05", new PendingLineOrder("Setup") { Amount = 700 });
        Assert.True(life.PauseCollection("2024-04-06", behavior, until: "2024-05-02").IsAccepted);
        life.Until("2024-05-01");
        Assert.Equal([700, 3000], Amounts(life.Invoices[^1]).Order());
        Assert.Equal("Training", Assert.Single(life.Waiting).Draft.Description);
        life.Until("2024-06-01");
        Assert.Equal([3000, 5000], Amounts(life.Invoices[^1]).Order());
        Assert.Empty(life.Waiting);
    }

    [Fact]
    public void Two_changes_billed_next_in_one_period_credit_the_line_that_still_waits()
    {
        var life = new Life(Pro).Start("2024-04-01");
        Next(life, "2024-04-11", Max);
        Next(life, "2024-04-21", Ultra);
        Assert.Equal([-2000, 4000, -2000, 3000], life.Waiting.Select(line => line.Draft.Amount));
        Assert.Equal(life.Waiting[1].Draft.Id, life.Waiting[2].Draft.CreditedLine);
        Assert.Null(life.Waiting[2].Draft.CreditedInvoice);
        life.Until("2024-05-01");
        Assert.Equal([-2000, 4000, -2000, 3000, 9000], Amounts(life.Invoices[^1]));
        // Charge and credit stand on one document: it names no other invoice for that credit.
        Assert.Null(life.Invoices[^1].Lines[2].Draft.CreditedInvoice);
        Assert.Equal(life.Invoices[0].Id, life.Invoices[^1].Lines[0].Draft.CreditedInvoice);
    }

    [Fact]
    public void Items_added_and_removed_wait_for_the_next_invoice_too()
    {
        var life = new Life(Pro).Start("2024-04-01");
        Assert.True(life.Add(Life.Utc("2024-04-11"), Max, ProrationPolicy.Day, order => order with { Invoice = InvoiceTiming.Next }).IsAccepted);
        var added = life.State.Items.Single(item => item.Plan == Max.Code).Id;
        Assert.True(life.Remove(Life.Utc("2024-04-21"), added, Life.Utc("2024-04-21"), ProrationPolicy.Day, InvoiceTiming.Next).IsAccepted);
        Assert.Equal([4000, -2000], life.Waiting.Select(line => line.Draft.Amount));
        life.Until("2024-05-01");
        Assert.Equal([4000, -2000, 3000], Amounts(life.Invoices[^1]));
    }

    [Theory]
    [InlineData(InvoiceTiming.Now)]
    [InlineData(InvoiceTiming.Next)]
    public void A_coupon_gives_its_amount_once_per_period_also_on_lines_that_wait(InvoiceTiming timing)
    {
        var life = new Life(Pro).Start("2024-04-01", order => order.With(Promos.Amount(1000)));
        Assert.True(life.Change("2024-04-11", Max, ProrationPolicy.Day, order => order with { Invoice = timing }).IsAccepted);
        Assert.True(life.Change("2024-04-21", Ultra, ProrationPolicy.Day, order => order with { Invoice = timing }).IsAccepted);
        life.Until("2024-05-01");
        Assert.Equal(2000, life.Given("amount"));
        Assert.Equal(15000 - 2000, life.Invoices.Sum(invoice => invoice.Totals.Total));
        // The discount of a waiting line is fixed: the renewal's own coupon amount goes on the renewal's own line.
        Assert.Equal(1000, life.Invoices[^1].Lines[^1].DiscountAmount);
    }

    [Fact]
    public void A_coupon_that_a_voided_invoice_gave_on_waiting_lines_is_given_again()
    {
        var life = new Life(Pro).Start("2024-04-01");
        Assert.True(life.AddCoupon("2024-04-02", Promos.Amount(1000)).IsAccepted);
        Next(life, "2024-04-11", Max);
        Assert.Equal(1000, life.Waiting[^1].Draft.CarriedDiscount);
        Assert.True(life.Change("2024-04-16", Ultra, ProrationPolicy.Day).IsAccepted);
        life.Standing[life.Invoices[^1].Id] = new CreditableInvoice(life.Invoices[^1].Id, InvoiceStatus.Void, 0);
        Assert.True(life.Change("2024-04-21", Pro, ProrationPolicy.Day).IsAccepted);
        Assert.Equal(1000, life.Invoices[^1].Totals.DiscountTotal);
    }

    [Fact]
    public void A_change_billed_now_takes_what_waits_with_it()
    {
        var life = new Life(Pro).Start("2024-04-01");
        Next(life, "2024-04-11", Max);
        Assert.True(life.Change("2024-04-21", Ultra).IsAccepted);
        Assert.Empty(life.Waiting);
        Assert.Equal([-2000, 4000, -2000, 3000], Amounts(life.Invoices[^1]));
    }

    [Fact]
    public void A_line_invoiced_meanwhile_is_credited_on_its_invoice_with_the_tax_it_bears()
    {
        var life = new Life(Pro, tax: Vat).Start("2024-04-01");
        Next(life, "2024-04-11", Max);
        // Something bills before the renewal: the waiting charge is taken by that invoice.
        life.Add("2024-04-12", new PendingLineOrder("Hand") { Amount = 700 });
        Assert.True(life.Change("2024-04-16", null, ProrationPolicy.None, order => order with { Quantities = order.Quantities.Add("base", 2) }).IsAccepted);
        Assert.Equal(3, life.Waiting.Count);
        Assert.True(life.Change("2024-04-21", Team).IsAccepted);
        var taking = life.Invoices[^1];
        Assert.Contains(taking.Lines, line => line.Draft.Amount == 700);
        life.Tax(TaxSettings.None);
        Assert.True(life.Cancel("2024-04-26", Life.Utc("2024-04-26")).IsAccepted);
        var credits = life.Invoices[^1].Lines;
        Assert.All(credits, credit => Assert.Equal(taking.Id, credit.Draft.CreditedInvoice));
        Assert.All(credits, credit => Assert.Equal(19m, credit.Taxes.Single().Rate.Percentage));
    }

    [Fact]
    public void A_credit_that_waits_holds_the_invoice_that_it_credits_as_it_was_seen()
    {
        var life = new Life(Pro).Start("2024-04-01");
        var invoice = life.Invoices[0].Id;
        life.Standing[invoice] = new CreditableInvoice(invoice, InvoiceStatus.Paid, 0) { Version = 3 };
        var change = life.Change("2024-04-11", Max, order: order => order with { Invoice = InvoiceTiming.Next });
        Assert.Equal([new InvoiceSeen(invoice, 3)], change.Value.Documents.InvoicesCredited);
    }

    [Fact]
    public void An_end_bills_what_waits()
    {
        var life = new Life(Pro).Start("2024-04-01").Add("2024-04-02", new PendingLineOrder("Set-up") { Amount = 500 });
        Assert.True(life.Cancel("2024-04-10", at: null).IsAccepted);
        life.Until("2024-05-01");
        Assert.Equal(SubscriptionStatus.Canceled, life.State.Status);
        Assert.Equal([500], Amounts(life.Invoices[^1]));
        Assert.Equal(life.Invoices[^1].Id, life.State.LatestInvoice);
    }

    [Fact]
    public void An_end_credits_a_charge_that_still_waits_on_the_invoice_that_bills_it()
    {
        var life = new Life(Pro).Start("2024-04-01");
        Next(life, "2024-04-11", Max);
        Assert.True(life.Cancel("2024-04-21", Life.Utc("2024-04-21")).IsAccepted);
        Assert.Equal([-2000, 4000, -2000], Amounts(life.Invoices[^1]));
        Assert.Equal(3000, life.Invoices.Sum(invoice => invoice.Totals.Total));
        Assert.Empty(life.Waiting);
    }

    [Fact]
    public void An_end_after_failed_collection_bills_what_waits()
    {
        var life = new Life(Pro).Start("2024-04-01").Add("2024-04-02", new PendingLineOrder("Set-up") { Amount = 500 });
        life.Collection("2024-04-10", pastDue: true, exhausted: true, new(Code: "strict", [1], Domain.Dunning.DunningFinalAction.Cancel));
        Assert.Equal([500], Amounts(life.Invoices[^1]));
    }

    [Fact]
    public void A_waiting_credit_of_an_invoice_voided_meanwhile_is_dropped()
    {
        var life = new Life(Pro).Start("2024-04-01");
        Next(life, "2024-04-11", Max);
        life.Standing[life.Invoices[0].Id] = new CreditableInvoice(life.Invoices[0].Id, InvoiceStatus.Void, 0);
        life.Until("2024-05-01");
        Assert.Equal([4000, 6000], Amounts(life.Invoices[^1]));
        Assert.Empty(life.Waiting);
    }

    [Fact]
    public void Where_only_a_dropped_credit_waits_no_invoice_is_made()
    {
        var life = new Life(Named("free", Life.Plan(prices: Life.OneTime("setup", 3000)))).Start("2024-04-01");
        life.Waiting.Add(new PendingLine("acct_1", "usd", new LineDraft(LineKind.ProrationCredit, "Unused", life.State.CurrentPeriod, -100, Explain.Empty)
        {
            Id = "line_x", HasWaited = true, Subscription = "sub_1", Item = "item_x", CreditedLine = "line_y", CreditedInvoice = "inv_void",
        }, PendingSource.Change, Life.Utc("2024-04-02")));
        life.Standing["inv_void"] = new CreditableInvoice("inv_void", InvoiceStatus.Void, 0);
        life.Until("2024-05-01");
        Assert.Single(life.Invoices);
        Assert.Empty(life.Waiting);
    }

    [Fact]
    public void Tax_of_waiting_lines_is_the_documents()
    {
        var life = new Life(Named("odd", Life.Plan(prices: Life.Flat("base", 3))), tax: Vat).Start("2024-04-01");
        life.Add("2024-04-02", new PendingLineOrder("One") { Amount = 3 }).Add("2024-04-02", new PendingLineOrder("Two") { Amount = 3 }).Until("2024-05-01");
        // 19 % of 9 is 1.71: 2, where each line by itself would give 1 + 1 + 1.
        Assert.Equal(2, life.Invoices[^1].Totals.TaxTotal);
    }

    [Fact]
    public void A_renewal_without_lines_of_its_own_bills_what_waits_for_it()
    {
        var life = new Life(Named("once", Life.Plan(prices: Life.OneTime("setup", 3000)))).Start("2024-04-01");
        life.Add("2024-04-02", new PendingLineOrder("Hours") { Quantity = 1.5m, UnitAmount = 333m }).Until("2024-06-01");
        Assert.Equal([3000, 500], life.Invoices.Select(invoice => invoice.Totals.Total));
    }

    private static void Next(Life life, string now, Domain.Catalog.PlanVersion to) =>
        Assert.True(life.Change(now, to, ProrationPolicy.Day, order => order with { Invoice = InvoiceTiming.Next }).IsAccepted);

    private static IEnumerable<long> Amounts(Invoice invoice) => invoice.Lines.Select(line => line.Draft.Amount);
}
