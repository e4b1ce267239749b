using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>The old document goes, a new one bills the same lines by today's facts; the books of both come to the new one's.</summary>
public sealed class InvoiceReissueTests
{
    private static readonly ImmutableDictionary<string, CreditableInvoice> None = ImmutableDictionary<string, CreditableInvoice>.Empty;

    [Fact]
    public void The_same_lines_are_billed_by_todays_tax_and_the_old_document_is_reversed()
    {
        var (state, computed, entries) = Issued(Tax("20"), balance: 0, Line(10_000), Line(5_000));
        var reissued = Make(state, computed, Tax("10"), balance: 0).Value;
        Assert.Equal((InvoiceStatus.Void, state.Version + 1), (reissued.Old.State.Status, reissued.Old.State.Version));
        Assert.Equal((16_500, "reissue"), (reissued.New.Totals.Total, reissued.New.Cause));
        Assert.All(reissued.New.Lines, line => Assert.Equal((1, "reissue:inv_1"), (line.Draft.Revision, line.Draft.Cause)));
        Assert.Equal(computed.Lines.Select(line => line.Id).Order(), reissued.Lines.Keys.Order());
        ExplainEvaluator.Check(new ComputedInvoice(reissued.New.Lines, reissued.New.Totals, Usd));
        var books = TrialBalance.Of(entries.Concat(reissued.Documents.Entries).SelectMany(entry => entry.Postings));
        Assert.Equal((16_500, -15_000, -1_500), (books.Net(LedgerAccount.Receivable), books.Net(LedgerAccount.Revenue), books.Net(LedgerAccount.TaxPayable)));
        Assert.Contains(reissued.Documents.Events, told => told.Type == "invoice.reissued");
    }

    [Theory]
    // Taken by the old document, left on the balance; taken by the new one of 120.00, and what the balance moves by.
    [InlineData(3_000, 0, 3_000, 0)]
    [InlineData(3_000, 4_000, 7_000, -4_000)]
    [InlineData(12_000, 0, 12_000, 0)]
    public void Balance_that_the_old_document_took_is_there_for_the_new_one(long taken, long left, long applied, long moved)
    {
        var (state, computed, _) = Issued(Tax("20"), taken, Line(10_000));
        var reissued = Make(state, computed, Tax("20"), left).Value;
        Assert.Equal(applied, reissued.New.CreditApplied);
        Assert.Equal(moved, reissued.Documents.BalanceMoves.Sum(move => move.Amount));
        // The commit holds the balance that was read, not the one between the two documents.
        Assert.Equal(left, Assert.Single(reissued.Documents.BalanceMoves, move => move.Seen is not null).Seen);
    }

    [Fact]
    public void Credits_and_given_rates_keep_their_treatment_and_discounts_stay()
    {
        var billed = Compute(Tax("20"), Line(4_000));
        var given = Line(10_000) with { CarriedTaxRates = [new TaxRate("7", 7)], Explain = Line(10_000).Explain.With(OneOffInvoice.GivenRates, "given") };
        var discounted = Line(3_000) with { CarriedDiscounts = [new LineDiscount("disc_1", "off", 500)] };
        var (state, computed, _) = Issued(Tax("20"), 0, CreditOf(billed.Lines[0], "inv_0"), given, discounted);
        var reissued = Make(state, computed, Tax("10"), 0).Value;
        Assert.Equal([-800, 700, 250], reissued.New.Lines.Select(line => line.TaxAmount));
        Assert.Equal([0, 0, 500], reissued.New.Lines.Select(line => line.DiscountAmount));
        ExplainEvaluator.Check(new ComputedInvoice(reissued.New.Lines, reissued.New.Totals, Usd));
    }

    [Fact]
    public void A_credit_that_stands_beside_its_charge_bears_the_charges_new_tax()
    {
        // Taxed with the charge on one document, it named no other invoice; the account's prices contain no tax any more.
        var charge = Line(10_000) with { Id = "line_charge" };
        var credit = Line(-4_000) with { Kind = LineKind.ProrationCredit, CreditedLine = "line_charge" };
        var (state, computed, _) = Issued(Tax("20", inclusive: true), 0, charge, credit);
        var reissued = Make(state, computed, Tax("10"), 0).Value;
        Assert.Equal([1_000, -400], reissued.New.Lines.Select(line => line.TaxAmount));
        Assert.Equal(6_600, reissued.New.Totals.Total);
    }

    [Fact]
    public void A_document_that_was_paid_credited_or_gathered_is_not_issued_anew()
    {
        var (state, computed, _) = Issued(Tax("20"), 0, Line(10_000));
        Assert.Equal("lines_credited", Make(state with { CreditApplied = 100, CreditArrived = 100, CreditSettled = 100 }, computed, Tax("20"), 0).Refusal!.Code);
        Assert.Equal("lines_credited", Make(state, computed, Tax("20"), 0, arriving: 1).Refusal!.Code);
        Assert.Equal("lines_credited", Make(state with { CreditNotes = [new CreditNoteRef("cn_1", 0)] }, computed, Tax("20"), 0).Refusal!.Code);
        Assert.Equal("invoice_not_open", Make(state with { Status = InvoiceStatus.Void }, computed, Tax("20"), 0).Refusal!.Code);
        Assert.Equal("invoice_not_open", Make(state with { Status = InvoiceStatus.Draft }, computed, Tax("20"), 0).Refusal!.Code);
        var gathered = computed with { Lines = [.. computed.Lines.Select(line => line with { Draft = line.Draft with { Subscription = "sub_1" } })] };
        Assert.Equal("grouped_invoice", Make(state with { Subscription = null }, gathered, Tax("20"), 0).Refusal!.Code);
        var paid = new InvoiceScene(method: InvoiceScene.Visa);
        paid.Succeed();
        Assert.Equal("money_received", Make(paid.State, computed, Tax("20"), 0).Refusal!.Code);
    }

    private static BillingFacts Facts(TaxSettings tax, long balance) => new(Account(tax), balance, DunningPolicy.Default);

    private static (InvoiceState State, ComputedInvoice Computed, IEnumerable<JournalEntry> Entries) Issued(TaxSettings tax, long balance, params LineDraft[] lines)
    {
        var computed = Compute(tax, lines);
        var documents = InvoiceIssue.Issue("inv_1", null, computed, Facts(tax, balance), Now, "one_off", Ids, None);
        return (InvoiceIssue.InitialState(documents.Invoices[0]), computed, documents.Entries);
    }

    private static Decided<Reissued> Make(InvoiceState state, ComputedInvoice computed, TaxSettings tax, long balance, long arriving = 0) => InvoiceReissue.Make(
        state, computed.Lines, Facts(tax, balance), arriving, [], None, revision: 1, "reissue:inv_1", Now, new IdSource("again", Now));
}
