using Microsoft.Extensions.DependencyInjection;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;

/// <summary>What happens where another activation of an invoice commits between the reading and the commit of a turn.</summary>
public sealed class InvoiceRaceTests(PostgresFixture postgres) : IAsyncLifetime
{
    private InvoiceHouse _house = null!;

    public async ValueTask InitializeAsync() => _house = await InvoiceHouse.StartAsync(
        postgres, CommitterKind.Grouped, silo => silo.Services.AddSingleton<ITurnCommitter, Interfering>());

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task A_turn_that_lost_is_decided_again_on_the_rows_and_books_once()
    {
        var invoice = await _house.IssueAsync();
        Rival.Before = () => _house.Cluster.ExecuteAsync($"update invoice set version = version + 1 where id = '{invoice}'");
        await _house.CollectAsync(invoice);
        var state = await _house.StateAsync(invoice);
        // Version 1 at issue, 2 by the rival, 3 by the outcome that was decided again.
        Assert.Equal((InvoiceStatus.Paid, 3), (state.Status, state.Version));
        Assert.Equal(1, Assert.Single(await _house.Books.OfInvoiceAsync(invoice, default)).Calls);
        Assert.Equal(1000, await _house.LedgerAsync(invoice, "gateway_clearing"));
    }

    [Fact]
    public async Task A_command_that_lost_to_another_one_is_refused_by_what_the_rows_say_now()
    {
        var invoice = await _house.IssueAsync(token: null, mode: CollectionMode.SendInvoice);
        Rival.Before = () => _house.Cluster.ExecuteAsync(
            $"update invoice set version = version + 1, status = 'void', voided_at = issued_at where id = '{invoice}'");
        var answer = await _house.Invoice(invoice).RecordPayment(InvoiceHouse.Key(), InvoiceHouse.Now, 1000, "w", "wire");
        Assert.Equal("invoice_not_open", answer.Refusal!.Code);
        Assert.Equal(0, await _house.LedgerAsync(invoice, "off_gateway_receipts"));
    }

    [Fact]
    public async Task A_turn_that_only_moves_work_and_lost_does_not_bring_work_back()
    {
        var invoice = await _house.IssueAsync(token: null, mode: CollectionMode.SendInvoice, terms: 10);
        Rival.Before = async () =>
        {
            var answer = await _house.CommitTwinAsync(invoice, state => state with { Status = InvoiceStatus.Void, VoidedAt = InvoiceHouse.Now });
            Assert.Equal(2, answer.Version);
        };
        await _house.CollectAsync(invoice);
        Assert.Null(await _house.DueAsync(invoice, DueKind.Collect));
    }

    [Fact]
    public async Task Credit_that_comes_while_another_is_applied_keeps_its_work_though_the_silo_dies()
    {
        var invoice = await _house.IssueAsync(token: null, mode: CollectionMode.SendInvoice);
        await _house.SendCreditAsync(invoice, "cit_a", 100);
        Rival.Before = async () =>
        {
            await _house.SendCreditAsync(invoice, "cit_b", 200);
            Rival.After = () => throw new InvalidOperationException("The silo dies here.");
        };
        await Record.ExceptionAsync(() => _house.CollectAsync(invoice, kind: DueKind.CreditArrived));
        Assert.Equal(1, await _house.Cluster.CountAsync("credit_in_transit"));
        Assert.NotNull(await _house.DueAsync(invoice, DueKind.CreditArrived));

        await _house.CollectAsync(invoice, kind: DueKind.CreditArrived);
        Assert.Null(await _house.DueAsync(invoice, DueKind.CreditArrived));
        Assert.Equal(300, (await _house.StateAsync(invoice)).CreditArrived);
    }

    /// <summary>What the void gives back depends on what the other document credits, and that one's void on whether it still can.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_an_invoice_and_one_that_credits_it_voided_at_once_the_second_sees_the_first(bool creditedFirst)
    {
        var (credited, crediting) = await CreditedAsync();
        var (first, second) = creditedFirst ? (credited, crediting) : (crediting, credited);
        // The rival is another activation's turn in the midst of this one's.
        Rival.Before = async () => Assert.Null((await _house.Invoice(first).Void(InvoiceHouse.Key(), InvoiceHouse.Now)).Refusal);
        var answer = await _house.Invoice(second).Void(InvoiceHouse.Key(), InvoiceHouse.Now);
        Assert.Equal(creditedFirst ? "credits_void_invoice" : null, answer.Refusal?.Code);
        Assert.Equal(creditedFirst ? 600 : 1000, await _house.Cluster.ScalarAsync<long>("select credit from account_balance where account = 'acct_race'"));
    }

