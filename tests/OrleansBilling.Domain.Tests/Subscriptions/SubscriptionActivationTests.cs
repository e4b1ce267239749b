using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Subscriptions that wait for their first payment, and invoices that are collected in a way of their own.</summary>
public sealed class SubscriptionActivationTests
{
    private static readonly CollectionFacts Facts = CollectionFacts.Of(null, DunningPolicy.Default);

    [Theory]
    [InlineData(InvoiceStatus.Paid, SubscriptionStatus.Active)]
    [InlineData(InvoiceStatus.Void, SubscriptionStatus.Canceled)]
    [InlineData(InvoiceStatus.Uncollectible, SubscriptionStatus.Canceled)]
    public void It_is_incomplete_until_its_first_invoice_is_paid_and_ends_with_it(InvoiceStatus outcome, SubscriptionStatus status)
    {
        var life = new Life(Pro).Start("2026-06-01", order => order with { RequiresPayment = true });
        Assert.Equal((SubscriptionStatus.Incomplete, life.Invoices[0].Id), (life.State.Status, life.State.AwaitedInvoice));
        Assert.Equal(Life.Utc("2026-06-01T23:00:00Z"), life.Invoices[0].Collecting.VoidAt);
        Assert.Empty(SubscriptionDueWork.Of(life.State));
        Assert.Equal("subscription_incomplete", life.Change("2026-06-01", Max).Refusal!.Code);
        Assert.Equal("subscription_incomplete", life.Pause("2026-06-01").Refusal!.Code);
        Assert.Equal("subscription_incomplete", life.PauseCollection("2026-06-01", CollectionPauseBehavior.Open).Refusal!.Code);
        Assert.Equal("subscription_already_paid", life.Trial("2026-06-01", "2026-06-10").Refusal!.Code);
        life.Awaited("2026-06-01T10:00:00Z", outcome);
        Assert.Equal((status, null), (life.State.Status, life.State.AwaitedInvoice));
        life.Until("2026-07-01");
        Assert.Equal(outcome is InvoiceStatus.Paid ? 2 : 1, life.Invoices.Count);
    }

    [Fact]
    public void A_payment_that_settles_after_whole_periods_activates_and_the_renewals_since_are_billed()
    {
        var life = new Life(Named("weekly", Life.Plan("week"))).Start("2026-06-01", order => order with { RequiresPayment = true });
        life.Until("2026-06-17");
        Assert.Single(life.Invoices);
        life.Awaited("2026-06-17", InvoiceStatus.Paid);
        life.Until("2026-06-17");
        Assert.Equal([3000, 3000, 3000], life.Invoices.Select(invoice => invoice.Totals.Total));
        Assert.All(life.Invoices.Skip(1), invoice => Assert.Equal(CollectionTerms.Ordinary, invoice.Collecting));
    }

    [Fact]
    public void Where_the_account_gathers_its_lines_the_awaited_and_the_paused_invoice_stand_alone()
    {
        var life = new Life(Pro).Gathering().Start("2026-06-01", order => order with { RequiresPayment = true });
        Assert.Equal(SubscriptionStatus.Incomplete, life.State.Status);
        Assert.Single(life.Invoices);
        life.Awaited("2026-06-01", InvoiceStatus.Paid);
        life.PauseCollection("2026-06-02", CollectionPauseBehavior.Open, "2026-08-01");
        life.Until("2026-08-02");
        // July stands alone and is held; August is gathered again.
        Assert.Equal([false, true], life.Invoices.Select(invoice => invoice.Collecting.Held));
    }

    [Fact]
    public void Part_of_the_money_received_by_hand_keeps_the_invoice_from_being_voided()
    {
        var life = new Life(Pro).Start("2026-06-01", order => order with { RequiresPayment = true });
        var state = InvoiceIssue.InitialState(life.Invoices[0]);
        var ids = new IdSource("test", Life.Utc("2026-06-01"));
        state = InvoiceDecider.RecordPayment(state, Facts, 1000, "r", "cash", ids, Life.Utc("2026-06-01T01:00:00Z")).Value.State;
        var before = InvoiceDecider.StepDue(state, Facts, ids, Life.Utc("2026-06-01T22:00:00Z"));
        Assert.Equal((InvoiceStatus.Open, Life.Utc("2026-06-01T23:00:00Z")), (before.State.Status, before.CollectAt));
        var after = InvoiceDecider.StepDue(before.State, Facts, ids, Life.Utc("2026-06-01T23:00:00Z"));
        Assert.Equal((InvoiceStatus.Open, CollectionStage.Current, true), (after.State.Status, after.State.Stage, after.State.Held));
        Assert.Null(after.CollectAt);
        // Without money it is voided, and its subscription told.
        var voided = InvoiceDecider.StepDue(InvoiceIssue.InitialState(life.Invoices[0]), Facts, ids, Life.Utc("2026-06-02"));
        Assert.Equal((InvoiceStatus.Void, true), (voided.State.Status, voided.CollectionChanged));
    }
}
