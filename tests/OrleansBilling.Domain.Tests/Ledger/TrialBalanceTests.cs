using OrleansBilling.Domain.Ledger;

namespace OrleansBilling.Domain.Tests.Ledger;

public sealed class TrialBalanceTests
{
    [Fact]
    public void Sums_debits_and_credits_per_account_and_is_always_zero()
    {
        var trial = TrialBalance.Of(
        [
            new Posting(LedgerAccount.Receivable, LedgerAccount.Revenue, 1000),
            new Posting(LedgerAccount.Receivable, LedgerAccount.TaxPayable, 200),
            new Posting(LedgerAccount.GatewayClearing, LedgerAccount.Receivable, 1200),
        ]);

        Assert.Equal(0, trial.Total);
        Assert.Equal(
            ["accounts_receivable 1200 1200", "gateway_clearing 1200 0", "billed_revenue 0 1000", "tax_payable 0 200"],
            trial.Rows.Select(row => $"{row.Account.Code} {row.Debit} {row.Credit}"));
        Assert.Equal(0, trial.Net(LedgerAccount.Receivable));
        Assert.Equal(-1000, trial.Net(LedgerAccount.Revenue));
        Assert.Equal(0, trial.Net(LedgerAccount.BadDebt));
    }

    [Fact]
    public void Nothing_posted_is_an_empty_balance() => Assert.Empty(TrialBalance.Of([]).Rows);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Amounts_of_nought_or_less_are_refused(long amount) =>
        Assert.Throws<ArgumentException>(() => TrialBalance.Of([new Posting(LedgerAccount.Receivable, LedgerAccount.Revenue, amount)]));

    [Fact]
    public void A_row_that_names_one_account_twice_is_refused() =>
        Assert.Throws<ArgumentException>(() => TrialBalance.Of([new Posting(LedgerAccount.Revenue, LedgerAccount.Revenue, 1)]));

    [Fact]
    public void The_chart_is_closed_and_its_codes_are_unique()
    {
        Assert.Equal(LedgerAccount.All.Count, LedgerAccount.All.Select(account => account.Code).Distinct().Count());
        Assert.All(LedgerAccount.All, account => Assert.Same(account, LedgerAccount.Of(account.Code)));
        Assert.Throws<ArgumentException>(() => LedgerAccount.Of("petty_cash"));
    }
}
