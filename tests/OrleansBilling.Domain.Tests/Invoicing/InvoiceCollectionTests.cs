using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Domain.Tests.Invoicing;

public sealed class InvoiceCollectionTests
{
    [Fact]
    public void A_first_attempt_that_succeeds_pays_the_invoice()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Succeed();
        Assert.Equal(InvoiceStatus.Paid, scene.State.Status);
        Assert.Equal(InvoiceScene.Issued, scene.State.PaidAt);
        Assert.Equal((12_000, 0), (scene.In(LedgerAccount.GatewayClearing), scene.In(LedgerAccount.Receivable)));
        Assert.Equal(PaymentStatus.Succeeded, Assert.Single(scene.State.Payments).Status);
        Assert.Null(scene.Last!.CollectAt);
        Assert.False(scene.Last.CollectionChanged);
        Assert.Equal(["payment.succeeded", "invoice.paid"], scene.Told);
        Assert.Equal("payment:att_1:succeeded", Assert.Single(scene.Entries).Cause);
    }

    [Fact]
    public void Declines_step_through_the_schedule_counted_from_the_due_date_and_end_exhausted()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Decline();
        Assert.Equal(CollectionStage.PastDue, scene.State.Stage);
        foreach (var day in new[] { 1, 3, 5, 7 })
        {
            Assert.Equal(RetrySchedule.InstantOf(InvoiceScene.Issued, "Europe/Berlin", day), scene.Last!.CollectAt);
            scene.Step();
            Assert.Equal(scene.Now, scene.Last.CollectAt);
            scene.Decline();
        }

        Assert.Equal(CollectionStage.Exhausted, scene.State.Stage);
        Assert.Null(scene.Last!.CollectAt);
        Assert.Equal(5, scene.State.Attempts.Length);
        Assert.Equal(PaymentStatus.Failed, Assert.Single(scene.State.Payments).Status);
        Assert.Equal([true, false, false, false, false, false, false, false, true], scene.CollectionChanges);
        Assert.Single(scene.Told, "invoice.past_due");
        Assert.Single(scene.Told, "invoice.collection_exhausted");
        Assert.Equal(12_000, scene.In(LedgerAccount.Receivable));
    }

    [Fact]
    public void A_failed_event_names_code_advice_class_and_next_retry()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Decline("insufficient_funds", "try_again_later");
        var failed = scene.Events.Single(told => told.Type == "payment.failed").Data;
        Assert.Equal("insufficient_funds", failed["decline_code"]);
        Assert.Equal("try_again_later", failed["advice"]);
        Assert.Equal("soft", failed["decline_class"]);
        Assert.Equal(InvoiceScene.Issued + Duration.FromDays(1), failed["next_retry_at"]);
    }

    [Theory]
    [InlineData("lost_card", null)]
    [InlineData("insufficient_funds", "do_not_try_again")]
    public void After_a_hard_decline_steps_pass_without_an_attempt_until_a_new_method_comes(string code, string? advice)
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Decline(code, advice);
        Assert.Null(scene.Events.Single(told => told.Type == "payment.failed").Data["next_retry_at"]);
        scene.Step();
        Assert.Null(scene.Open);
        Assert.Equal(1, scene.State.RetriesDone);
        Assert.Contains("payment.skipped", scene.Told);
        scene.Facts = CollectionFacts.Of(InvoiceScene.Other, DunningPolicy.Default);
        scene.Step();
        Assert.Equal("pm_other", scene.Open!.Method);
        scene.Succeed();
        Assert.Equal(InvoiceStatus.Paid, scene.State.Status);
        Assert.True(scene.Last!.CollectionChanged);
    }

    [Fact]
    public void A_method_blocked_on_another_invoice_is_not_sent_and_counts_as_failed()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Facts = scene.Facts with { BlockedMethods = ["pm_visa"] };
        Assert.True(InvoiceDecider.MustNotSend(scene.State, scene.Facts));
        scene.Do(InvoiceDecider.SkipBlocked(scene.State, scene.Facts, scene.Now));
        Assert.Equal(AttemptStatus.Dropped, Assert.Single(scene.State.Attempts).Status);
        Assert.Equal(CollectionStage.PastDue, scene.State.Stage);
        Assert.Equal("payment_method_blocked", InvoiceDecider.Pay(scene.State, scene.Facts, null, scene.Ids(), scene.Now).Refusal!.Code);
    }

    [Fact]
    public void No_method_counts_as_a_failed_attempt_at_every_step()
    {
        var scene = new InvoiceScene();
        scene.Step(InvoiceScene.Issued);
        Assert.Equal(CollectionStage.PastDue, scene.State.Stage);
        for (var i = 0; i < 4; i++)
        {
            scene.Step();
        }

        Assert.Equal(CollectionStage.Exhausted, scene.State.Stage);
        Assert.Empty(scene.State.Attempts);
        Assert.Equal(4, scene.Told.Count(type => type == "payment.skipped"));
    }

    [Fact]
    public void A_sent_invoice_turns_past_due_at_its_due_date_and_is_never_charged()
    {
        var scene = new InvoiceScene(automatic: false, method: InvoiceScene.Visa, terms: Duration.FromDays(14));
        scene.Step(InvoiceScene.Issued);
        Assert.True(scene.Last!.IsEmpty);
        Assert.Equal(scene.State.DueAt, scene.Last.CollectAt);
        scene.Step();
        Assert.Equal(CollectionStage.PastDue, scene.State.Stage);
        scene.Step();
        Assert.Empty(scene.State.Attempts);
        Assert.DoesNotContain("payment.skipped", scene.Told);
    }

    [Fact]
    public void A_decline_before_the_due_date_is_not_past_due()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa, terms: Duration.FromDays(10));
        scene.Decline();
        Assert.Equal(CollectionStage.Current, scene.State.Stage);
        Assert.Equal(scene.State.DueAt, scene.Last!.CollectAt);
        scene.Step();
        Assert.Equal(CollectionStage.PastDue, scene.State.Stage);
        Assert.Equal(RetrySchedule.InstantOf(scene.State.DueAt, "Europe/Berlin", 1), scene.Last.CollectAt);
    }

    [Fact]
    public void Steps_missed_in_an_outage_collapse_into_one()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Decline();
        scene.Step(InvoiceScene.Issued + Duration.FromDays(6));
        Assert.Equal(3, scene.State.RetriesDone);
        Assert.Equal(2, scene.State.Attempts.Length);
        scene.Decline();
        Assert.Equal(RetrySchedule.InstantOf(InvoiceScene.Issued, "Europe/Berlin", 7), scene.Last!.CollectAt);
    }

    [Fact]
    public void Steps_missed_while_a_debit_was_processing_collapse_into_one()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        var known = InvoiceScene.Issued + Duration.FromDays(4);
        scene.Charge(new AttemptOutcome.Processing("ch_1", known));
        Assert.Equal(known, scene.Last!.CollectAt);
        scene.Now = known;
        scene.Do(InvoiceDecider.StepDue(scene.State, scene.Facts, scene.Ids(), scene.Now));
        Assert.True(scene.Last.IsEmpty);
        Assert.Equal(CollectionStage.Current, scene.State.Stage);
        scene.Outcome(new AttemptOutcome.Declined("insufficient_funds", null, "ch_1"));
        Assert.Equal(CollectionStage.PastDue, scene.State.Stage);
        Assert.True(scene.Last.CollectAt <= scene.Now);
        scene.Step(scene.Now);
        Assert.Equal(2, scene.State.RetriesDone);
        Assert.NotNull(scene.Open);
    }

    [Fact]
    public void An_unknown_outcome_stays_sent_however_often_it_is_asked_for()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Send();
        foreach (var wait in new[] { Duration.FromMinutes(1), Duration.FromHours(2), Duration.FromDays(40) })
        {
            scene.Now = InvoiceScene.Issued + wait;
            scene.Outcome(new AttemptOutcome.Unknown());
            Assert.Equal(AttemptStatus.Sent, scene.Open!.Status);
            Assert.True(scene.Last!.CollectAt > scene.Now);
            Assert.Equal("payment_in_progress", InvoiceDecider.Void(scene.State, scene.Facts, scene.Now).Refusal!.Code);
        }

        scene.Outcome(new AttemptOutcome.Succeeded("ch_1"));
        Assert.Equal(InvoiceStatus.Paid, scene.State.Status);
    }

    [Fact]
    public void An_outcome_told_twice_is_booked_once()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Succeed();
        scene.Do(InvoiceDecider.Outcome(scene.State, scene.Facts, "att_1", new AttemptOutcome.Succeeded("ch_1"), scene.Now));
        Assert.True(scene.Last!.IsEmpty);
        Assert.Equal(12_000, scene.In(LedgerAccount.GatewayClearing));
    }

    [Fact]
    public void Paying_drops_the_queued_attempt_and_goes_on_with_its_payment()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        Assert.Null(scene.Try(InvoiceDecider.Pay(scene.State, scene.Facts, InvoiceScene.Other, scene.Ids(), scene.Now)));
        Assert.Equal([AttemptStatus.Dropped, AttemptStatus.Queued], scene.State.Attempts.Select(attempt => attempt.Status));
        Assert.Equal([1, 2], scene.State.Attempts.Select(attempt => attempt.Number));
        Assert.Single(scene.State.Payments);
    }

    [Fact]
    public void Paying_by_hand_after_exhaustion_makes_a_new_payment_and_settles()
    {
        var scene = new InvoiceScene();
        scene.Step(InvoiceScene.Issued + Duration.FromDays(30));
        Assert.Equal(CollectionStage.Exhausted, scene.State.Stage);
        Assert.Null(scene.Try(InvoiceDecider.Pay(scene.State, scene.Facts, InvoiceScene.Other, scene.Ids(), scene.Now)));
        scene.Decline();
        Assert.Equal(PaymentStatus.Failed, scene.State.Payments[^1].Status);
        Assert.Null(scene.Try(InvoiceDecider.Pay(scene.State, scene.Facts, InvoiceScene.Other, scene.Ids(), scene.Now)));
        scene.Succeed();
        Assert.Equal(InvoiceStatus.Paid, scene.State.Status);
        Assert.Equal(CollectionStage.Current, scene.State.Stage);
        Assert.True(scene.Last!.CollectionChanged);
    }

    [Fact]
    public void The_policy_is_data()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Facts = CollectionFacts.Of(InvoiceScene.Visa, new DunningPolicy("short", [2], DunningFinalAction.Cancel));
        scene.Decline();
        Assert.Equal(RetrySchedule.InstantOf(InvoiceScene.Issued, "Europe/Berlin", 2), scene.Last!.CollectAt);
        scene.Step();
        scene.Decline();
        Assert.Equal(CollectionStage.Exhausted, scene.State.Stage);
    }

    [Theory]
    [InlineData(InvoiceStatus.Paid, "invoice_not_open")]
    [InlineData(InvoiceStatus.Void, "invoice_not_open")]
    [InlineData(InvoiceStatus.Uncollectible, "no_payment_method")]
    [InlineData(InvoiceStatus.Open, "no_payment_method")]
    public void Paying_is_refused_by_state_before_method(InvoiceStatus status, string code)
    {
        var scene = new InvoiceScene();
        var state = scene.State with { Status = status };
        Assert.Equal(code, InvoiceDecider.Pay(state, scene.Facts, null, scene.Ids(), scene.Now).Refusal!.Code);
    }

    [Fact]
    public void Paying_is_refused_while_an_attempt_is_away()
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Send();
        var method = new PaymentMethodRef("pm_x", "sandbox", "tok_visa");
        Assert.Equal("payment_in_progress", InvoiceDecider.Pay(scene.State, scene.Facts, method, scene.Ids(), scene.Now).Refusal!.Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3600)]
    public void A_promise_to_know_at_an_instant_that_has_passed_is_none(int seconds)
    {
        var scene = new InvoiceScene(method: InvoiceScene.Visa);
        scene.Charge(new AttemptOutcome.Processing("ch_1", scene.Now + Duration.FromSeconds(seconds)));
        Assert.Null(scene.Open!.AskAgainAt);
        Assert.Equal(scene.Now + Duration.FromMinutes(1), scene.Last!.CollectAt);
    }
}
