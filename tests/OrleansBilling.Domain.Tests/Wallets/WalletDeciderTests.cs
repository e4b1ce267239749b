using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Tests.Invoicing;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Tests.Wallets;

public sealed class WalletDeciderTests
{
    private static readonly Instant Day2 = Purse.Start + Duration.FromDays(1);
    private static readonly Instant Day10 = Purse.Start + Duration.FromDays(9);

    [Fact]
    public void Grants_are_used_by_priority_then_earliest_expiry_then_age()
    {
        var purse = Purse.OfMoney();
        var never = purse.Grant(100).Id;
        var soon = purse.Grant(100, expires: Day2).Id;
        var later = purse.Grant(100, expires: Day10).Id;
        var first = purse.Grant(100, priority: -1).Id;

        Assert.Null(purse.Debit(350));

        Assert.Equal(
            [(first, -100m), (soon, -100m), (later, -100m), (never, -50m)],
            purse.Movements.Where(movement => movement.Kind is MovementKind.Debited).Select(movement => (movement.Grant, movement.Amount)));
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(24 * 60 - 1, 100)]
    [InlineData(24 * 60, 0)]
    public void A_grant_counts_until_just_before_it_expires(int minutes, long available)
    {
        var purse = Purse.OfMoney();
        purse.Grant(100, expires: Day2);
        Assert.Equal(available, purse.At(Purse.Start + Duration.FromMinutes(minutes)).Available);
    }

    [Fact]
    public void A_grant_given_for_nothing_goes_through_promotional_credit_and_its_use_is_revenue()
    {
        var purse = Purse.OfMoney();
        purse.Grant(100, expires: Day2);
        purse.Debit(30);
        purse.At(Day2).Due();

        Assert.Equal((0, -30, 30, 0), (Prepaid(purse), purse.Booked(LedgerAccount.Revenue), purse.Booked(LedgerAccount.PromotionalCredit), purse.Booked(LedgerAccount.Breakage)));
    }

    [Fact]
    public void A_sold_grant_stands_on_an_invoice_with_tax_and_is_usable_once_that_is_paid()
    {
        var purse = Purse.OfMoney(Drafts.Facts(account: Drafts.Account(Drafts.Tax("20"))));
        var grant = purse.Grant(new GrantOrder(1000) { Price = 800 });
        Assert.Equal((GrantStatus.Pending, 0m), (grant.Status, purse.Available));
        Assert.Equal((800, 160, 960), (purse.Invoices[0].Totals.Subtotal, purse.Invoices[0].Totals.TaxTotal, purse.Invoices[0].Totals.Total));
        // The price is deferred from the issue on: the invoice books it as revenue, the sale moves it on.
        Assert.Equal((-800, 0), (Prepaid(purse), purse.Booked(LedgerAccount.Revenue)));

        purse.Sale(grant.Id, InvoiceStatus.Paid);
        Assert.Null(purse.Debit(250));
        Assert.Equal((750m, -600, -200), (purse.Available, Prepaid(purse), purse.Booked(LedgerAccount.Revenue)));
    }

    [Fact]
    public void The_cost_of_a_sold_grant_goes_with_its_use_and_ends_at_exactly_nothing()
    {
        var purse = Purse.OfTokens();
        var grant = purse.Grant(new GrantOrder(7) { Price = 1000 });
        purse.Sale(grant.Id, InvoiceStatus.Paid);
        for (var i = 0; i < 7; i++)
        {
            Assert.Null(purse.Debit(1));
        }

        Assert.Equal((0, -1000), (Prepaid(purse), purse.Booked(LedgerAccount.Revenue)));
        Assert.Equal([143, 143, 143, 143, 143, 143, 142], purse.Movements.Where(m => m.Kind is MovementKind.Debited).Select(m => (int)-m.Value));
    }

    [Fact]
    public void Sold_credit_that_expires_is_breakage()
    {
        var purse = Purse.OfMoney();
        var grant = purse.Grant(new GrantOrder(100) { Price = 60, ExpiresAt = Day2 });
        purse.Sale(grant.Id, InvoiceStatus.Paid);
        purse.Debit(50);
        purse.At(Day2).Due();
        Assert.Equal((0, -30), (Prepaid(purse), purse.Booked(LedgerAccount.Breakage)));
    }

    [Fact]
    public void A_wallet_has_so_many_grants_with_something_left_as_a_turn_may_read()
    {
        var purse = Purse.OfMoney();
        purse.Grant(1);
        var one = purse.State.Grants[0];
        var full = purse.State with { Grants = [.. Enumerable.Range(0, Wallet.MaxGrants).Select(i => one with { Id = $"grant_{i}" })] };
        OrleansBilling.Domain.Kernel.IdSource Ids() => new("full", purse.Now);
        Assert.Equal("too_many_grants", WalletDecider.Grant(full, new GrantOrder(1), purse.Billing, Ids(), purse.Now).Refusal!.Code);
        // What is used up, or lapses first, makes room.
        var room = full with { Grants = full.Grants.SetItem(7, one with { Id = "grant_7", Remaining = 0 }) };
        Assert.Null(WalletDecider.Grant(room, new GrantOrder(1), purse.Billing, Ids(), purse.Now).Refusal);
        var lapsing = full with { Grants = full.Grants.SetItem(7, one with { Id = "grant_7", ExpiresAt = purse.Now }) };
        Assert.Null(WalletDecider.Grant(lapsing, new GrantOrder(1), purse.Billing, Ids(), purse.Now).Refusal);
    }

