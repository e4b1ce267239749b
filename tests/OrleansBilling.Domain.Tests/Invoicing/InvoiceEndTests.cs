using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Domain.Tests.Invoicing;

public sealed class InvoiceEndTests
{
    [Fact]
    public void Voiding_reverses_revenue_tax_and_receivable_and_gives_applied_balance_back()
    {
        var scene = new InvoiceScene(total: 12_000, tax: 2_000, creditAtIssue: 3_000, method: InvoiceScene.Visa);
        Assert.Null(scene.Try(InvoiceDecider.Void(scene.State, scene.Facts, scene.Now)));
        Assert.Equal(InvoiceStatus.Void, scene.State.Status);
        Assert.Equal(0, scene.State.AmountRemaining);
        Assert.All(scene.Ledger, row => Assert.Equal(0, row.Value));
        Assert.Equal(0, scene.Balance);
        Assert.Equal(AttemptStatus.Dropped, Assert.Single(scene.State.Attempts).Status);
        Assert.Equal(PaymentStatus.Canceled, Assert.Single(scene.State.Payments).Status);
        Assert.Null(scene.Last!.CollectAt);
    }

    [Fact]
    public void Voiding_does_not_reverse_twice_what_a_later_document_has_credited()
    {
        var scene = new InvoiceScene(total: 12_000, tax: 2_000);
        scene.Credit(4_000);
        Assert.Null(scene.Try(InvoiceDecider.Void(scene.State, scene.Facts, scene.Now)));
        Assert.Equal(0, scene.Balance);
        Assert.Equal(0, scene.In(LedgerAccount.Receivable));
        Assert.Equal(0, scene.In(LedgerAccount.Revenue) + scene.In(LedgerAccount.TaxPayable));
        // The crediting document took 667 of tax; the void takes the other 1,333.
        Assert.Equal(-667, scene.In(LedgerAccount.TaxPayable));
    }

    [Theory]
    // Credit taken at issue, credit of its lines that went to the balance, what the void still gives back.
    [InlineData(12_000, 4_000, 8_000)]
    [InlineData(12_000, 12_000, 0)]
    [InlineData(9_000, 4_000, 5_000)]
    public void Voiding_does_not_give_back_what_a_later_document_has_given_to_the_balance(long taken, long credited, long back)
    {
        var scene = new InvoiceScene(total: 12_000, tax: 0, creditAtIssue: taken);
        scene.State = scene.State with { CreditSettled = credited, Status = taken == 12_000 ? InvoiceStatus.Paid : InvoiceStatus.Open };
        scene.Add(LedgerAccount.Revenue, LedgerAccount.CustomerCredit, credited);
        Assert.Null(scene.Try(InvoiceDecider.Void(scene.State, scene.Facts, scene.Now)));
        Assert.Equal(back - taken, scene.Balance);
        Assert.All(scene.Ledger, row => Assert.Equal(0, row.Value));
    }

    [Fact]
    public void Voiding_is_refused_where_the_balance_was_given_more_than_the_invoice_took_of_it()
    {
        var scene = new InvoiceScene(total: 12_000, tax: 0, creditAtIssue: 3_000);
        var credited = scene.State with { CreditSettled = 3_001 };
        Assert.Equal("lines_credited", InvoiceDecider.Void(credited, scene.Facts, scene.Now).Refusal!.Code);
    }

    [Fact]
    public void Voiding_is_refused_while_a_draft_credits_its_lines()
    {
        var scene = new InvoiceScene(total: 12_000, tax: 0, creditAtIssue: 12_000);
        var credited = scene.State with { Status = InvoiceStatus.Paid, CreditSettled = 5_000, CreditDrafted = 4_000 };
        Assert.Equal("draft_credits_lines", InvoiceDecider.Void(credited, scene.Facts, scene.Now).Refusal!.Code);
        Assert.Equal(7_000, InvoiceDecider.Void(credited with { CreditDrafted = 0 }, scene.Facts, scene.Now).Value.Documents.BalanceMoves.Sum(move => move.Amount));
    }

    [Theory]
    [InlineData(InvoiceStatus.Open)]
    [InlineData(InvoiceStatus.Draft)]
    public void What_took_coupon_money_back_that_was_given_again_is_not_taken_back_itself(InvoiceStatus status)
    {
        var scene = new InvoiceScene();
        var state = scene.State with { Status = status, CouponGivenAgain = true };
        var decided = status is InvoiceStatus.Draft ? InvoiceDecider.DeleteDraft(state, scene.Facts, scene.Now) : InvoiceDecider.Void(state, scene.Facts, scene.Now);
        Assert.Equal("coupon_given_again", decided.Refusal!.Code);
    }

