using NodaTime;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Tests.Wallets;

public sealed class HoldTests
{
    private static readonly Instant Day2 = Purse.Start + Duration.FromDays(1);

    [Fact]
    public void A_hold_pins_named_grants_and_cannot_be_overdrawn()
    {
        var purse = Purse.OfMoney();
        purse.Grant(60, expires: Day2);
        purse.Grant(60);

        Assert.Null(purse.Hold("hold_1", 80));
        Assert.Equal([60m, 20m], purse.State.Holds[0].Pins.Select(pin => pin.Amount));
        Assert.Equal("insufficient_credit", purse.Hold("hold_2", 41)!.Code);
        Assert.Equal("insufficient_credit", purse.Debit(41)!.Code);
        Assert.Null(purse.Hold("hold_3", 40));
        Assert.Equal(0m, purse.Available);
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(30, 70)]
    [InlineData(80, 20)]
    public void A_commit_uses_up_to_the_hold_and_gives_the_rest_back(long used, long left)
    {
        var purse = Purse.OfMoney();
        purse.Grant(100);
        purse.Hold("hold_1", 80);
        Assert.Null(purse.Commit("hold_1", used));
        Assert.Equal((left, HoldStatus.Committed), ((long)purse.Available, purse.State.Holds[0].Status));
        Assert.Equal("hold_ended", purse.Commit("hold_1", 1)!.Code);
        Assert.Equal("hold_ended", purse.Release("hold_1")!.Code);
    }

    [Theory]
    [InlineData(OverHold.Refuse, 90, "amount_above_hold", 20, 0)]
    [InlineData(OverHold.Charge, 90, null, 10, 0)]
    [InlineData(OverHold.Charge, 100, null, 0, 0)]
    [InlineData(OverHold.Charge, 107, null, 0, 7)]
    public void Above_the_hold_the_caller_decides(OverHold over, long amount, string? refused, long available, long onNextInvoice)
    {
        var purse = Purse.OfMoney();
        purse.Grant(100);
        purse.Hold("hold_1", 80);
        Assert.Equal(refused, purse.Commit("hold_1", amount, over)?.Code);
        Assert.Equal((available, onNextInvoice), (purse.Available, purse.Waiting.Sum(line => line.Draft.Amount)));
    }

    [Fact]
    public void Units_above_the_hold_are_billed_at_their_worth_rounded_once()
    {
        var purse = Purse.OfTokens(0.35m);
        purse.Grant(10);
        purse.Hold("hold_1", 10);
        Assert.Null(purse.Commit("hold_1", 20, OverHold.Charge));
        Assert.Equal((10m, 4), (purse.Waiting[0].Draft.Quantity!.Value, purse.Waiting[0].Draft.Amount));
    }

    [Fact]
    public void A_hold_ends_by_itself_and_what_it_held_is_available_from_that_instant()
    {
        var purse = Purse.OfMoney();
        purse.Grant(100);
        purse.Hold("hold_1", 100, Duration.FromMinutes(5));
        purse.At(Purse.Start + Duration.FromMinutes(5) - Duration.FromSeconds(1));
        Assert.Equal("insufficient_credit", purse.Hold("hold_2", 1)!.Code);
        purse.At(Purse.Start + Duration.FromMinutes(5));
        Assert.Null(purse.Hold("hold_3", 100));
        Assert.Equal("hold_ended", purse.Commit("hold_1", 1)!.Code);
    }

    [Fact]
    public void A_pinned_part_outlives_its_grants_expiry_and_lapses_when_it_is_released()
    {
        var purse = Purse.OfMoney();
        purse.Grant(100, expires: Day2);
        purse.Hold("hold_1", 60, Duration.FromDays(2));
        purse.Hold("hold_2", 30, Duration.FromDays(2));
        purse.At(Day2).Due();
        Assert.Equal((90m, 90m), (purse.State.Grants[0].Remaining, purse.State.Grants[0].Held));

        Assert.Null(purse.Commit("hold_1", 50));
        Assert.Equal((30m, 30m), (purse.State.Grants[0].Remaining, purse.State.Grants[0].Held));
        Assert.Null(purse.Release("hold_2"));
        Assert.Equal((0m, 0m), (purse.State.Grants[0].Remaining, purse.Available));
    }

    [Fact]
    public void A_pinned_part_outlives_a_reset_and_lapses_when_it_is_released()
    {
        var purse = Purse.OfMoney();
        purse.Grant(new GrantOrder(100) { Recurrence = new(IntervalUnit.Month, 1) });
        var february = Instant.FromUtc(2026, 2, 1, 0, 0);
        purse.At(february - Duration.FromHours(1));
        purse.Hold("hold_1", 60, Duration.FromDays(1));
        purse.At(february).Due();
        Assert.Equal((160m, 60m, 100m), (purse.State.Grants[0].Remaining, purse.State.Grants[0].Held, purse.Available));
        Assert.Null(purse.Release("hold_1"));
        Assert.Equal((100m, 100m), (purse.State.Grants[0].Remaining, purse.Available));
    }

    [Fact]
    public void A_voided_grant_keeps_what_is_held_until_the_hold_ends()
    {
        var purse = Purse.OfMoney();
        var grant = purse.Grant(100).Id;
        purse.Hold("hold_1", 60);
        Assert.Null(purse.Void(grant));
        Assert.Equal((60m, 0m), (purse.State.Grants[0].Remaining, purse.Available));
        Assert.Null(purse.Commit("hold_1", 60));
        Assert.Equal("grant_ended", purse.Void(grant)!.Code);
    }

    /// <summary>The void took the whole revenue of 60 back: what is deferred goes there, whenever it ends, and is no breakage.</summary>
    [Theory]
    [InlineData("release", false)]
    [InlineData("commit", false)]
    [InlineData("expire", false)]
    // The grant has expired with a part held when its invoice is voided.
    [InlineData("release", true)]
    public void What_was_held_of_a_grant_whose_invoice_is_void_ends_as_revenue_taken_back(string end, bool expired)
    {
        var purse = Purse.OfMoney();
        var grant = purse.Grant(new GrantOrder(100) { Price = 60, ExpiresAt = expired ? Day2 : null }).Id;
        purse.Sale(grant, InvoiceStatus.Paid);
        purse.Hold("hold_1", 100, Duration.FromDays(3));
        purse.At(Day2).Due();
        purse.Sale(grant, InvoiceStatus.Void);
        purse.Due();
        Assert.Equal((GrantStatus.Voided, 100m), (purse.State.Grants[0].Status, purse.State.Grants[0].Held));
        Assert.Null(end switch
        {
            "release" => purse.Release("hold_1"),
            "commit" => purse.Commit("hold_1", 100),
            _ => Expired(purse),
        });
        Assert.Equal((0m, 0), (purse.State.Grants[0].Remaining, purse.Booked(LedgerAccount.PrepaidCredit)));
        Assert.Equal((0, -60), (purse.Booked(LedgerAccount.Breakage), purse.Booked(LedgerAccount.Revenue)));
    }

    private static OrleansBilling.Domain.Kernel.Refusal? Expired(Purse purse)
    {
        purse.At(Day2 + Duration.FromDays(5)).Due();
        return null;
    }
}
