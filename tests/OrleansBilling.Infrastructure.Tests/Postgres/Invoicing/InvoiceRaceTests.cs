using Microsoft.Extensions.DependencyInjection;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Schedule;
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

    private Interfering Rival => (Interfering)_house.Cluster.Services.GetRequiredService<ITurnCommitter>();
}
