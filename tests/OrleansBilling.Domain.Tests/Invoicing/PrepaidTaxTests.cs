using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Tests.Wallets;
using OrleansBilling.Domain.Wallets;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>Prepaid credit on a document whose credits bear other tax than its charges: the customer's rate has changed since.</summary>
public sealed class PrepaidTaxTests
{
    /// <summary>A charge of 6000 beside the credit of 3000 that was billed before the rate changed; the wallet could pay it all.</summary>
    [Theory]
    [InlineData("19", "19", 3000, 0)]
    // 6000 - 3570 are asked for; 3000 would leave 570 of prepaid credit as credit balance.
    [InlineData("", "19", 2430, 0)]
    // 7140 - 3630 = 3510, or 2949 before tax of 19 %.
    [InlineData("19", "21", 2949, 1)]
    // 7260 - 3570 = 3690, or 3049 before tax of 21 %.
    [InlineData("21", "19", 3049, 1)]
    [InlineData("19", "", 3478, 1)]
    public void It_pays_what_the_document_asks_for_with_tax_and_never_becomes_credit_balance(string rate, string former, long paid, long total)
    {
        var rows = new GrantRows().Wallet("wal_a", Now);
        rows.Grant("wal_a", new GrantOrder(100_000), Now);
        var credit = Line(-3000) with
        {
            CreditedLine = "line_before",
            CreditedInvoice = "inv_before",
            CarriedTaxRates = Tax(former).RatesFor(null),
            CarriedInclusive = false,
        };
        var ids = new IdSource("x", Now);
        var purse = Domain.Wallets.Purse.Open("acct_1", rows.Living, PaidLines.None, ids, Now)!;
        var computed = InvoiceCalculator.Compute([credit, Line(6000)], [], Tax(rate), Usd, ids, new PrepaidUse(purse, "inv_1"));

        ExplainEvaluator.Check(computed);
        Assert.Equal((paid, total), (computed.Totals.WalletApplied, computed.Totals.Total));
        rows.Keep(computed.Prepaid);
        Assert.Equal(paid, rows.PaidOf(computed.Lines[1].Id));
    }
}
