using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Sandbox;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;

/// <summary>Invoices over the scoped committer.</summary>
public sealed class ScopedInvoiceGrainTests(PostgresFixture postgres) : InvoiceGrainTests(postgres, CommitterKind.Scoped);

/// <summary>Invoices over the grouped committer.</summary>
public sealed class GroupedInvoiceGrainTests(PostgresFixture postgres) : InvoiceGrainTests(postgres, CommitterKind.Grouped);

/// <summary>What the grain of an invoice does, on real rows.</summary>
public abstract class InvoiceGrainTests(PostgresFixture postgres, CommitterKind committer) : IAsyncLifetime
{
    private InvoiceHouse _house = null!;

    public async ValueTask InitializeAsync() => _house = await InvoiceHouse.StartAsync(postgres, committer);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _house.DisposeAsync();
    }

    [Fact]
    public async Task Collection_charges_books_and_leaves_no_work()
    {
        var invoice = await _house.IssueAsync();
        Assert.Empty((await _house.CollectAsync(invoice)).HandedOver);
        var state = await _house.StateAsync(invoice);
        Assert.Equal(InvoiceStatus.Paid, state.Status);
        Assert.Equal(2, state.Version);
        Assert.Equal(AttemptStatus.Succeeded, Assert.Single(state.Attempts).Status);
        Assert.Equal(PaymentStatus.Succeeded, Assert.Single(state.Payments).Status);
        Assert.Null(await _house.DueAsync(invoice, DueKind.Collect));
        Assert.Equal((1000, 0), (await _house.LedgerAsync(invoice, "gateway_clearing"), await _house.LedgerAsync(invoice, "accounts_receivable")));
        // A repeated tick finds nothing to do.
        await _house.CollectAsync(invoice);
        Assert.Equal(1, Assert.Single(await _house.Books.OfInvoiceAsync(invoice, default)).Calls);
    }

    [Fact]
    public async Task A_decline_turns_past_due_hands_the_subscription_over_and_the_new_method_pays_at_the_next_step()
    {
        var invoice = await _house.IssueAsync("tok_insufficient_funds");
        var handed = Assert.Single((await _house.CollectAsync(invoice)).HandedOver);
        Assert.Equal(("subscription", "sub_" + invoice, DueKind.CollectionChanged), (handed.GrainType, handed.GrainKey, handed.Kind));
        Assert.Equal(1, await _house.Cluster.CountAsync("due_work where kind = 'collection_changed'"));
        Assert.Equal(CollectionStage.PastDue, (await _house.StateAsync(invoice)).Stage);
        var step = InvoiceHouse.Now + Duration.FromDays(1);
        Assert.Equal(step, await _house.DueAsync(invoice, DueKind.Collect));
        await _house.ReplaceMethodAsync(invoice, "tok_visa");
        await _house.CollectAsync(invoice, step);
        Assert.Equal(InvoiceStatus.Paid, (await _house.StateAsync(invoice)).Status);
    }

    [Fact]
    public async Task The_whole_schedule_runs_out_and_the_charge_counts_five_declines()
    {
        var invoice = await _house.IssueAsync("tok_card_declined");
        await _house.CollectAsync(invoice);
        for (var i = 0; i < 4; i++)
        {
            await _house.CollectAsync(invoice, await _house.DueAsync(invoice, DueKind.Collect));
        }

        var state = await _house.StateAsync(invoice);
        Assert.Equal((CollectionStage.Exhausted, 5), (state.Stage, state.Attempts.Length));
        Assert.Null(await _house.DueAsync(invoice, DueKind.Collect));
        Assert.Equal(5, (await _house.Books.OfInvoiceAsync(invoice, default)).Count);
        Assert.Equal(1000, await _house.LedgerAsync(invoice, "accounts_receivable"));
    }

    [Fact]
    public async Task Decline_then_succeed_recovers_at_the_step()
    {
        var invoice = await _house.IssueAsync("tok_decline_then_succeed_2");
        await _house.CollectAsync(invoice);
        await _house.CollectAsync(invoice, await _house.DueAsync(invoice, DueKind.Collect));
        Assert.Equal(InvoiceStatus.Open, (await _house.StateAsync(invoice)).Status);
        var handed = (await _house.CollectAsync(invoice, await _house.DueAsync(invoice, DueKind.Collect))).HandedOver;
        Assert.Equal(InvoiceStatus.Paid, (await _house.StateAsync(invoice)).Status);
        Assert.Equal(DueKind.CollectionChanged, Assert.Single(handed).Kind);
    }

    [Fact]
    public async Task A_lost_answer_stays_sent_and_asking_finds_the_money()
    {
        var invoice = await _house.IssueAsync("tok_timeout");
        await _house.CollectAsync(invoice);
        Assert.Equal(AttemptStatus.Sent, Assert.Single((await _house.StateAsync(invoice)).Attempts).Status);
        Assert.Equal(InvoiceHouse.Now + Duration.FromMinutes(1), await _house.DueAsync(invoice, DueKind.Collect));
        Assert.Equal("payment_in_progress", (await _house.Invoice(invoice).Void(InvoiceHouse.Key(), InvoiceHouse.Now)).Refusal!.Code);
        await _house.CollectAsync(invoice, InvoiceHouse.Now + Duration.FromMinutes(1));
        Assert.Equal(InvoiceStatus.Paid, (await _house.StateAsync(invoice)).Status);
        Assert.Equal(1, Assert.Single(await _house.Books.OfInvoiceAsync(invoice, default)).Calls);
    }

    [Fact]
    public async Task A_gateway_that_was_away_took_nothing_and_is_sent_the_same_key_again()
    {
        var invoice = await _house.IssueAsync();
        await _house.Books.SetControlAsync(new SandboxControl(1, "unavailable", "processing_error", 0), default);
        await _house.CollectAsync(invoice);
        Assert.Empty(await _house.Books.OfInvoiceAsync(invoice, default));
        var attempt = Assert.Single((await _house.StateAsync(invoice)).Attempts);
        Assert.Equal(AttemptStatus.Sent, attempt.Status);
        await _house.CollectAsync(invoice, await _house.DueAsync(invoice, DueKind.Collect));
        Assert.Equal(attempt.Id, Assert.Single(await _house.Books.OfInvoiceAsync(invoice, default)).Key);
        Assert.Equal(InvoiceStatus.Paid, (await _house.StateAsync(invoice)).Status);
    }

    [Fact]
    public async Task A_sent_attempt_that_a_crash_left_is_resolved_by_asking()
    {
        var invoice = await _house.IssueAsync();
        await _house.Cluster.ExecuteAsync($"update payment_attempt set status = 'sent', sent_at = created_at where invoice = '{invoice}'");
        await _house.CollectAsync(invoice);
        Assert.Equal(InvoiceStatus.Paid, (await _house.StateAsync(invoice)).Status);
        Assert.Single(await _house.Books.OfInvoiceAsync(invoice, default));
    }

    [Fact]
    public async Task A_debit_processes_for_business_days_and_settles_on_the_accounts_clock()
    {
        // 1 March 2024 is a Friday: three business days later is Wednesday.
        var invoice = await _house.IssueAsync("tok_sepa");
        await _house.CollectAsync(invoice);
        var settles = InvoiceHouse.Now + Duration.FromDays(5);
        Assert.Equal(settles, await _house.DueAsync(invoice, DueKind.Collect));
        Assert.Equal(AttemptStatus.Processing, Assert.Single((await _house.StateAsync(invoice)).Attempts).Status);
        await _house.CollectAsync(invoice, settles - Duration.FromHours(1));
        Assert.Equal(settles, await _house.DueAsync(invoice, DueKind.Collect));
        await _house.CollectAsync(invoice, settles);
        Assert.Equal(InvoiceStatus.Paid, (await _house.StateAsync(invoice)).Status);
    }

    [Fact]
    public async Task A_debit_that_fails_is_past_due_and_one_that_settles_early_is_asked_for()
    {
        var failing = await _house.IssueAsync("tok_ach");
        await _house.CollectAsync(failing);
        await _house.Books.FailDebitAsync((await _house.StateAsync(failing)).Attempts[0].Id, "insufficient_funds", default);
        Assert.NotEmpty((await _house.Invoice(failing).AskGateway(InvoiceHouse.Now)).HandedOver);
        Assert.Equal(CollectionStage.PastDue, (await _house.StateAsync(failing)).Stage);
        var early = await _house.IssueAsync("tok_ach");
        await _house.CollectAsync(early);
        await _house.Books.SettleNowAsync((await _house.StateAsync(early)).Attempts[0].Id, default);
        await _house.Invoice(early).AskGateway(InvoiceHouse.Now);
        Assert.Equal(InvoiceStatus.Paid, (await _house.StateAsync(early)).Status);
    }

    [Fact]
    public async Task Credit_on_its_way_holds_the_attempt_back_and_lowers_it()
    {
        var invoice = await _house.IssueAsync();
        await _house.SendCreditAsync(invoice, "cit_1", 300);
        await _house.CollectAsync(invoice);
        var state = await _house.StateAsync(invoice);
        Assert.Equal((InvoiceStatus.Paid, 300, 700), (state.Status, state.CreditArrived, state.AmountPaid));
        Assert.Equal(700, Assert.Single(await _house.Books.OfInvoiceAsync(invoice, default)).Amount);
        Assert.Equal(700, Assert.Single(state.Payments).Amount);
        Assert.Null(await _house.DueAsync(invoice, DueKind.CreditArrived));
        Assert.Equal(0, await _house.Cluster.CountAsync("credit_in_transit"));
    }

    [Fact]
    public async Task Credit_that_comes_while_an_attempt_is_away_waits_and_then_goes_to_the_balance()
    {
        var invoice = await _house.IssueAsync("tok_ach");
        await _house.CollectAsync(invoice);
        await _house.SendCreditAsync(invoice, "cit_2", 300);
        await _house.CollectAsync(invoice, kind: DueKind.CreditArrived);
        var known = await _house.DueAsync(invoice, DueKind.Collect);
        Assert.Equal(known, await _house.DueAsync(invoice, DueKind.CreditArrived));
        await _house.CollectAsync(invoice, known);
        Assert.Equal((InvoiceStatus.Paid, 1000), ((await _house.StateAsync(invoice)).Status, (await _house.StateAsync(invoice)).AmountPaid));
        Assert.Equal(300, await _house.Cluster.ScalarAsync<long>("select credit from account_balance where credit > 0"));
        Assert.Null(await _house.DueAsync(invoice, DueKind.CreditArrived));
    }

    [Fact]
    public async Task The_gate_does_not_let_an_attempt_out_while_credit_is_on_its_way()
    {
        var invoice = await _house.IssueAsync();
        var attempt = (await _house.StateAsync(invoice)).Attempts[0].Id;
        var gate = (Grains.Payments.IAttemptGate)_house.Cluster.Services.GetService(typeof(Grains.Payments.IAttemptGate))!;
        await _house.SendCreditAsync(invoice, "cit_3", 1);
        Assert.False(await gate.MarkSentAsync(attempt, InvoiceHouse.Now));
        await _house.Cluster.ExecuteAsync("delete from credit_in_transit");
        Assert.True(await gate.MarkSentAsync(attempt, InvoiceHouse.Now));
        Assert.False(await gate.MarkSentAsync(attempt, InvoiceHouse.Now));
    }

    [Fact]
    public async Task A_hard_decline_blocks_the_method_on_every_invoice_of_the_account()
    {
        var first = await _house.IssueAsync("tok_lost_card");
        await _house.CollectAsync(first);
        var account = (await _house.StateAsync(first)).Account;
        var facts = Turn.Given.Facts(account) with { DefaultMethod = new PaymentMethodRef(account.Replace("acct", "pm", StringComparison.Ordinal), "sandbox", "tok_lost_card") };
        var second = await _house.IssueAsync(facts, "inv_second_" + account);
        await _house.CollectAsync(second);
        Assert.Empty(await _house.Books.OfInvoiceAsync(second, default));
        var state = await _house.StateAsync(second);
        Assert.Equal((AttemptStatus.Dropped, CollectionStage.PastDue), (state.Attempts[0].Status, state.Stage));
        await _house.CollectAsync(first, await _house.DueAsync(first, DueKind.Collect));
        Assert.Single(await _house.Books.OfInvoiceAsync(first, default));
    }

    [Fact]
    public async Task Two_receipts_at_once_cannot_both_exceed_what_remains()
    {
        var invoice = await _house.IssueAsync(token: null, mode: CollectionMode.SendInvoice);
        var both = await Task.WhenAll(
            _house.Invoice(invoice).RecordPayment(InvoiceHouse.Key(), InvoiceHouse.Now, 600, "a", "wire"),
            _house.Invoice(invoice).RecordPayment(InvoiceHouse.Key(), InvoiceHouse.Now, 600, "b", "wire"));
        Assert.Equal([200, 422], both.Select(answer => answer.Status).Order());
        Assert.Equal(600, (await _house.StateAsync(invoice)).AmountPaid);
    }

    [Fact]
    public async Task An_invoice_without_rows_is_not_found_and_its_due_work_fails_aloud()
    {
        Assert.Equal(404, (await _house.Invoice("inv_none").Void(InvoiceHouse.Key(), InvoiceHouse.Now)).Status);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _house.CollectAsync("inv_none"));
    }
}
