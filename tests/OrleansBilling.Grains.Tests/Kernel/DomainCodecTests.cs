using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Orleans.Serialization;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Tests.Kernel;

/// <summary>Domain values travel in messages and come back as they were.</summary>
public sealed class DomainCodecTests
{
    private static readonly Instant Now = Instant.FromUtc(2024, 2, 29, 12, 30, 1);
    private static readonly ServiceProvider Services = new ServiceCollection().AddSerializer().AddBillingSerialization().BuildServiceProvider();

    [Fact]
    public void A_message_with_domain_members_comes_back_equal()
    {
        var sent = new CreateSubscription
        {
            Account = "acct_1",
            Plan = "pro",
            Quantities = ImmutableSortedDictionary<string, decimal>.Empty.Add("seat", 2.50m),
            StartAt = Now,
            Anchor = new DayOfMonthAnchor(31),
            Proration = ProrationPolicy.Day30,
        };
        var back = RoundTrip(sent);
        Assert.Equal(new DayOfMonthAnchor(31), back.Anchor);
        Assert.Equal(Now, back.StartAt);
        Assert.Equal(ProrationPolicy.Day30, back.Proration);
        Assert.Equal("2.50", back.Quantities["seat"].ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Facts_in_a_due_message_come_back_equal()
    {
        var facts = new AccountFacts(
            "acct_1", 3, Currency.Of("jpy"), "Asia/Tokyo", AccountFacts.LiveClock, TaxSettings.None, CollectionMode.SendInvoice, 14,
            InvoiceGrouping.Subscription, new PaymentMethodRef("pm_1", "sandbox", "tok_visa"), "default");
        var back = RoundTrip(new RunDue(Now, new BillingFacts(facts, 1200, DunningPolicy.Default), DueKind.Renewal));
        Assert.Equal(Now, back.Now);
        Assert.Equal(DueKind.Renewal, back.Kind);
        Assert.Equal(facts with { Tax = back.Facts!.Account.Tax }, back.Facts.Account);
        Assert.Equal(DunningPolicy.Default.RetryDays, back.Facts.Dunning.RetryDays);
        Assert.Same(Currency.Of("jpy"), back.Facts.Account.Currency);
    }

    [Fact]
    public void Due_keys_and_structs_come_back_equal()
    {
        var key = new DueKey("subscription", "sub_1", DueKind.Renewal);
        Assert.Equal([key], RoundTrip(new DueAnswer([key])).HandedOver);
        var period = new OrleansBilling.Domain.Schedule.Period(Now, Now + Duration.FromDays(3));
        Assert.Equal(period, RoundTrip(period));
        Assert.Equal(period, (OrleansBilling.Domain.Schedule.Period)RoundTrip<object>(period));
    }

    [Fact]
    public void A_copy_within_a_process_is_the_instance_itself()
    {
        var anchor = new AtAnchor(Now);
        Assert.Same(anchor, Services.GetRequiredService<DeepCopier>().Copy<AnchorRule>(anchor));
    }

    private static T RoundTrip<T>(T value)
    {
        var serializer = Services.GetRequiredService<Serializer>();
        return serializer.Deserialize<T>(serializer.SerializeToArray(value))!;
    }
}
