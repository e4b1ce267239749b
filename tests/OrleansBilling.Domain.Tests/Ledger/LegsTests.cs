using CsCheck;
using OrleansBilling.Domain.Ledger;

namespace OrleansBilling.Domain.Tests.Ledger;

public sealed class LegsTests
{
    [Fact]
    public void Legs_are_paired_in_order_into_as_few_rows_as_that_gives()
    {
        var legs = new Legs();
        legs.Add(LedgerAccount.Receivable, 1200);
        legs.Add(LedgerAccount.CustomerCredit, 0);
        legs.Add(LedgerAccount.Revenue, -1000);
        legs.Add(LedgerAccount.TaxPayable, -200);

        Assert.Equal(
            [
                new Posting(LedgerAccount.Receivable, LedgerAccount.Revenue, 1000),
                new Posting(LedgerAccount.Receivable, LedgerAccount.TaxPayable, 200),
            ],
            legs.Match());
    }

    [Fact]
    public void Legs_that_do_not_balance_are_an_error_of_the_program()
    {
        var legs = new Legs();
        legs.Add(LedgerAccount.Receivable, 1200);
        legs.Add(LedgerAccount.Revenue, -1199);

        Assert.Throws<InvalidOperationException>(legs.Match);
    }

    [Fact]
    public void Every_row_keeps_what_the_legs_say() => Gen.Long[-1000, 1000].Array[0, 8].Sample(amounts =>
    {
        var accounts = LedgerAccount.All;
        var legs = new Legs();
        for (var i = 0; i < amounts.Length; i++)
        {
            legs.Add(accounts[i], amounts[i]);
        }

        legs.Add(accounts[9], -amounts.Sum());
        var trial = TrialBalance.Of(legs.Match());

        Assert.Equal(0, trial.Total);
        for (var i = 0; i < amounts.Length; i++)
        {
            Assert.Equal(amounts[i], trial.Net(accounts[i]));
        }
    });
}