    /// <summary>Of 1,200 with 200 of tax another document credits 480 with 80: both books come to nought, the tax as well.</summary>
    [Fact]
    public async Task A_void_applies_credit_that_was_sent_while_it_was_decided_before_it_takes_back_the_rest()
    {
        var facts = Given.Facts("acct_race") with
        {
            DefaultMethod = null, Collection = CollectionMode.SendInvoice, Tax = TaxSettings.None with { Rates = [new AccountTaxRate("vat", 20, [])] },
        };
        await _house.CommitAsync(new TurnWrite { At = InvoiceHouse.Now, Account = facts.Account, Rows = [new AccountFactsRow(facts)] });
        await IssueAsync("inv_credited", facts, 0, [Given.Invoice("inv_credited", facts.Account, "sub_race").Lines[0].Draft]);
        var credit = Given.Invoice("inv_crediting", facts.Account, "sub_race", revision: 1).Lines[0].Draft with
        {
            Kind = LineKind.ProrationCredit, Amount = -400, CreditedInvoice = "inv_credited", CreditedLine = "line_inv_credited",
        };
        Rival.Before = () => IssueAsync("inv_crediting", facts, 0, [credit], new CreditableInvoice("inv_credited", InvoiceStatus.Open, 1200));
        Assert.Null((await _house.Invoice("inv_credited").Void(InvoiceHouse.Key(), InvoiceHouse.Now)).Refusal);
        await _house.CollectAsync("inv_credited", kind: DueKind.CreditArrived);
        foreach (var account in new[] { "accounts_receivable", "billed_revenue", "tax_payable", "credit_in_transit" })
        {
            Assert.Equal((account, 0), (account, await _house.LedgerAsync("inv_credited", account) + await _house.LedgerAsync("inv_crediting", account)));
        }

        Assert.Equal(0, await _house.Cluster.ScalarAsync<long>("select credit from account_balance where account = 'acct_race'"));
    }

    /// <summary>An invoice of 1,000, paid from the balance, and an open one of 500 that credits 400 of it beside a charge of 900.</summary>
    private async Task<(string Credited, string Crediting)> CreditedAsync()
    {
        var facts = Given.Facts("acct_race") with { DefaultMethod = null, Collection = CollectionMode.SendInvoice };
        await _house.CommitAsync(new TurnWrite { At = InvoiceHouse.Now, Account = facts.Account, Rows = [new AccountFactsRow(facts)] });
        await _house.CommitAsync(Given.Write(Given.Moved(facts.Account, 1000, null)));
        await IssueAsync("inv_credited", facts, 1000, [Given.Invoice("inv_credited", facts.Account, "sub_race").Lines[0].Draft]);
        var charge = Given.Invoice("inv_crediting", facts.Account, "sub_race", amount: 900, revision: 1).Lines[0].Draft;
        var credit = charge with { Kind = LineKind.ProrationCredit, Amount = -400, CreditedInvoice = "inv_credited", CreditedLine = "line_inv_credited" };
        await IssueAsync("inv_crediting", facts, 0, [credit, charge]);
        return ("inv_credited", "inv_crediting");
    }

    private async Task IssueAsync(string id, AccountFacts facts, long balance, LineDraft[] drafts, CreditableInvoice? seen = null)
    {
        var ids = new IdSource(id, InvoiceHouse.Now);
        var lines = drafts.Select(draft => draft with { Id = "line_" + id + (draft.Amount < 0 ? "_credit" : "") }).ToList();
        var computed = InvoiceCalculator.Compute(lines, [], facts.Tax, facts.Currency, ids);
        var documents = InvoiceIssue.Issue(
            id, "sub_race", computed, new BillingFacts(facts, balance, DunningPolicy.Default), InvoiceHouse.Now, "change", ids,
            new Dictionary<string, CreditableInvoice> { ["inv_credited"] = seen ?? new("inv_credited", InvoiceStatus.Paid, 0) });
        await _house.CommitAsync(new TurnWrite { At = InvoiceHouse.Now, Account = facts.Account, Documents = documents, Due = InvoiceDue.Of(documents, facts, InvoiceHouse.Now) });
    }

    private Interfering Rival => (Interfering)_house.Cluster.Services.GetRequiredService<ITurnCommitter>();
}