    [Fact]
    public void A_voided_invoice_takes_its_grant_back_and_books_no_breakage()
    {
        var purse = Purse.OfMoney();
        var grant = purse.Grant(new GrantOrder(100) { Price = 60 });
        purse.Sale(grant.Id, InvoiceStatus.Void);
        purse.Due();
        Assert.Equal(GrantStatus.Voided, purse.State.Grants[0].Status);
        // What is left of the revenue of 60 is what the void of the invoice takes back.
        Assert.Equal((0, 0, -60), (Prepaid(purse), purse.Booked(LedgerAccount.Breakage), purse.Booked(LedgerAccount.Revenue)));
    }

    [Theory]
    [InlineData(null, null, 70, 100)]
    [InlineData(null, 150L, 70, 100)]
    [InlineData(null, 150L, -60, 150)]
    [InlineData(null, 150L, -20, 120)]
    [InlineData(50L, 150L, 70, 50)]
    [InlineData(50L, 150L, 30, 70)]
    public void A_reset_sets_a_recurring_grant_back(long? minimum, long? maximum, long used, long after)
    {
        var purse = Purse.OfMoney();
        var id = purse.Grant(new GrantOrder(100) { Recurrence = new(IntervalUnit.Month, 1), RolloverMinimum = minimum, RolloverMaximum = maximum }).Id;
        // A balance above the amount comes from an earlier, larger rollover: made here by a second grant's worth of time.
        if (used >= 0)
        {
            Assert.Null(purse.Debit(used));
        }
        else
        {
            purse = Raised(purse, id, -used);
        }

        purse.At(Instant.FromUtc(2026, 2, 1, 0, 0)).Due();

        Assert.Equal(after, purse.Available);
        purse.Check();
    }

    [Fact]
    public void A_rollover_with_a_maximum_below_the_amount_is_refused()
    {
        var purse = Purse.OfMoney();
        var refused = WalletDecider.Grant(
            purse.State, new GrantOrder(100) { Recurrence = new(IntervalUnit.Month, 1), RolloverMaximum = 99 }, purse.Billing, new("x", Purse.Start), Purse.Start);
        Assert.Equal("rollover_maximum_too_small", refused.Refusal!.Code);
    }

    [Fact]
    public void Resets_missed_in_an_outage_are_caught_up_from_the_anchor()
    {
        var purse = Purse.OfMoney().At(Instant.FromUtc(2026, 1, 31, 0, 0));
        purse.Grant(new GrantOrder(100) { Recurrence = new(IntervalUnit.Month, 1) });
        purse.At(Instant.FromUtc(2026, 5, 1, 0, 0)).Due();
        Assert.Equal(
            // One in the morning in Berlin, by summer time from the end of March on.
            [Instant.FromUtc(2026, 2, 28, 0, 0), Instant.FromUtc(2026, 3, 30, 23, 0), Instant.FromUtc(2026, 4, 29, 23, 0)],
            purse.Movements.Where(m => m.Kind is MovementKind.Reset).Select(m => m.At));
    }

    [Theory]
    [InlineData("{\"currency\":\"eur\"}", "currency_mismatch")]
    [InlineData("{}", "unit_or_currency")]
    [InlineData("{\"unit\":\"token\"}", "unit_value_needed")]
    [InlineData("{\"currency\":\"usd\",\"unit\":\"token\"}", "unit_or_currency")]
    public void A_wallet_that_cannot_be_is_refused(string json, string code)
    {
        var given = System.Text.Json.JsonDocument.Parse(json).RootElement;
        string? Text(string name) => given.TryGetProperty(name, out var value) ? value.GetString() : null;
        var refused = WalletDecider.Open(
            "wal_1", new WalletOrder { Currency = Text("currency"), Unit = Text("unit") }, Drafts.Facts().Account, new("x", Purse.Start), Purse.Start);
        Assert.Equal(code, refused.Refusal!.Code);
    }

    [Theory]
    [InlineData(10, 5, 0, 15)]
    [InlineData(10, 5, 10, 5)]
    [InlineData(10, 5, 11, 0)]
    [InlineData(0, 5, 0, 5)]
    public void A_top_up_is_sold_until_the_available_amount_is_above_the_bound(long below, long amount, long has, long bought)
    {
        var purse = new Purse(new WalletOrder { Currency = "usd", TopUp = new TopUp(below, amount) });
        if (has > 0)
        {
            purse.Grant(has);
        }

        purse.Due();
        purse.Due();

        Assert.Equal(bought, purse.Invoices.Sum(invoice => invoice.Totals.Subtotal));
        Assert.Equal(bought, purse.State.Pending);
    }

    [Theory]
    [InlineData("0.001", 999, "top_up_too_small")]
    [InlineData("0.001", 1000, null)]
    public void A_top_up_that_is_worth_less_than_a_minor_unit_is_refused(string unitValue, long amount, string? code)
    {
        var order = new WalletOrder { Unit = "token", UnitValue = decimal.Parse(unitValue, System.Globalization.CultureInfo.InvariantCulture), TopUp = new TopUp(0, amount) };
        Assert.Equal(code, WalletDecider.Open("wal_1", order, Drafts.Facts().Account, new("x", Purse.Start), Purse.Start).Refusal?.Code);
    }

    private static long Prepaid(Purse purse) => purse.Booked(LedgerAccount.PrepaidCredit);

    /// <summary>A purse whose recurring grant holds more than its amount: a first reset filled it from a larger minimum.</summary>
    private static Purse Raised(Purse purse, string id, long by)
    {
        var grant = purse.State.Grants.Single(one => one.Id == id);
        var raised = Purse.OfMoney();
        raised.Grant(new GrantOrder(grant.Amount + by) { Recurrence = grant.Recurrence, RolloverMinimum = grant.Amount, RolloverMaximum = grant.Rollover!.Maximum });
        return raised;
    }
}
