using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;

/// <summary>Drafts on real rows, where another activation finalises or deletes them while a turn is decided.</summary>
public sealed class DraftRaceTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly AccountFacts Account = Given.Facts("acct_draft");
    private InvoiceHouse _house = null!;

    private Interfering Rival => (Interfering)_house.Cluster.Services.GetRequiredService<ITurnCommitter>();

    private static Instant Now => InvoiceHouse.Now;

    public async ValueTask InitializeAsync() => _house = await InvoiceHouse.StartAsync(
        postgres, CommitterKind.Grouped, silo => silo.Services.AddSingleton<ITurnCommitter, Interfering>());

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task A_draft_that_is_finalised_while_it_is_deleted_stays_and_is_collected_once()
    {
        var invoice = await DraftAsync();
        Rival.Before = () => FinalizeElsewhereAsync(invoice);
        Assert.Equal("invoice_not_draft", (await _house.Invoice(invoice).DeleteDraft(InvoiceHouse.Key(), Now)).Refusal!.Code);
        await _house.CollectAsync(invoice);
        await IssuedOnceAsync(invoice);
    }

    /// <summary>The silo dies after the commit, or after the charge: the repeat collects once and answers as the first would have.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_finalisation_that_was_cut_off_after_its_commit_answers_a_repeat(bool collected)
    {
        var invoice = await DraftAsync();
        Rival.After = () => throw new InvalidOperationException("The silo dies here.");
        await Assert.ThrowsAnyAsync<Exception>(() => _house.Invoice(invoice).FinalizeDraft(InvoiceHouse.Key("again"), Now));
        Assert.Equal(InvoiceStatus.Open, (await _house.StateAsync(invoice)).Status);
        if (collected)
        {
            await _house.CollectAsync(invoice);
        }

        var mixed = InvoiceHouse.Key("again") with { RequestHash = "of another request" };
        Assert.Equal("idempotency_mismatch", (await _house.Invoice(invoice).FinalizeDraft(mixed, Now)).Refusal!.Code);
        var answer = await _house.Invoice(invoice).FinalizeDraft(InvoiceHouse.Key("again"), Now);
        Assert.Equal("paid", InvoiceHouse.Json(answer).GetProperty("status").GetString());
        await IssuedOnceAsync(invoice);
        Assert.True((await _house.Invoice(invoice).FinalizeDraft(InvoiceHouse.Key("again"), Now)).Replayed);
        // Another request finds it issued.
        Assert.Equal("invoice_not_draft", (await _house.Invoice(invoice).FinalizeDraft(InvoiceHouse.Key(), Now)).Refusal!.Code);
    }

    [Fact]
    public async Task Of_two_finalisations_at_once_one_issues_and_the_other_is_refused()
    {
        var invoice = await DraftAsync();
        Rival.Before = () => FinalizeElsewhereAsync(invoice);
        Assert.Equal("invoice_not_draft", (await _house.Invoice(invoice).FinalizeDraft(InvoiceHouse.Key(), Now)).Refusal!.Code);
        await _house.CollectAsync(invoice);
        await IssuedOnceAsync(invoice);
    }

    [Fact]
    public async Task Many_calls_at_once_issue_and_charge_a_draft_once()
    {
        var invoice = await DraftAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => i % 2 == 0
            ? _house.Invoice(invoice).FinalizeDraft(InvoiceHouse.Key(), Now)
            : _house.Invoice(invoice).DeleteDraft(InvoiceHouse.Key(), Now)));
        var won = Assert.Single(answers, answer => answer.Refusal is null);
        Assert.All(answers.Where(answer => answer != won), answer => Assert.Equal("invoice_not_draft", answer.Refusal!.Code));
        if ((await _house.StateAsync(invoice)).Status is InvoiceStatus.Void)
        {
            Assert.Equal(0, await _house.Cluster.CountAsync("journal_entry"));
            return;
        }

        await IssuedOnceAsync(invoice);
    }

    /// <summary>One number, one entry, one charge, and every cent where it belongs.</summary>
    private async Task IssuedOnceAsync(string invoice)
    {
        var state = await _house.StateAsync(invoice);
        Assert.Equal((InvoiceStatus.Paid, 1000), (state.Status, state.AmountPaid));
        Assert.Equal(1, Assert.Single(await _house.Books.OfInvoiceAsync(invoice, default)).Calls);
        Assert.Equal(1, await _house.Cluster.ScalarAsync<int>("select last_invoice_number from account_balance where account = 'acct_draft'"));
        Assert.Equal(
            (1000, 0, -1000),
            (await _house.LedgerAsync(invoice, "gateway_clearing"), await _house.LedgerAsync(invoice, "accounts_receivable"), await _house.LedgerAsync(invoice, "billed_revenue")));
    }

    /// <summary>As another activation of the invoice would commit it; nobody collects yet.</summary>
    private async Task FinalizeElsewhereAsync(string invoice)
    {
        var state = await _house.StateAsync(invoice);
        var document = (await _house.Rows.LoadAsync([invoice], int.MaxValue, CancellationToken.None)).Single().Document;
        var billing = new BillingFacts(Account, 0, DunningPolicy.Default);
        var turn = InvoiceDecider.Finalize(
            state, new ComputedInvoice(document.Lines, document.Totals, Account.Currency), document.Cause, billing, 0,
            new Dictionary<string, CreditableInvoice>(), new IdSource("rival", Now), Now);
        await _house.CommitAsync(new TurnWrite
        {
            At = Now,
            Account = Account.Account,
            Documents = turn.Value.Documents,
            Due = [new DueWrite(new DueKey(DueTargets.Invoice, invoice, DueKind.Collect), Account.Account, Account.Clock, turn.Value.CollectAt)],
        });
    }

    /// <summary>A draft of 1,000 that waits for a call.</summary>
    private async Task<string> DraftAsync()
    {
        var method = Account.DefaultMethod!;
        await _house.CommitAsync(Given.Write() with
        {
            Account = Account.Account,
            Rows = [new AccountFactsRow(Account), new PaymentMethodRow(method.Id, Account.Account, method.Gateway, method.Token, true, Now, null)],
        });
        var template = Given.Invoice("inv_draft", Account.Account, "sub_draft");
        var documents = InvoiceIssue.Draft(
            "inv_draft", "sub_draft", new ComputedInvoice(template.Lines, template.Totals, Account.Currency), new BillingFacts(Account, 0, DunningPolicy.Default),
            Now, "renewal", new DraftTerms(FinalizeAt: null), new Dictionary<string, CreditableInvoice>());
        await _house.CommitAsync(new TurnWrite { At = Now, Account = Account.Account, Documents = documents, Due = InvoiceDue.Of(documents, Account, Now) });
        return "inv_draft";
    }
}
