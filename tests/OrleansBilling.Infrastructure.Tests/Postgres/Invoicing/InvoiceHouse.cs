using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Orleans.Hosting;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Invoicing;
using OrleansBilling.Infrastructure.Postgres.Metering;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Sandbox;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Invoicing;

/// <summary>Invoices on real rows, a real committer and the sandbox gateway; the test is the schedule.</summary>
public sealed class InvoiceHouse : IAsyncDisposable
{
    private int _accounts;

    private InvoiceHouse(TurnCluster cluster) => Cluster = cluster;

    public static Instant Now => Given.Now;

    public TurnCluster Cluster { get; }

    public SandboxBooks Books => Cluster.Services.GetRequiredService<SandboxBooks>();

    public IInvoiceRows Rows => Cluster.Services.GetRequiredService<IInvoiceRows>();

    public static async Task<InvoiceHouse> StartAsync(PostgresFixture postgres, CommitterKind committer, Action<ISiloBuilder>? more = null) =>
        new(await TurnCluster.StartAsync(postgres, committer, silo =>
        {
            silo.Services.AddInvoices();
            silo.Services.AddBillingUsage(new UsageOptions(), takesEvents: false, rollsUp: false);
            silo.Services.AddSandboxGateway();
            more?.Invoke(silo);
        }));

    public static CommandKey Key(string? key = null) => TurnCluster.KeyOf(key);

    public IInvoiceGrain Invoice(string id) => Cluster.Services.GetRequiredService<IGrainFactory>().GetGrain<IInvoiceGrain>(id);

    /// <summary>An account with a default method of this token (none for null), and an issued invoice of 1,000.</summary>
    public async Task<string> IssueAsync(string? token = "tok_visa", long amount = 1000, CollectionMode mode = CollectionMode.Automatic, int terms = 0)
    {
        var n = Interlocked.Increment(ref _accounts);
        var account = $"acct_{n}";
        var method = token is null ? null : new PaymentMethodRef($"pm_{n}", "sandbox", token);
        var facts = Given.Facts(account) with { DefaultMethod = method, Collection = mode, NetTermsDays = terms };
        await CommitAsync(new TurnWrite { At = Now, Account = account, Rows = [new AccountFactsRow(facts)] });
        if (method is not null)
        {
            await CommitAsync(new TurnWrite { At = Now, Account = account, Rows = [new PaymentMethodRow(method.Id, account, method.Gateway, method.Token, true, Now, null)] });
        }

        return await IssueAsync(facts, $"inv_{n}", amount);
    }

    public async Task<string> IssueAsync(AccountFacts facts, string id, long amount = 1000)
    {
        var template = Given.Invoice(id, facts.Account, "sub_" + id, amount: amount);
        var computed = new ComputedInvoice(template.Lines, template.Totals, facts.Currency);
        var documents = InvoiceIssue.Issue(
            id, template.Subscription, computed, new BillingFacts(facts, 0, DunningPolicy.Default), Now, "renewal", new IdSource(id, Now),
            new Dictionary<string, CreditableInvoice>());
        await CommitAsync(new TurnWrite { At = Now, Account = facts.Account, Documents = documents, Due = InvoiceDue.Of(documents, facts, Now) });
        return id;
    }

    /// <summary>Replaces the account's default method.</summary>
    public async Task<AccountFacts> ReplaceMethodAsync(string invoice, string token, long version = 2)
    {
        var account = invoice.Replace("inv_", "acct_", StringComparison.Ordinal);
        var facts = Given.Facts(account, version) with { DefaultMethod = new PaymentMethodRef($"pm_new_{account}", "sandbox", token) };
        await CommitAsync(new TurnWrite { At = Now, Account = account, Rows = [new AccountFactsRow(facts)] });
        return facts;
    }

    /// <summary>Writes a header as another activation would, without work left to do.</summary>
    public async Task<InvoiceState> CommitTwinAsync(string invoice, Func<InvoiceState, InvoiceState> change)
    {
        var state = await StateAsync(invoice);
        var after = change(state) with { Version = state.Version + 1 };
        var work = new DueWrite(new DueKey(DueTargets.Invoice, invoice, DueKind.Collect), state.Account, state.Clock, DueAt: null);
        await CommitAsync(new TurnWrite { At = Now, Account = state.Account, Documents = new Documents { InvoiceHeaders = [after] }, Due = [work] });
        return after;
    }

    /// <summary>Credit of a later document, sent to an open invoice as it stands.</summary>
    public async Task SendCreditAsync(string invoice, string id, long amount)
    {
        var version = (await StateAsync(invoice)).Version;
        var account = invoice.Replace("inv_", "acct_", StringComparison.Ordinal);
        await CommitAsync(new TurnWrite
        {
            At = Now,
            Account = account,
            Documents = new Documents
            {
                CreditsSent = [new CreditInTransit(id, account, invoice, "inv_later", "usd", amount)],
                InvoicesCredited = [new InvoiceSeen(invoice, version)],
            },
            Due = [new DueWrite(new DueKey(DueTargets.Invoice, invoice, DueKind.CreditArrived), account, AccountFacts.LiveClock, Now)],
        });
    }

    public Task CommitAsync(TurnWrite write) =>
        Cluster.Services.GetRequiredService<ITurnCommitter>().CommitAsync(write, static () => Task.CompletedTask);

    public Task<DueAnswer> CollectAsync(string invoice, Instant? at = null, DueKind kind = DueKind.Collect) =>
        Invoice(invoice).RunDue(new RunDue(at ?? Now, Facts: null, kind));

    public async Task<InvoiceState> StateAsync(string invoice) => (await Rows.FindAsync(invoice))!.State;

    /// <summary>The instant at which a kind of work of an invoice is due, or null.</summary>
    public async Task<Instant?> DueAsync(string invoice, DueKind kind)
    {
        var spelled = kind switch { DueKind.CreditArrived => "credit_arrived", DueKind.Refund => "refund", _ => "collect" };
        var at = await Cluster.ScalarAsync<DateTime?>($"select run_at from due_work where grain_type = 'invoice' and grain_key = '{invoice}' and kind = '{spelled}'");
        return at is { } found ? Instant.FromDateTimeUtc(found) : null;
    }

    /// <summary>Debits less credits of a ledger account over an invoice.</summary>
    public Task<long> LedgerAsync(string invoice, string account) => Cluster.ScalarAsync<long>(
        $"""
        select (coalesce(sum(amount) filter (where debit = '{account}'), 0) - coalesce(sum(amount) filter (where credit = '{account}'), 0))::bigint
        from journal_entry where invoice = '{invoice}'
        """);

    public static JsonElement Json(CommandAnswer answer)
    {
        Assert.True(answer.Refusal is null, answer.Body);
        return JsonDocument.Parse(answer.Body).RootElement;
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
