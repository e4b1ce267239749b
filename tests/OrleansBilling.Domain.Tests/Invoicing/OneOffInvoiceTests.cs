using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing;

public sealed class OneOffInvoiceTests
{
    [Fact]
    public void Lines_are_amounts_or_quantities_with_the_accounts_rates_or_their_own_and_explain_themselves()
    {
        var documents = Make(
            [
                new OneOffLine("Workshop") { Amount = 10_000 },
                new OneOffLine("Hours") { Quantity = 2.5m, UnitAmount = 333.333m },
                new OneOffLine("Books") { Amount = 2_000, TaxRates = [7m] },
                new OneOffLine("Export") { Amount = 500, TaxRates = [] },
                new OneOffLine("Rebate") { Amount = -1_000 },
            ]).Value;
        var invoice = Assert.Single(documents.Invoices);
        Assert.Equal([10_000, 833, 2_000, 500, -1_000], invoice.Lines.Select(line => line.Draft.Amount));
        Assert.Equal([2_000, 167, 140, 0, -200], invoice.Lines.Select(line => line.TaxAmount));
        Assert.All(invoice.Lines, line => Assert.Equal((LineKind.Adjustment, null), (line.Draft.Kind, line.Draft.Subscription)));
        Assert.Equal((OneOffInvoice.Cause, 14_440), (invoice.Cause, invoice.Totals.Total));
        ExplainEvaluator.Check(new ComputedInvoice(invoice.Lines, invoice.Totals, invoice.Facts.Currency));
        Assert.Equal(14_440, documents.Attempts[0].Attempt.Amount);
    }

    [Fact]
    public void A_draft_waits_for_a_call()
    {
        var documents = OneOffInvoice.Make("inv_1", [new OneOffLine("Later") { Amount = 100 }], [], issue: false, Facts, Now, Ids).Value;
        Assert.Equal((InvoiceStatus.Draft, null), (InvoiceIssue.StatusOf(documents.Invoices[0]), documents.Invoices[0].Draft!.FinalizeAt));
    }

    public static TheoryData<OneOffLine[], string> Refused => new()
    {
        { [new OneOffLine("Nothing")], "amount_or_quantity" },
        { [new OneOffLine("Both") { Amount = 1, Quantity = 1, UnitAmount = 1 }], "amount_or_quantity" },
        { [new OneOffLine("Half") { Quantity = 1 }], "amount_or_quantity" },
        { [new OneOffLine("Less") { Quantity = -1, UnitAmount = -100 }], "negative_quantity" },
        { [new OneOffLine("Twice") { Amount = 1, TaxRates = [7m, 7m] }], "duplicate_rate" },
        { [new OneOffLine("Huge") { Quantity = 1_000_000_000_000, UnitAmount = 1_000_000_000_000 }], "amount_too_large" },
        { [new OneOffLine("Less") { Amount = 100 }, new OneOffLine("Rebate") { Amount = -101 }], "negative_total" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Lines_that_cannot_be_are_refused(OneOffLine[] lines, string code) => Assert.Equal(code, Make([.. lines]).Refusal!.Code);

    private static BillingFacts Facts => new(
        Account(Tax("20")) with { DefaultMethod = new PaymentMethodRef("pm_1", "sandbox", "tok_visa") }, 0, DunningPolicy.Default);

    private static Decided<Documents> Make(ImmutableArray<OneOffLine> lines) => OneOffInvoice.Make("inv_1", lines, [], issue: true, Facts, Now, Ids);
}
