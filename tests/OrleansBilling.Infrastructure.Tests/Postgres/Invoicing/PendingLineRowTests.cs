using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Invoicing;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;

/// <summary>Waiting lines on real rows, under both committers: on one invoice, once, whoever comes.</summary>
public sealed class PendingLineRowTests(PostgresFixture postgres)
{
    private static readonly AccountFacts Account = Given.Facts("acct_1") with
    {
        Tax = new TaxSettings([new AccountTaxRate("vat", 19m, [])], Inclusive: false, TaxRounding.Document, Exempt: false, TaxId: null),
    };

    [Theory]
    [InlineData(CommitterKind.Grouped)]
    [InlineData(CommitterKind.Scoped)]
    public async Task A_line_moves_to_its_invoice_with_tax_and_explanation(CommitterKind kind)
    {
        await using var house = await InvoiceHouse.StartAsync(postgres, kind);
        await house.CommitAsync(Waiting("line_1", 1000));
        await house.CommitAsync(Issue("inv_1", await LinesAsync(house)));
        Assert.Equal(0, await house.Cluster.CountAsync("pending_line"));
        var line = (await house.Rows.LoadAsync(["inv_1"], 10, CancellationToken.None)).Single().Document.Lines.Single();
        Assert.Equal(("line_1", 1000, 190), (line.Id, line.Draft.Amount, line.TaxAmount));
        Assert.Equal(["given", "tax"], line.Explain.Steps.Select(step => step.Operation));
        await using var database = Reader(house);
        var stands = (await new PostgresPendingLines(database).StandingAsync(["line_1", "line_2"])).Single().Value;
        Assert.Equal(("inv_1", 19m, false), (stands.Invoice, stands.TaxRates.Single().Percentage, stands.TaxInclusive));
    }

    [Theory]
    [InlineData(CommitterKind.Grouped)]
    [InlineData(CommitterKind.Scoped)]
    public async Task Of_many_invoices_that_want_a_line_one_gets_it_and_the_others_are_refused_whole(CommitterKind kind)
    {
        await using var house = await InvoiceHouse.StartAsync(postgres, kind);
        await house.CommitAsync(Waiting("line_1", 1000));
        var lines = await LinesAsync(house);
        var outcomes = await Task.WhenAll(Enumerable.Range(1, 8).Select(async number =>
        {
            try
            {
                await house.CommitAsync(Issue($"inv_{number}", lines));
                return "issued";
            }
            catch (TurnConflictException missed)
            {
                return missed.Condition;
            }
        }));
        Assert.Equal(["issued", .. Enumerable.Repeat("pending", 7)], outcomes.Order());
        foreach (var table in (string[])["invoice", "invoice_line", "journal_entry where seq = 0", "payment"])
        {
            Assert.Equal(1, await house.Cluster.CountAsync(table));
        }
    }

    [Theory]
    [InlineData(CommitterKind.Grouped)]
    [InlineData(CommitterKind.Scoped)]
    public async Task A_line_that_was_removed_refuses_the_invoice_that_counts_on_it(CommitterKind kind)
    {
        await using var house = await InvoiceHouse.StartAsync(postgres, kind);
        await house.CommitAsync(Waiting("line_1", 1000));
        var lines = await LinesAsync(house);
        await house.CommitAsync(Given.Write(new Documents { PendingDropped = ["line_1"] }, Account.Account));
        Assert.Equal("pending", (await Assert.ThrowsAsync<TurnConflictException>(() => house.CommitAsync(Issue("inv_1", lines)))).Condition);
        Assert.Equal("pending", (await Assert.ThrowsAsync<TurnConflictException>(() => house.CommitAsync(Given.Write(new Documents { PendingDropped = ["line_1"] }, Account.Account)))).Condition);
        Assert.Equal(0, await house.Cluster.CountAsync("invoice"));
    }

    [Fact]
    public async Task A_credit_on_the_document_of_its_charge_leaves_a_credit_note_the_rest()
    {
        await using var house = await InvoiceHouse.StartAsync(postgres, CommitterKind.Grouped);
        await house.CommitAsync(Changed(("line_1", 4000, null), ("line_2", -1000, "line_1")));
        await house.CommitAsync(Issue("inv_1", await LinesAsync(house)));
        var reader = new BillingDatabase(house.Cluster.ConnectionString);
        var lines = await new PostgresCreditNoteRows(reader).LinesAsync("inv_1");
        var taken = lines.Single(line => line.Line.Id == "line_1").Taken;
        Assert.Equal((1000, 190), (taken.Amount, taken.Taxes.Single().Amount));
    }

    [Theory]
    [InlineData("update pending_line set amount = 1")]
    [InlineData("insert into invoice_line (invoice, id, position, account, kind, description, period_start, period_end, amount, discount_amount, tax_amount, tax_inclusive, taxes, explain, has_waited) select 'inv_2', id, 1, account, kind, description, period_start, period_end, amount, 0, 0, false, '[]', explain, true from invoice_line")]
    [InlineData("insert into pending_line (id, account, currency, source, at, kind, description, period_start, period_end, amount, discount_amount, explain, created_at) values ('line_9', 'a', 'usd', 'manual', now(), 'adjustment', 'x', now(), now(), 0, 0, '{}', now())")]
    public async Task The_schema_refuses_what_no_turn_may_write(string sql)
    {
        await using var house = await InvoiceHouse.StartAsync(postgres, CommitterKind.Grouped);
        await house.CommitAsync(Waiting("line_1", 1000));
        await house.CommitAsync(Issue("inv_1", await LinesAsync(house)));
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => house.Cluster.ExecuteAsync(sql));
    }

    private static TurnDatabase Reader(InvoiceHouse house) => new(new(house.Cluster.ConnectionString));

    private static async Task<IReadOnlyCollection<LineDraft>> LinesAsync(InvoiceHouse house)
    {
        await using var database = Reader(house);
        return await new PostgresPendingLines(database).OfNextInvoiceAsync("sub_1", Account.Account);
    }

    private static TurnWrite Waiting(string id, long amount) => Given.Write(
        new Documents { PendingLines = [PendingLines.ByHand(new PendingLineOrder("Hand") { Amount = amount }, Account, 0, id, Given.Now).Value] }, Account.Account);

    private static TurnWrite Changed(params (string Id, long Amount, string? Credited)[] lines) => Given.Write(
        new Documents
        {
            PendingLines =
            [
                .. lines.Select(line => new PendingLine(
                    Account.Account,
                    Account.Currency.Code,
                    new LineDraft(line.Credited is null ? LineKind.ProrationCharge : LineKind.ProrationCredit, "Base", new Domain.Schedule.Period(Given.Now, Given.Now), line.Amount, Explain.Empty)
                    {
                        Id = line.Id,
                        HasWaited = true,
                        Subscription = "sub_1",
                        Item = "item_1",
                        CreditedLine = line.Credited,
                    },
                    PendingSource.Change,
                    Given.Now)),
            ],
        },
        Account.Account);

    private static TurnWrite Issue(string id, IReadOnlyCollection<LineDraft> lines)
    {
        var ids = new IdSource(id, Given.Now);
        var computed = InvoiceCalculator.Compute([.. lines], [], Account.Tax, Account.Currency, ids);
        var documents = InvoiceIssue.Issue(
            id, "sub_1", computed, new BillingFacts(Account, 0, DunningPolicy.Default), Given.Now, "renewal", ids, new Dictionary<string, CreditableInvoice>());
        return Given.Write(documents, Account.Account);
    }
}
