using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Domain.Tests.Invoicing.CreditNotes;

/// <summary>Where the value of a credit note goes, and that the books follow: an invoice of 120.00 with 20.00 of tax.</summary>
public sealed class CreditNoteSettlementTests
{
    [Theory]
    // Taken from the balance at issue, received outside the gateways, credited; what it settles.
    [InlineData(0, 0, 4_000, CreditNoteSettlement.Refund, 4_000, 0, 0)]
    [InlineData(0, 0, 12_000, CreditNoteSettlement.Credit, 12_000, 0, 0)]
    [InlineData(0, 5_000, 9_000, CreditNoteSettlement.Refund, 7_000, 2_000, 0)]
    [InlineData(0, 5_000, 9_000, CreditNoteSettlement.Credit, 7_000, 0, 2_000)]
    [InlineData(0, 12_000, 3_000, CreditNoteSettlement.Offset, 0, 0, 3_000)]
    [InlineData(9_000, 3_000, 12_000, CreditNoteSettlement.Refund, 0, 3_000, 9_000)]
    [InlineData(9_000, 1_000, 12_000, CreditNoteSettlement.Refund, 2_000, 1_000, 9_000)]
    public void The_unpaid_part_is_settled_first_then_money_and_the_rest_is_credit(
        long balance, long received, long credited, CreditNoteSettlement settle, long offset, long refund, long credit)
    {
        var scene = Paid(balance, received);
        var before = scene.Balance;
        Assert.Null(scene.Note(credited, settle));
        var note = scene.Notes[0];
        Assert.Equal((offset, refund, credit), (note.Offset, note.Refunded, note.Credited));
        Assert.Equal(credited, note.Total);
        Assert.Equal(12_000 - balance - received - offset, scene.State.AmountRemaining);
        Assert.Equal(before + credit, scene.Balance);
        Assert.Equal(received - refund, scene.In(LedgerAccount.OffGateway));
        Assert.Equal(scene.State.AmountRemaining, scene.In(LedgerAccount.Receivable));
        Assert.Equal(-scene.Balance, scene.In(LedgerAccount.CustomerCredit));
        Assert.Equal((0, 0), (scene.In(LedgerAccount.Refunds), scene.In(LedgerAccount.RefundsPayable)));
        Assert.Equal(0, scene.Ledger.Values.Sum());
        Assert.Equal(scene.State.AmountRemaining == 0 ? InvoiceStatus.Paid : InvoiceStatus.Open, scene.State.Status);
        Assert.Contains("credit_note.issued", scene.Told);
    }

    [Fact]
    public void A_refund_at_the_gateway_is_owed_until_it_has_gone_and_becomes_credit_where_it_fails()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Succeed();
        Assert.Null(scene.Note(6_000, CreditNoteSettlement.Refund));
        var refund = Assert.Single(scene.State.Refunds);
        Assert.Equal((RefundStatus.Pending, scene.Notes[0].Id), (refund.Status, refund.CreditNote));
        Assert.NotNull(scene.Last!.RefundAt);
        Assert.Equal((12_000, -6_000), (scene.In(LedgerAccount.GatewayClearing), scene.In(LedgerAccount.RefundsPayable)));
        scene.Do(InvoiceDecider.RefundOutcome(scene.State, scene.Facts, refund.Id, new AttemptOutcome.Succeeded("rf"), scene.Now));
        Assert.Equal((6_000, 0, 0), (scene.In(LedgerAccount.GatewayClearing), scene.In(LedgerAccount.RefundsPayable), scene.In(LedgerAccount.Refunds)));

