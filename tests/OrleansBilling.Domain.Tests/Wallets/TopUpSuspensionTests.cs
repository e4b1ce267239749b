using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Tests.Wallets;

/// <summary>Automatic top-ups whose invoice comes to nothing are not sold again and again.</summary>
public sealed class TopUpSuspensionTests
{
    [Theory]
    [InlineData(InvoiceStatus.Void)]
    [InlineData(InvoiceStatus.Uncollectible)]
    public void A_top_up_that_nobody_pays_is_not_sold_again(InvoiceStatus end)
    {
        var purse = Bought();
        purse.Sale(purse.State.Grants[^1].Id, end);
        for (var day = 1; day < 4; day++)
        {
            purse.At(Purse.Start + Duration.FromDays(day)).Due();
        }

        Assert.Single(purse.Invoices);
    }

    [Theory]
    [InlineData(InvoiceStatus.Void)]
    [InlineData(InvoiceStatus.Uncollectible)]
    public void It_is_shown_and_ends_where_the_top_up_is_set_anew(InvoiceStatus end)
    {
        var purse = Bought();
        purse.Sale(purse.State.Grants[^1].Id, end);
        purse.At(Purse.Start + Duration.FromDays(1)).Due();
        Assert.Equal(purse.Now, purse.State.Wallet.TopUp!.SuspendedAt);
        Assert.Equal(2, purse.State.Wallet.Version);
        Assert.False(WalletDecider.NeedsTopUp(purse.State, purse.Now));

        // Another name leaves it as it is; the same top-up once more takes it up.
        purse.Update(wallet => wallet with { Name = "Other" });
        Assert.NotNull(purse.State.Wallet.TopUp!.SuspendedAt);
        purse.At(Purse.Start + Duration.FromDays(2)).Update(wallet => wallet with { TopUp = new TopUp(100, 500) });
        Assert.Null(purse.State.Wallet.TopUp!.SuspendedAt);
        purse.Due();
        Assert.Equal(2, purse.Invoices.Count);

        // What had failed before does not suspend it again; what is sold now does.
        purse.At(Purse.Start + Duration.FromDays(3)).Due();
        Assert.Null(purse.State.Wallet.TopUp!.SuspendedAt);
        purse.Sale(purse.State.Grants[^1].Id, InvoiceStatus.Void);
        purse.Due();
        Assert.Equal((2, (Instant?)purse.Now), (purse.Invoices.Count, purse.State.Wallet.TopUp!.SuspendedAt));
    }

    [Fact]
    public void A_grant_that_is_paid_takes_it_up_also_one_that_was_written_off()
    {
        var purse = Bought();
        purse.Sale(purse.State.Grants[^1].Id, InvoiceStatus.Uncollectible);
        purse.Due();
        Assert.NotNull(purse.State.Wallet.TopUp!.SuspendedAt);
        purse.Sale(purse.State.Grants[^1].Id, InvoiceStatus.Paid);
        purse.At(Purse.Start + Duration.FromDays(1)).Due();
        Assert.Equal((null, 500m, 1), (purse.State.Wallet.TopUp!.SuspendedAt, purse.Available, purse.Invoices.Count));
        Assert.Null(purse.Debit(450));
        purse.Due();
        Assert.Equal(2, purse.Invoices.Count);
    }

    [Fact]
    public void A_grant_sold_by_hand_that_is_voided_suspends_nothing()
    {
        var purse = new Purse(new WalletOrder { Currency = "usd", TopUp = new TopUp(100, 500) });
        purse.Grant(new GrantOrder(1000) { Price = 1000 });
        purse.Sale(purse.State.Grants[^1].Id, InvoiceStatus.Void);
        purse.Due();
        Assert.Null(purse.State.Wallet.TopUp!.SuspendedAt);
        Assert.Equal(2, purse.Invoices.Count);
    }

    private static Purse Bought()
    {
        var purse = new Purse(new WalletOrder { Currency = "usd", TopUp = new TopUp(100, 500) });
        purse.Due();
        Assert.Single(purse.Invoices);
        return purse;
    }
}
