using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Tests.Wallets;

/// <summary>Random lives of a wallet: Purse checks after every turn that movements, rows and books agree.</summary>
public sealed class WalletProperties
{
    [Fact]
    public void Nothing_is_overspent_and_the_books_agree_whatever_happens() => Gen.Int.Sample(Live, iter: 100);

    private static void Live(int seed)
    {
        var random = new Random(seed);
        var purse = random.Next(2) == 0 ? Purse.OfMoney() : Purse.OfTokens(random.Next(1, 400) / 100m);
        for (var i = 0; i < 40; i++)
        {
            purse.At(purse.Now + Duration.FromMinutes(random.Next(0, 60 * 24 * 5)));
            Step(purse, random, i);
        }

        // Every hold ends and everything lapses or is used: then nothing is deferred any more.
        purse.At(purse.Now + Duration.FromDays(40)).Due();
        foreach (var grant in purse.State.Grants.Where(grant => grant.Status is GrantStatus.Active))
        {
            Assert.Null(purse.Void(grant.Id));
        }

        foreach (var grant in purse.State.Grants.Where(grant => grant.Status is GrantStatus.Pending))
        {
            purse.Sale(grant.Id, InvoiceStatus.Void);
        }

        purse.Due();
        Assert.Equal((0m, 0), (purse.State.Grants.Sum(grant => grant.Remaining), purse.Booked(LedgerAccount.PrepaidCredit)));
    }

    private static void Step(Purse purse, Random random, int step)
    {
        decimal Amount(int most) => purse.State.Wallet.IsMoney ? random.Next(1, most) : random.Next(1, most * 10) / 10m;
        var standing = purse.State.Holds.Where(hold => hold.Status is HoldStatus.Held).ToList();
        switch (random.Next(8))
        {
            case 0 or 1:
                var amount = Amount(500);
                purse.Grant(new GrantOrder(amount)
                {
                    Priority = random.Next(-1, 2),
                    ExpiresAt = random.Next(2) == 0 ? purse.Now + Duration.FromDays(random.Next(1, 30)) : null,
                    Recurrence = random.Next(4) == 0 ? new BillingInterval(IntervalUnit.Week, 1) : null,
                });
                break;
            case 2:
                var sold = purse.Grant(new GrantOrder(Amount(500)) { Price = random.Next(1, 300) });
                if (random.Next(3) > 0)
                {
                    purse.Sale(sold.Id, InvoiceStatus.Paid);
                }

                break;
            case 3 or 4:
                var refused = purse.Hold($"hold_{step}", Amount(300), Duration.FromHours(random.Next(1, 24 * 20)));
                Assert.True(refused is null || refused.Code == "insufficient_credit", refused?.Code);
                break;
            case 5 when standing.Count > 0:
                var hold = standing[random.Next(standing.Count)];
                purse.Commit(hold.Id, Math.Min(hold.Amount, Amount(300)), OverHold.Charge);
                break;
            case 6 when standing.Count > 0:
                purse.Release(standing[random.Next(standing.Count)].Id);
                break;
            default:
                purse.Debit(Amount(200));
                break;
        }
    }
}