    [Theory]
    [InlineData(InvoiceStatus.Void, "credits_void_invoice")]
    [InlineData(InvoiceStatus.Paid, null)]
    [InlineData(InvoiceStatus.Open, null)]
    public void Voiding_what_credits_another_invoice_needs_that_one_as_it_was_seen(InvoiceStatus status, string? refused)
    {
        var scene = new InvoiceScene();
        var credited = new Dictionary<string, CreditableInvoice> { ["inv_0"] = new("inv_0", status, 0) { Version = 7 } };
        var decided = InvoiceDecider.Void(scene.State, scene.Facts, credited, scene.Now);
        Assert.Equal(refused, decided.Refusal?.Code);
        Assert.Equal(refused is null ? [new InvoiceSeen("inv_0", 7)] : [], decided.IsAccepted ? decided.Value.Documents.InvoicesCredited : []);
    }

    [Fact]
    public void Voiding_is_refused_while_money_received_is_not_refunded()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Succeed();
        Assert.Equal("money_received", InvoiceDecider.Void(scene.State, scene.Facts, scene.Now).Refusal!.Code);
        Refund(scene, null);
        Assert.Equal("money_received", InvoiceDecider.Void(scene.State, scene.Facts, scene.Now).Refusal!.Code);
        scene.Do(InvoiceDecider.RefundOutcome(scene.State, scene.Facts, "re_1", new AttemptOutcome.Succeeded("rf_1"), scene.Now));
        Assert.Null(scene.Try(InvoiceDecider.Void(scene.State, scene.Facts, scene.Now)));
        Assert.All(scene.Ledger, row => Assert.Equal(0, row.Value));
    }

    [Theory]
    [InlineData(InvoiceStatus.Void)]
    [InlineData(InvoiceStatus.Draft)]
    public void Voiding_is_refused_where_there_is_nothing_to_take_back(InvoiceStatus status)
    {
        var scene = new InvoiceScene();
        Assert.Equal("invoice_not_open", InvoiceDecider.Void(scene.State with { Status = status }, scene.Facts, scene.Now).Refusal!.Code);
    }

    [Fact]
    public void An_uncollectible_invoice_is_bad_debt_and_its_subscription_hears_of_it()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Decline();
        Assert.Null(scene.Try(InvoiceDecider.MarkUncollectible(scene.State, scene.Facts, scene.Now)));
        Assert.Equal((12_000, 0), (scene.In(LedgerAccount.BadDebt), scene.In(LedgerAccount.Receivable)));
        Assert.Equal(CollectionStage.Current, scene.State.Stage);
        Assert.True(scene.Last!.CollectionChanged);
        Assert.Null(scene.Last.CollectAt);
    }

    [Fact]
    public void A_credit_on_an_uncollectible_invoice_lowers_what_was_written_off_and_gives_no_balance()
    {
        var scene = new InvoiceScene();
        scene.Try(InvoiceDecider.MarkUncollectible(scene.State, scene.Facts, scene.Now));
        Assert.Null(scene.Credit(5_000));
        Assert.Equal((7_000, 0, 0), (scene.In(LedgerAccount.BadDebt), scene.Balance, scene.In(LedgerAccount.CreditInTransit)));
        Assert.Equal(InvoiceStatus.Uncollectible, scene.State.Status);
    }

    [Fact]
    public void A_credit_drops_the_queued_attempt_and_queues_one_for_the_rest()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        Assert.Null(scene.Credit(2_500));
        Assert.Equal([AttemptStatus.Dropped, AttemptStatus.Queued], scene.State.Attempts.Select(attempt => attempt.Status));
        Assert.Equal(9_500, scene.Open!.Amount);
        Assert.Equal(9_500, Assert.Single(scene.State.Payments).Amount);
        scene.Succeed();
        Assert.Equal(InvoiceStatus.Paid, scene.State.Status);
        Assert.Equal(0, scene.In(LedgerAccount.Receivable));
    }

    [Fact]
    public void A_credit_above_what_remains_settles_and_gives_the_rest_to_the_balance()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        Assert.Null(scene.Credit(15_000));
        Assert.Equal(InvoiceStatus.Paid, scene.State.Status);
        Assert.Null(scene.Open);
        Assert.Equal(3_000, scene.Balance);
        Assert.Equal(-3_000, scene.In(LedgerAccount.CustomerCredit));
        Assert.Equal(PaymentStatus.Canceled, Assert.Single(scene.State.Payments).Status);
        Assert.Equal("cit_1", Assert.Single(scene.Last!.Documents.CreditsArrived));
    }

    [Fact]
    public void A_credit_waits_for_an_attempt_that_is_away()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Send();
        Assert.Equal("payment_in_progress", scene.Credit(2_500)!.Code);
        scene.Outcome(new AttemptOutcome.Succeeded("ch_1"));
        Assert.Null(scene.Credit(2_500));
        Assert.Equal(2_500, scene.Balance);
        Assert.Equal(12_000, scene.State.AmountPaid);
    }

    [Fact]
    public void A_credit_that_reaches_a_void_invoice_is_taken_back()
    {
        var scene = new InvoiceScene();
        scene.Try(InvoiceDecider.Void(scene.State, scene.Facts, scene.Now));
        Assert.Null(scene.Credit(4_000));
        Assert.Equal((0, 0), (scene.Balance, scene.In(LedgerAccount.CreditInTransit)));
        Assert.Equal(0, scene.In(LedgerAccount.Revenue) + scene.In(LedgerAccount.TaxPayable));
    }

    [Theory]
    [InlineData(InvoiceStatus.Void)]
    [InlineData(InvoiceStatus.Paid)]
    public void Money_that_arrives_on_an_invoice_settled_otherwise_goes_to_the_balance(InvoiceStatus status)
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Send();
        scene.State = scene.State with { Status = status, CreditApplied = status is InvoiceStatus.Paid ? 12_000 : 0 };
        scene.Outcome(new AttemptOutcome.Succeeded("ch_1"));
        Assert.Equal(12_000, scene.Balance);
        Assert.Equal((12_000, -12_000), (scene.In(LedgerAccount.GatewayClearing), scene.In(LedgerAccount.CustomerCredit)));
        Assert.Equal(status, scene.State.Status);
        // It is spendable credit now and must not be refunded as well.
        Assert.Equal("refund_above_received", Refund(scene, null));
    }

    [Fact]
    public void Money_that_arrives_on_an_uncollectible_invoice_recovers_the_debt()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Send();
        scene.State = scene.State with { Status = InvoiceStatus.Uncollectible };
        scene.Add(LedgerAccount.BadDebt, LedgerAccount.Receivable, 12_000);
        scene.Outcome(new AttemptOutcome.Succeeded("ch_1"));
        Assert.Equal((0, 12_000), (scene.In(LedgerAccount.BadDebt), scene.In(LedgerAccount.GatewayClearing)));
        Assert.Equal(InvoiceStatus.Paid, scene.State.Status);
    }

    [Fact]
    public void Payments_received_elsewhere_lower_what_is_due_and_what_is_queued()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        Assert.Null(scene.Try(InvoiceDecider.RecordPayment(scene.State, scene.Facts, 5_000, "wire 17", "bank_transfer", scene.Ids(), scene.Now)));
        Assert.Equal(7_000, scene.Open!.Amount);
        Assert.Equal(5_000, scene.In(LedgerAccount.OffGateway));
        Assert.Equal("amount_above_remaining", InvoiceDecider.RecordPayment(scene.State, scene.Facts, 7_001, "r", "m", scene.Ids(), scene.Now).Refusal!.Code);
        Assert.Equal("invalid_amount", InvoiceDecider.RecordPayment(scene.State, scene.Facts, 0, "r", "m", scene.Ids(), scene.Now).Refusal!.Code);
        Assert.Null(scene.Try(InvoiceDecider.RecordPayment(scene.State, scene.Facts, 7_000, "wire 18", "bank_transfer", scene.Ids(), scene.Now)));
        Assert.Equal(InvoiceStatus.Paid, scene.State.Status);
        Assert.Null(scene.Open);
    }

    [Fact]
    public void Refunds_never_exceed_the_money_received_and_leave_the_invoice_paid()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        Assert.Equal("refund_above_received", Refund(scene, 1));
        scene.Succeed();
        Assert.Null(Refund(scene, 5_000));
        Assert.Equal("refund_above_received", Refund(scene, 7_001, "re_2"));
        scene.Do(InvoiceDecider.RefundOutcome(scene.State, scene.Facts, "re_1", new AttemptOutcome.Unknown(), scene.Now));
        Assert.Equal(RefundStatus.Pending, scene.State.Refunds[0].Status);
        Assert.NotNull(scene.Last!.RefundAt);
        scene.Do(InvoiceDecider.RefundOutcome(scene.State, scene.Facts, "re_1", new AttemptOutcome.Succeeded("rf_1"), scene.Now));
        Assert.Null(scene.Last.RefundAt);
        Assert.Equal((5_000, 7_000), (scene.In(LedgerAccount.Refunds), scene.In(LedgerAccount.GatewayClearing)));
        Assert.Equal(InvoiceStatus.Paid, scene.State.Status);
        Assert.Equal(0, scene.State.AmountRemaining);
        Assert.Null(Refund(scene, null, "re_2"));
        Assert.Equal(7_000, scene.State.Refunds[^1].Amount);
        scene.Do(InvoiceDecider.RefundOutcome(scene.State, scene.Facts, "re_2", new AttemptOutcome.Declined("charge_disputed", null, null), scene.Now));
        Assert.Equal("charge_disputed", scene.State.Refunds[^1].FailureCode);
        Assert.Null(Refund(scene, 7_000, "re_3"));
        Assert.Equal("payment_not_found", InvoiceDecider.RequestRefund(scene.State, scene.Facts, "pay_x", 1, "r", "re_4", scene.Now).Refusal!.Code);
    }

    [Theory]
    // Balance taken at issue, money received, credited to the balance by proration and by a note; what a refund still reaches.
    [InlineData(0, 12_000, 4_000, 0, 8_000)]
    [InlineData(0, 12_000, 0, 4_000, 8_000)]
    [InlineData(0, 12_000, 5_000, 7_000, 0)]
    // Credit gives back the balance that was taken first, as the void counts it.
    [InlineData(5_000, 7_000, 5_000, 0, 7_000)]
    [InlineData(5_000, 7_000, 0, 6_000, 6_000)]
    [InlineData(5_000, 7_000, 4_000, 8_000, 0)]
    public void A_refund_never_reaches_money_that_a_credit_has_given_to_the_balance(long taken, long received, long prorated, long noted, long left)
    {
        var scene = new InvoiceScene(total: 12_000, creditAtIssue: taken);
        scene.Try(InvoiceDecider.RecordPayment(scene.State, scene.Facts, received, "wire", "bank_transfer", scene.Ids(), scene.Now));
        // A document that credits lines of a paid invoice gives to the balance by itself; its lines tell.
        scene.State = scene.State with { CreditSettled = scene.State.CreditSettled + prorated };
        Assert.Null(noted == 0 ? null : scene.Note(noted));
        Assert.Equal("refund_above_received", Refund(scene, left + 1));
        Assert.Equal(left == 0 ? "refund_above_received" : null, Refund(scene, null));
        Assert.Equal(left, scene.State.Refunds.Sum(refund => refund.Amount));
    }

    [Fact]
    public void A_refund_of_several_payments_leaves_what_credit_has_given_back()
    {
        var scene = new InvoiceScene(total: 12_000);
        scene.Try(InvoiceDecider.RecordPayment(scene.State, scene.Facts, 5_000, "wire", "bank_transfer", scene.Ids(), scene.Now));
        scene.Try(InvoiceDecider.RecordPayment(scene.State, scene.Facts, 7_000, "wire", "bank_transfer", scene.Ids(), scene.Now));
        Assert.Null(scene.Note(4_000));
        Assert.Null(Refund(scene, null));
        Assert.Equal("refund_above_received", scene.Try(InvoiceDecider.RequestRefund(
            scene.State, scene.Facts, scene.State.Payments[1].Id, 3_001, "asked", "re_2", scene.Now))?.Code);
        // A note that asks for a refund reaches no more; what is owed beyond it is credit.
        scene.State = scene.State with { CreditSettled = scene.State.CreditSettled + 1_000 };
        Assert.Null(scene.Note(7_000, OrleansBilling.Domain.Invoicing.CreditNotes.CreditNoteSettlement.Refund));
        Assert.Equal((5_000, 2_000, 0), (scene.Notes[^1].Matched, scene.Notes[^1].Refunded, scene.Notes[^1].Credited));
    }

    [Fact]
    public void Money_received_elsewhere_is_refunded_elsewhere_at_once()
    {
        var scene = new InvoiceScene();
        scene.Try(InvoiceDecider.RecordPayment(scene.State, scene.Facts, 12_000, "wire", "bank_transfer", scene.Ids(), scene.Now));
        Assert.Null(Refund(scene, 2_000));
        Assert.Equal(RefundStatus.Succeeded, scene.State.Refunds[0].Status);
        Assert.Equal((10_000, 2_000), (scene.In(LedgerAccount.OffGateway), scene.In(LedgerAccount.Refunds)));
    }

    private static string? Refund(InvoiceScene scene, long? amount, string id = "re_1") =>
        scene.Try(InvoiceDecider.RequestRefund(scene.State, scene.Facts, scene.State.Payments[0].Id, amount, "asked", id, scene.Now))?.Code;
}
