using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Turn;

/// <summary>Conditions: facts, balances, attempts, credits, headers.</summary>
public abstract partial class TurnCommitterTests
{
    [Fact]
    public async Task A_balance_is_taken_only_as_it_was_seen()
    {
        await _cluster.RunAsync("m", s => Given.Next(s, Given.Write(Given.Moved("acct_m", 500, null))));
        var tries = 0;
        await _cluster.RunAsync("m", s => Given.Next(s, Given.Write(Given.Moved("acct_m", tries++ == 0 ? -400 : -500, tries == 1 ? 400 : 500))));
        Assert.Equal(2, tries);
        Assert.Equal(0, await BalanceAsync("acct_m"));
    }

    [Fact]
    public async Task A_balance_never_falls_below_nought()
    {
        await _cluster.RunAsync("n", s => Given.Next(s, Given.Write(Given.Moved("acct_n", 100, null))));
        var refused = await _cluster.RunAsync("n", s => Given.Next(s, Given.Write(Given.Moved("acct_n", -101, null))));
        Assert.Equal((409, "try_again"), (refused.Status, refused.Refusal?.Code));
        Assert.Equal(100, await BalanceAsync("acct_n"));
        Assert.Equal(1, await _cluster.Tally("n").Count());
    }

    [Fact]
    public async Task Many_who_take_from_one_balance_at_once_take_it_once()
    {
        await _cluster.RunAsync("bank", s => Given.Next(s, Given.Write(Given.Moved("acct_o", 30, null))));
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
            _cluster.RunAsync($"o{i}", s => Given.Next(s, Given.Write(Given.Moved("acct_o", -10, null))))));
        Assert.Equal(3, answers.Count(a => a.Status == 200));
        Assert.Equal(0, await BalanceAsync("acct_o"));
    }

    [Fact]
    public async Task Facts_are_checked_by_their_version()
    {
        var facts = Given.Facts("acct_p", version: 2);
        await _cluster.RunAsync("p", s => Given.Next(s, Given.Write() with { Rows = [new AccountFactsRow(facts)] }));
        var tries = 0;
        var answer = await _cluster.RunAsync("p", s => Given.Next(s, Given.Write(Given.Told("p")) with { FactsSeen = new FactsSeen("acct_p", ++tries) }));
        Assert.Equal((200, 2), (answer.Status, tries));
        Assert.Equal(1, await _cluster.CountAsync("event"));
    }

    [Fact]
    public async Task An_attempt_steps_only_from_the_state_it_was_seen_in()
    {
        await _cluster.RunAsync("q", s => Given.Next(s, Given.Renewal("sub_q", "acct_q", 0)));
        var payment = new Payment("pay_inv_sub_q_0", "acct_q", "inv_sub_q_0", "usd", 1000, PaymentStatus.Succeeded, 0, Given.Now);
        var done = Given.Attempt("att_inv_sub_q_0", payment, status: AttemptStatus.Succeeded) with { GatewayReference = "ch_1", CompletedAt = Given.Now };
        var tries = 0;
        await _cluster.RunAsync("q", s => Given.Next(s, Given.Write(new Documents
        {
            Attempts = [new AttemptWrite(done, tries++ == 0 ? AttemptStatus.Sent : AttemptStatus.Queued)],
            Payments = [payment],
            InvoiceHeaders = [Header("inv_sub_q_0", "acct_q") with { Status = InvoiceStatus.Paid, AmountPaid = 1000, Version = 2, PaidAt = Given.Now }],
        })));
        Assert.Equal(2, tries);
        Assert.Equal(1, await _cluster.CountAsync("payment_attempt where status = 'succeeded' and gateway_reference = 'ch_1' and not is_open"));
        Assert.Equal(1, await _cluster.CountAsync("invoice where status = 'paid' and amount_paid = 1000 and version = 2 and paid_at is not null"));
        Assert.Equal(1, await _cluster.CountAsync("payment where status = 'succeeded'"));
    }

    [Fact]
    public async Task A_header_is_written_only_over_the_version_before()
    {
        await _cluster.RunAsync("r", s => Given.Next(s, Given.Renewal("sub_r", "acct_r", 0)));
        var refused = await _cluster.RunAsync("r", s => Given.Next(s, Given.Write(new Documents
        {
            InvoiceHeaders = [Header("inv_sub_r_0", "acct_r") with { Version = 3 }],
        })));
        Assert.Equal("try_again", refused.Refusal?.Code);
        Assert.Equal(1, await _cluster.CountAsync("invoice where version = 1"));
    }

    [Fact]
    public async Task An_invoice_that_turns_only_see_is_met_as_it_was_seen_and_holds_up_none_of_them()
    {
        await _cluster.RunAsync("v", s => Given.Next(s, Given.Renewal("sub_v", "acct_v", 0)));
        var tries = 0;
        Documents Seeing(long version) => new() { InvoicesSeen = [new InvoiceSeen("inv_sub_v_0", version)] };
        await Task.WhenAll(Enumerable.Range(0, 24).Select(i => _cluster.RunAsync($"v{i}", s =>
        {
            Interlocked.Increment(ref tries);
            return Given.Next(s, Given.Write(Seeing(1)));
        })));
        Assert.Equal((24, 1), (tries, await _cluster.CountAsync("invoice where version = 1")));

        // A turn that credits it counts it, also where it is seen beside; who saw it before decides again.
        await _cluster.RunAsync("v", s => Given.Next(s, Given.Write(Seeing(1) with { InvoicesCredited = [new InvoiceSeen("inv_sub_v_0", 1)] })));
        tries = 0;
        Assert.Equal(200, (await _cluster.RunAsync("v", s => Given.Next(s, Given.Write(Seeing(++tries))))).Status);
        Assert.Equal((2, 1), (tries, await _cluster.CountAsync("invoice where version = 2")));
    }

    [Fact]
    public async Task A_void_invoice_lets_its_period_be_billed_again()
    {
        await _cluster.RunAsync("s", s => Given.Next(s, Given.Renewal("sub_s", "acct_s", 0)));
        await _cluster.RunAsync("s", s => Given.Next(s, Given.Write(new Documents
        {
            InvoiceHeaders = [Header("inv_sub_s_0", "acct_s") with { Status = InvoiceStatus.Void, Version = 2, VoidedAt = Given.Now }],
        })));
        Assert.Equal(1, await _cluster.CountAsync("invoice_line where voided"));
        await _cluster.RunAsync("s", s => Given.Next(s, Given.Renewal("sub_s", "acct_s", 0, id: "inv_again")));
        Assert.Equal(1, await _cluster.CountAsync("invoice_line where not voided"));
        Assert.Equal(2, await _cluster.CountAsync("(select distinct number from invoice) numbers"));
    }

    [Fact]
    public async Task Credit_under_way_arrives_once()
    {
        var credit = new CreditInTransit("cit_1", "acct_t", "inv_1", "inv_2", "usd", 300);
        await _cluster.RunAsync("t", s => Given.Next(s, Given.Write(new Documents { CreditsSent = [credit] })));
        Assert.Equal(1, await _cluster.CountAsync("credit_in_transit where amount = 300"));
        Assert.Equal(200, (await _cluster.RunAsync("t", s => Given.Next(s, Given.Write(new Documents { CreditsArrived = ["cit_1"] })))).Status);
        Assert.Equal(0, await _cluster.CountAsync("credit_in_transit"));
        Assert.Equal(409, (await _cluster.RunAsync("t", s => Given.Next(s, Given.Write(new Documents { CreditsArrived = ["cit_1"] })))).Status);
    }

    [Fact]
    public async Task Due_work_moves_and_goes()
    {
        await _cluster.RunAsync("u", s => Given.Next(s, Given.Renewal("sub_u", "acct_u", 0)));
        await _cluster.ExecuteAsync("update due_work set attempts = 3, quarantined_at = now(), last_error = 'x'");
        var write = Given.Renewal("sub_u", "acct_u", 1);
        await _cluster.RunAsync("u", s => Given.Next(s, Given.Write() with
        {
            Due = [write.Due[0], write.Due[1] with { Key = write.Due[1].Key with { GrainKey = "inv_sub_u_0" }, DueAt = null }],
        }));
        Assert.Equal(1, await _cluster.CountAsync("due_work where kind = 'renewal' and attempts = 0 and quarantined_at is null and run_at = due_at and due_at > '2024-04-01'"));
        Assert.Equal(1, await _cluster.CountAsync("due_work"));
    }

    private async Task<long> BalanceAsync(string account) => await _cluster.ScalarAsync<long>($"select credit from account_balance where account = '{account}'");

    private static InvoiceState Header(string id, string account) => new(
        id, account, null, "usd", "Europe/Berlin", 1000, 0, 0, InvoiceStatus.Open, CollectionStage.Current, Given.Now, Given.Now, 0);
}