        Assert.Null(scene.Note(6_000, CreditNoteSettlement.Refund));
        scene.Do(InvoiceDecider.RefundOutcome(scene.State, scene.Facts, scene.State.Refunds[^1].Id, new AttemptOutcome.Declined("charge_disputed", null, null), scene.Now));
        Assert.Equal((6_000, 0, 6_000), (scene.In(LedgerAccount.GatewayClearing), scene.In(LedgerAccount.RefundsPayable), scene.Balance));
        Assert.Equal((0, 0), (scene.In(LedgerAccount.Revenue), scene.In(LedgerAccount.TaxPayable)));
        Assert.Equal(6_000, scene.State.CreditRefunded);
    }

    [Fact]
    public void A_note_after_a_refund_without_one_is_its_document_and_gives_nothing_twice()
    {
        var scene = Paid(0, 12_000);
        Assert.Null(scene.Try(InvoiceDecider.RequestRefund(scene.State, scene.Facts, scene.State.Payments[0].Id, 5_000, "asked", "re_1", scene.Now)));
        Assert.Equal(5_000, scene.In(LedgerAccount.Refunds));
        Assert.Null(scene.Note(8_000));
        Assert.Equal((5_000, 3_000), (scene.Notes[0].Matched, scene.Notes[0].Credited));
        Assert.Equal((0, 3_000), (scene.In(LedgerAccount.Refunds), scene.Balance));
        // Of the rest nothing was refunded before.
        Assert.Null(scene.Note(4_000, CreditNoteSettlement.Refund));
        Assert.Equal((0, 4_000), (scene.Notes[1].Matched, scene.Notes[1].Refunded));
        Assert.Equal((0, 0, 3_000), (scene.In(LedgerAccount.Revenue), scene.In(LedgerAccount.TaxPayable), scene.In(LedgerAccount.OffGateway)));
    }

    [Fact]
    public void A_note_waits_for_a_refund_without_one_that_is_under_way()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Succeed();
        scene.Try(InvoiceDecider.RequestRefund(scene.State, scene.Facts, scene.State.Payments[0].Id, 5_000, "asked", "re_1", scene.Now));
        Assert.Equal("refund_in_progress", scene.Note(1_000));
    }

    [Fact]
    public void A_note_on_an_uncollectible_invoice_lowers_what_was_written_off_and_gives_no_balance()
    {
        var scene = Paid(0, 4_000);
        scene.Try(InvoiceDecider.MarkUncollectible(scene.State, scene.Facts, scene.Now));
        Assert.Null(scene.Note(5_000, CreditNoteSettlement.Refund));
        Assert.Equal((5_000, 0, 0), (scene.Notes[0].Offset, scene.Notes[0].Refunded, scene.Balance));
        Assert.Equal(3_000, scene.In(LedgerAccount.BadDebt));
        Assert.Equal(InvoiceStatus.Uncollectible, scene.State.Status);
    }

    [Fact]
    public void A_note_drops_the_queued_attempt_and_queues_one_for_the_rest()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        Assert.Null(scene.Note(2_500));
        Assert.Equal([AttemptStatus.Dropped, AttemptStatus.Queued], scene.State.Attempts.Select(attempt => attempt.Status));
        Assert.Equal(9_500, scene.Open!.Amount);
        scene.Send();
        Assert.Equal("payment_in_progress", scene.Note(100));
    }

    [Theory]
    [InlineData(InvoiceStatus.Void)]
    [InlineData(InvoiceStatus.Draft)]
    public void What_bills_nothing_cannot_be_credited(InvoiceStatus status)
    {
        var scene = new InvoiceScene();
        scene.State = scene.State with { Status = status };
        Assert.Equal("invoice_not_creditable", scene.Note(1));
    }

    [Fact]
    public void What_sold_prepaid_credit_is_taken_back_whole_or_not_at_all()
    {
        var scene = new InvoiceScene();
        scene.State = scene.State with { Wallet = "wal_1" };
        Assert.Equal("prepaid_credit_sold", scene.Note(1));
    }

    [Fact]
    public void Voiding_after_notes_takes_back_exactly_the_rest()
    {
        // Everything unpaid: a third is credited, the void takes the other two with their own tax.
        var open = new InvoiceScene();
        Assert.Null(open.Note(4_000));
        Assert.Null(open.Try(InvoiceDecider.Void(open.State, open.Facts, open.Now)));
        Assert.All(open.Ledger, row => Assert.Equal(0, row.Value));

        // Paid and credited to the balance: that cannot be taken back any more.
        var credited = Paid(0, 12_000);
        Assert.Null(credited.Note(4_000));
        Assert.Equal("money_received", InvoiceDecider.Void(credited.State, credited.Facts, credited.Now).Refusal!.Code);

        // A part refunded by a note, the rest without one: nothing is left of it in any book.
        var refunded = Paid(0, 12_000);
        Assert.Null(refunded.Note(5_000, CreditNoteSettlement.Refund));
        Assert.Null(refunded.Try(InvoiceDecider.RequestRefund(refunded.State, refunded.Facts, refunded.State.Payments[0].Id, null, "asked", "re_x", refunded.Now)));
        Assert.Null(refunded.Try(InvoiceDecider.Void(refunded.State, refunded.Facts, refunded.Now)));
        Assert.All(refunded.Ledger, row => Assert.Equal(0, row.Value));
        Assert.Equal(0, refunded.Balance);
    }

    [Fact]
    public void An_uncollectible_invoice_that_is_paid_later_recovers_bad_debt()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Try(InvoiceDecider.MarkUncollectible(scene.State, scene.Facts, scene.Now));
        Assert.Null(scene.Try(InvoiceDecider.RecordPayment(scene.State, scene.Facts, 5_000, "wire", "bank_transfer", scene.Ids(), scene.Now)));
        Assert.Equal((7_000, InvoiceStatus.Uncollectible), (scene.In(LedgerAccount.BadDebt), scene.State.Status));
        Assert.Null(scene.Try(InvoiceDecider.Pay(scene.State, scene.Facts, InvoiceScene.Visa, scene.Ids(), scene.Now)));
        Assert.Equal(7_000, scene.Open!.Amount);
        scene.Succeed();
        Assert.Equal((0, 0, InvoiceStatus.Paid), (scene.In(LedgerAccount.BadDebt), scene.In(LedgerAccount.Receivable), scene.State.Status));
        Assert.Equal("invoice_not_open", InvoiceDecider.Pay(scene.State, scene.Facts, InvoiceScene.Visa, scene.Ids(), scene.Now).Refusal!.Code);
    }

    private static InvoiceScene Paid(long balance, long received)
    {
        var scene = new InvoiceScene(creditAtIssue: balance);
        if (received > 0)
        {
            Assert.Null(scene.Try(InvoiceDecider.RecordPayment(scene.State, scene.Facts, received, "wire", "bank_transfer", scene.Ids(), scene.Now)));
        }

        return scene;
    }
}
