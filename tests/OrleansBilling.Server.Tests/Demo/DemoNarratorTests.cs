using OrleansBilling.Server.Demo;
using static OrleansBilling.Server.Tests.Demo.DemoSamples;

namespace OrleansBilling.Server.Tests.Demo;

public sealed class DemoNarratorTests
{
    private readonly DemoNarrator _narrator = new();

    [Fact]
    public void Declines_are_numbered_and_say_when_the_next_try_is()
    {
        var told = Tell(
            Event("evt_1", "payment.failed", "pay_1", new { amount = 1900, decline_code = "insufficient_funds", next_retry_at = "2026-02-01T12:00:00Z" }),
            Event("evt_2", "payment.failed", "pay_1", new { amount = 1900, decline_code = "insufficient_funds", next_retry_at = (string?)null }, hours: 24),
            Event("evt_3", "payment.succeeded", "pay_1", new { amount = 1900 }, hours: 48));

        Assert.Equal(
            [
                "31 Jan, Zoe's Zoo: try 1 for 19.00 eur is declined (insufficient_funds); the next try is on 1 Feb.",
                "1 Feb, Zoe's Zoo: try 2 for 19.00 eur is declined (insufficient_funds); no further try follows.",
                "2 Feb, Zoe's Zoo: 19.00 eur is taken at try 3.",
            ],
            told);
    }

    [Fact]
    public void A_bank_debit_is_told_once_and_counted_when_it_settles()
    {
        var debit = Event("evt_1", "payment.processing", "pay_1", new { amount = 1900 });

        Assert.Equal(["31 Jan, Zoe's Zoo: a bank debit of 19.00 eur is on its way; the bank says in some days."], Tell(debit));
        Assert.Equal(["1 bank debit settled."], Tell(debit, Event("evt_2", "payment.succeeded", "pay_1", new { amount = 1900 }, hours: 120)));
    }

    [Fact]
    public void The_ordinary_is_counted_in_one_sentence() => Assert.Equal(
        ["2 subscriptions renewed, 1 invoice issued, 1 charged without a decline."],
        Tell(
            Event("evt_1", "subscription.renewed", "sub_1", new { }),
            Event("evt_2", "subscription.renewed", "sub_2", new { }),
            Event("evt_3", "invoice.issued", "inv_1", new { }),
            Event("evt_4", "payment.succeeded", "pay_1", new { amount = 1900 }),
            Event("evt_5", "invoice.paid", "inv_1", new { })));

    [Fact]
    public void Events_come_in_any_order_and_are_told_by_time() => Assert.Equal(
        [
            "31 Jan, Zoe's Zoo: cancels at the end of the period, on 28 Feb.",
            "1 Feb, Zoe's Zoo: takes the cancellation back.",
        ],
        Tell(
            Event("evt_2", "subscription.uncanceled", "sub_1", new { }, hours: 24),
            Event("evt_1", "subscription.cancellation_scheduled", "sub_1", new { cancel_at = "2026-02-28T12:00:00Z" })));

    [Fact]
    public void An_outcome_that_was_asked_for_again_is_told_once() => Assert.Equal(
        [
            "31 Jan, Zoe's Zoo: the gateway did not answer; asked again after 60 min it says that 19.00 eur was taken.",
            "2 invoices issued, 2 charged without a decline.",
        ],
        Tell(
            Event("evt_1", "invoice.issued", "inv_1", new { total = 1900, amount_due = 1900 }),
            Event("evt_2", "payment.succeeded", "pay_1", new { amount = 1900 }, hours: 1),
            Event("evt_3", "invoice.issued", "inv_2", new { total = 1900, amount_due = 1900 }, hours: 2),
            Event("evt_4", "payment.succeeded", "pay_2", new { amount = 1900 }, hours: 3)));

    [Fact]
    public void Credit_given_and_credit_used_are_told() => Assert.Equal(
        [
            "31 Jan, Zoe's Zoo: 858.00 eur for unused time is credited.",
            "31 Jan, Zoe's Zoo: 19.00 eur is paid from the credit balance.",
            "2 invoices issued.",
        ],
        Tell(
            Event("evt_1", "invoice.issued", "inv_1", new { total = -85800, amount_due = 0 }),
            Event("evt_2", "invoice.issued", "inv_2", new { total = 1900, amount_due = 0 }, hours: 1)));

    [Fact]
    public void Days_are_those_of_the_customer() => Assert.Equal("1 Feb", DemoNarrator.Day(Noon.AddHours(2), "Asia/Kamchatka"));

    [Fact]
    public void Of_one_instant_the_cause_is_told_first() => Assert.Equal(
        ["31 Jan, Zoe's Zoo: try 1 for 19.00 eur is declined (card_declined); no further try follows.", "31 Jan, Zoe's Zoo: the subscription is past due.", "1 invoice issued."],
        Tell(
            Event("evt_1", "subscription.past_due", "sub_1", new { }),
            Event("evt_2", "payment.failed", "pay_1", new { amount = 1900, decline_code = "card_declined" }),
            Event("evt_3", "invoice.issued", "inv_1", new { total = 1900, amount_due = 1900 })));

    [Fact]
    public void Others_are_not_told() => Assert.Empty(Tell(Event("evt_1", "subscription.unpaid", "sub_9", new { }, account: "acct_9")));

    private IReadOnlyList<string> Tell(params DemoEvent[] events) =>
        _narrator.Tell(events, account => account == "acct_1" ? "Zoe's Zoo" : null, _ => "Europe/Rome", _ => "eur");
}
