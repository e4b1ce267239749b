using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Invoicing.CreditNotes;

/// <summary>Credit notes that late usage has ordered, in the turn of their invoice.</summary>
public sealed class OrderedNoteTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 2, 1, 0, 0);

    /// <summary>One line of 10,000 with 20 % on top, and what is ordered of it.</summary>
    private static LineDraft Order(long amount, string id = "line_ordered") => new(LineKind.Usage, "Less used", new Period(Start, Start + Duration.FromDays(28)), -amount, Explain.Empty)
    {
        Id = id,
        CreditedLine = "line_1",
        CreditedInvoice = "inv_1",
        Cause = "usagelate:1",
    };

    private static CreditableLine Billed(long taken = 0)
    {
        var rate = new TaxRate("vat", 20m);
        var line = new InvoiceLine(
            "line_1", new LineDraft(LineKind.Usage, "Calls", new Period(Start, Start + Duration.FromDays(28)), 10_000, Explain.Empty), 0, 2_000, [new LineTax(rate, 2_000)], false, Explain.Empty);
        return new CreditableLine(line, taken == 0 ? LineTaken.None : new LineTaken(taken, 0, 0, [new LineTax(rate, taken / 5)]));
    }

    private static Decided<InvoiceTurn> Make(InvoiceScene scene, long amount, long taken = 0) =>
        InvoiceDecider.IssueOrderedNote(scene.State, scene.Facts, [Billed(taken)], [Order(amount)], scene.Ids(), scene.Now);

    [Theory]
    [InlineData(0, 3_600, 0)]
    [InlineData(12_000, 0, 3_600)]
    [InlineData(10_000, 2_000, 1_600)]
    public void It_lowers_what_is_unpaid_first_and_the_rest_is_credit(long paid, long offset, long credit)
    {
        var scene = new InvoiceScene(automatic: false);
        if (paid > 0)
        {
            Assert.Null(scene.Try(InvoiceDecider.RecordPayment(scene.State, scene.Facts, paid, "wire", "bank", scene.Ids(), scene.Now)));
        }

        Assert.Null(scene.Try(Make(scene, 3_000)));

        var note = scene.Last!.Documents.CreditNotes.Single();
        Assert.Equal(("usage_corrected", 3_600, 600, offset, credit), (note.Reason, note.Total, note.TaxTotal, note.Offset, note.Credited));
        Assert.Equal(["line_ordered"], scene.Last.Documents.PendingDropped);
        Assert.Equal((credit, -credit), (scene.Balance, scene.In(LedgerAccount.CustomerCredit)));
        Assert.Equal(0, scene.Ledger.Values.Sum());
        Assert.NotNull(note.Lines[0].Explain);
    }

    [Fact]
    public void It_waits_for_a_payment_that_is_away_and_for_a_refund_without_a_note()
    {
        var away = new InvoiceScene(method: InvoiceScene.Visa);
        away.State = InvoiceDecider.AttemptSent(away.State, "att_1", away.Now);
        Assert.Equal("payment_in_progress", Make(away, 3_000).Refusal!.Code);

        var refunding = new InvoiceScene(automatic: false);
        Assert.Null(refunding.Try(InvoiceDecider.RecordPayment(refunding.State, refunding.Facts, 12_000, "wire", "bank", refunding.Ids(), refunding.Now)));
        refunding.State = refunding.State with { Refunds = [new Refund("re_1", refunding.State.Payments[0].Id, "inv_1", "acct_1", "usd", 100, RefundStatus.Pending, "asked", refunding.Now)] };
        Assert.Equal("refund_in_progress", Make(refunding, 3_000).Refusal!.Code);
    }

    [Fact]
    public void Money_that_went_back_without_a_note_is_documented_and_not_given_again()
    {
        var scene = new InvoiceScene(automatic: false);
        Assert.Null(scene.Try(InvoiceDecider.RecordPayment(scene.State, scene.Facts, 12_000, "wire", "bank", scene.Ids(), scene.Now)));
        Assert.Null(scene.Try(InvoiceDecider.RequestRefund(scene.State, scene.Facts, scene.State.Payments[0].Id, 3_000, "asked", "re_1", scene.Now)));

        Assert.Null(scene.Try(Make(scene, 3_000)));

        var note = scene.Last!.Documents.CreditNotes.Single();
        Assert.Equal((3_000, 600), (note.Matched, note.Credited));
    }

    [Fact]
    public void Of_a_void_invoice_nothing_is_given_and_nothing_waits_any_more()
    {
        var scene = new InvoiceScene(automatic: false);
        Assert.Null(scene.Try(InvoiceDecider.Void(scene.State, scene.Facts, scene.Now)));

        Assert.Null(scene.Try(Make(scene, 3_000)));

        Assert.Equal(["line_ordered"], scene.Last!.Documents.PendingDropped);
        Assert.Empty(scene.Last.Documents.CreditNotes);
        Assert.Empty(scene.Last.Documents.Entries);
    }

    [Fact]
    public void A_draft_bills_nothing_that_could_be_noted()
    {
        var scene = new InvoiceScene(automatic: false);
        scene.State = scene.State with { Status = InvoiceStatus.Draft };
        Assert.Equal("invoice_not_creditable", Make(scene, 3_000).Refusal!.Code);
    }

    [Fact]
    public void What_closes_the_line_takes_all_that_is_left_and_more_than_that_is_an_error()
    {
        var scene = new InvoiceScene(automatic: false);
        Assert.Null(scene.Try(Make(scene, 3_000, taken: 7_000)));
        Assert.Equal(3_600, scene.Last!.Documents.CreditNotes.Single().Total);

        Assert.Equal(InvoiceDecider.OrderedNoteWithoutRoom, Make(new InvoiceScene(automatic: false), 3_001, taken: 7_000).Refusal?.Code);
    }

    [Fact]
    public void What_lines_below_zero_took_off_the_document_is_no_bound()
    {
        // 10,000 of usage less 6,000 by hand: without the usage the customer would be owed the 6,000.
        var scene = new InvoiceScene(total: 4_000, tax: 0, automatic: false);
        var hand = new LineDraft(LineKind.Adjustment, "Sorry", new Period(Start, Start), -6_000, Explain.Empty);
        CreditableLine[] lines =
        [
            Billed() with { Line = Billed().Line with { TaxAmount = 0, Taxes = [] } },
            new CreditableLine(new InvoiceLine("line_2", hand, 0, 0, [], false, Explain.Empty), LineTaken.None),
        ];

        Assert.Null(scene.Try(InvoiceDecider.IssueOrderedNote(scene.State, scene.Facts, lines, [Order(10_000)], scene.Ids(), scene.Now)));

        var note = scene.Last!.Documents.CreditNotes.Single();
        Assert.Equal((10_000, 4_000, 6_000), (note.Total, note.Offset, note.Credited));
    }

    [Fact]
    public void Usage_that_was_free_by_its_discount_has_a_note_of_nothing()
    {
        var scene = new InvoiceScene(total: 0, tax: 0, automatic: false);
        scene.State = scene.State with { Status = InvoiceStatus.Paid };
        var free = Billed().Line with { DiscountAmount = 10_000, TaxAmount = 0, Taxes = [] };

        Assert.Null(scene.Try(InvoiceDecider.IssueOrderedNote(scene.State, scene.Facts, [new CreditableLine(free, LineTaken.None)], [Order(3_000)], scene.Ids(), scene.Now)));

        var note = scene.Last!.Documents.CreditNotes.Single();
        Assert.Equal((3_000, 3_000, 0), (note.Subtotal, note.DiscountTotal, note.Total));
    }
}
