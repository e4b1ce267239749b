using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;

/// <summary>Drafts on real rows: what waits for them, and who wins where others commit in between.</summary>
public sealed class DraftTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly Instant Due = InvoiceHouse.Now + Duration.FromHours(1);
    private InvoiceHouse _house = null!;

    private Interfering Rival => (Interfering)_house.Cluster.Services.GetRequiredService<ITurnCommitter>();

    public async ValueTask InitializeAsync() => _house = await InvoiceHouse.StartAsync(
        postgres, CommitterKind.Grouped, silo => silo.Services.AddSingleton<ITurnCommitter, Interfering>());

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task Credit_on_its_way_to_a_draft_waits_and_lowers_it_before_anything_is_charged()
    {
        var invoice = await DraftAsync();
        await _house.SendCreditAsync(invoice, "cit_1", 400);
        await _house.CollectAsync(invoice, kind: DueKind.CreditArrived);
        Assert.Equal(1, await _house.Cluster.CountAsync("credit_in_transit"));
        Assert.Null(await _house.DueAsync(invoice, DueKind.CreditArrived));

        await _house.CollectAsync(invoice, Due, DueKind.Finalize);
        var state = await _house.StateAsync(invoice);
        Assert.Equal((InvoiceStatus.Paid, 400, 600), (state.Status, state.CreditApplied, state.AmountPaid));
        Assert.Equal(600, Assert.Single(await _house.Books.OfInvoiceAsync(invoice, default)).Amount);
        Assert.Equal(0, await _house.Cluster.CountAsync("credit_in_transit"));
        Assert.Equal(0, await _house.Cluster.CountAsync($"due_work where grain_key = '{invoice}'"));
    }

    [Fact]
    public async Task A_draft_that_is_finalised_while_the_balance_moves_takes_what_is_there()
    {
        var invoice = await DraftAsync();
        Rival.Before = () => _house.CommitAsync(Given.Write(Given.Moved("acct_draft", 300, null)));
        await _house.CollectAsync(invoice, Due, DueKind.Finalize);
        Assert.Equal(300, (await _house.StateAsync(invoice)).CreditApplied);
        Assert.Equal(0, await _house.Cluster.ScalarAsync<long>("select credit from account_balance where account = 'acct_draft'"));
    }

    [Fact]
    public async Task Of_deleting_and_finalising_the_first_wins_and_the_number_series_has_no_gap()
    {
        var invoice = await DraftAsync();
        Rival.Before = () => _house.CommitTwinAsync(invoice, state => state with { Status = InvoiceStatus.Void, VoidedAt = InvoiceHouse.Now });
        Assert.Equal("invoice_not_draft", (await _house.Invoice(invoice).FinalizeDraft(InvoiceHouse.Key(), Due)).Refusal!.Code);
        Assert.Equal(0, await _house.Cluster.CountAsync("journal_entry"));
        Assert.Equal(0, await _house.Cluster.ScalarAsync<int>("select last_invoice_number from account_balance where account = 'acct_draft'"));
        await _house.CollectAsync(invoice, Due, DueKind.Finalize);
        Assert.Equal(0, await _house.Cluster.CountAsync($"due_work where grain_key = '{invoice}'"));
    }

    [Fact]
    public async Task Credit_on_its_way_to_a_draft_that_is_deleted_is_taken_back()
    {
        var invoice = await DraftAsync();
        await _house.SendCreditAsync(invoice, "cit_1", 400);
        Assert.Null((await _house.Invoice(invoice).DeleteDraft(InvoiceHouse.Key(), InvoiceHouse.Now)).Refusal);
        Assert.Equal(0, await _house.Cluster.CountAsync("credit_in_transit"));
        Assert.Equal(400, await _house.LedgerAsync(invoice, "credit_in_transit"));
        Assert.Equal(1, await _house.Cluster.CountAsync($"invoice_line where invoice = '{invoice}' and voided"));
    }

    [Theory]
    [InlineData("update invoice set tax_total = 1 where status = 'draft'")]
    [InlineData("update invoice set total = 1, subtotal = 1 where status = 'paid'")]
    [InlineData("update invoice set amount_paid = 1 where status = 'draft'")]
    [InlineData("delete from invoice where status = 'draft'")]
    [InlineData("update invoice set number = 'X-1' where status = 'paid'")]
    [InlineData("update invoice set legal_entity = 'x' where status = 'paid'")]
    public async Task The_schema_guards_drafts_and_what_was_issued(string sql)
    {
        await DraftAsync();
        var issued = await _house.IssueAsync();
        await _house.CollectAsync(issued);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => _house.Cluster.ExecuteAsync(sql));
    }

    /// <summary>A draft of 1,000 that finalises itself in an hour.</summary>
    private async Task<string> DraftAsync()
    {
        var facts = Given.Facts("acct_draft");
        await _house.CommitAsync(new TurnWrite
        {
            At = InvoiceHouse.Now,
            Account = facts.Account,
            Rows = [new AccountFactsRow(facts), new PaymentMethodRow(facts.DefaultMethod!.Id, facts.Account, "sandbox", "tok_visa", true, InvoiceHouse.Now, null)],
        });
        var template = Given.Invoice("inv_draft", facts.Account, "sub_draft");
        var documents = InvoiceIssue.Draft(
            "inv_draft", "sub_draft", new ComputedInvoice(template.Lines, template.Totals, facts.Currency), new BillingFacts(facts, 0, DunningPolicy.Default),
            InvoiceHouse.Now, "renewal", new DraftTerms(Due), new Dictionary<string, CreditableInvoice>());
        await _house.CommitAsync(new TurnWrite
        {
            At = InvoiceHouse.Now, Account = facts.Account, Documents = documents, Due = InvoiceDue.Of(documents, facts, InvoiceHouse.Now),
        });
        return "inv_draft";
    }
}
