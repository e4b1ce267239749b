using Microsoft.Extensions.DependencyInjection;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Turn;
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
        var rival = (Interfering)_house.Cluster.Services.GetRequiredService<ITurnCommitter>();
        rival.Before = () => _house.Cluster.ExecuteAsync($"update invoice set version = version + 1 where id = '{invoice}'");
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
        var rival = (Interfering)_house.Cluster.Services.GetRequiredService<ITurnCommitter>();
        rival.Before = () => _house.Cluster.ExecuteAsync(
            $"update invoice set version = version + 1, status = 'void', voided_at = issued_at where id = '{invoice}'");
        var answer = await _house.Invoice(invoice).RecordPayment(InvoiceHouse.Key(), InvoiceHouse.Now, 1000, "w", "wire");
        Assert.Equal("invoice_not_open", answer.Refusal!.Code);
        Assert.Equal(0, await _house.LedgerAsync(invoice, "off_gateway_receipts"));
    }

    /// <summary>Lets a rival commit just before the next turn, once.</summary>
    private sealed class Interfering(GroupedTurnCommitter inner) : ITurnCommitter
    {
        public Func<Task>? Before { get; set; }

        public async Task CommitAsync(TurnWrite write, Func<Task> writeState)
        {
            if (Before is { } before)
            {
                Before = null;
                await before();
            }

            await inner.CommitAsync(write, writeState);
        }
    }
}
