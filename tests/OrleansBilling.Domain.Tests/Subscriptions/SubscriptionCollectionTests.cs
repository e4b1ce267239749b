using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Subscriptions;

public sealed class SubscriptionCollectionTests
{
    [Theory]
    [InlineData(SubscriptionStatus.Active, false, false, null)]
    [InlineData(SubscriptionStatus.Active, true, false, SubscriptionStatus.PastDue)]
    [InlineData(SubscriptionStatus.Active, true, true, SubscriptionStatus.Unpaid)]
    [InlineData(SubscriptionStatus.PastDue, true, false, null)]
    [InlineData(SubscriptionStatus.PastDue, false, false, SubscriptionStatus.Active)]
    [InlineData(SubscriptionStatus.PastDue, true, true, SubscriptionStatus.Unpaid)]
    [InlineData(SubscriptionStatus.Unpaid, true, false, null)]
    [InlineData(SubscriptionStatus.Unpaid, true, true, null)]
    [InlineData(SubscriptionStatus.Unpaid, false, false, SubscriptionStatus.Active)]
    public void Standing_decides_the_status(SubscriptionStatus before, bool pastDue, bool exhausted, SubscriptionStatus? after)
    {
        var life = new Life(Life.Plan()).Start("2026-01-01");
        if (before is not SubscriptionStatus.Active)
        {
            life.Collection("2026-01-02", pastDue: true, exhausted: before is SubscriptionStatus.Unpaid);
        }

        Assert.Equal(after, life.Collection("2026-01-03", pastDue, exhausted)?.State.Status);
    }

    [Fact]
    public void A_policy_may_cancel_when_the_last_retry_has_failed()
    {
        var life = new Life(Life.Plan()).Start("2026-01-01");
        var policy = DunningPolicy.Default with { Final = DunningFinalAction.Cancel };
        Assert.Equal(SubscriptionStatus.Canceled, life.Collection("2026-01-08", pastDue: true, exhausted: true, policy)!.State.Status);
        Assert.Single(life.Invoices);
    }

    [Fact]
    public void An_unpaid_subscription_goes_on_making_invoices_that_nobody_is_charged_for()
    {
        var life = new Life(Life.Plan()).Start("2026-01-01");
        life.Collection("2026-01-08", pastDue: true, exhausted: true);
        life.Until("2026-02-01");
        Assert.Equal(Accounts.CollectionMode.SendInvoice, life.Invoices[1].Facts.Collection);
        Assert.Null(life.Invoices[1].Facts.DefaultMethod);
    }
}
