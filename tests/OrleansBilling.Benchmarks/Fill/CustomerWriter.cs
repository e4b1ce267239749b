using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Benchmarks.Measure;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Facts;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Benchmarks.Fill;

/// <summary>
/// Writes customers through the product's own committer, turn by turn as its grains do: creation with the first invoice,
/// the mark before the charge, the payment. Only grain states are copied in beside it.
/// </summary>
internal sealed class CustomerWriter : IAsyncDisposable
{
    private const int AtOnce = 2048;
    private const string Service = "billing";
    private readonly BenchmarkCluster _cluster;
    private readonly TurnDatabase _database;
    private readonly GroupedTurnCommitter _committer;
    private readonly AttemptGate _gate;

    public CustomerWriter(BenchmarkCluster cluster)
    {
        _cluster = cluster;
        _database = new TurnDatabase(cluster.Database);
        _committer = new GroupedTurnCommitter(_database, new TurnOptions(), NullLogger<GroupedTurnCommitter>.Instance);
        _gate = new AttemptGate(_database);
    }

    /// <summary>Writes the plan that all customers are on.</summary>
    public async Task WritePlanAsync(Instant at)
    {
        var plan = Population.Plan;
        await CommitAsync(new TurnWrite
        {
            At = at,
            Rows =
            [
                new PlanRow(plan.Code, plan.Name, plan.Version, at, ArchivedAt: null),
                new PlanVersionRow(plan.Code, plan.Version, BillingJson.Write(plan), at),
            ],
        });
        await CopyStatesAsync([("plan", "plan_" + plan.Code, State(new PlanState(plan.Code, plan.Name, plan.Version, at)))], CancellationToken.None);
    }

    /// <summary>Has the invoices of the default seller numbered by seller from now on.</summary>
    public Task NumberBySellerAsync(Instant at)
    {
        var entity = new LegalEntity(LegalEntity.DefaultCode, 2, "Benchmark", at) { Numbering = new Numbering(NumberingScope.Entity, "B") };
        return CommitAsync(new TurnWrite { At = at, Rows = [new LegalEntityRow(entity, at)] });
    }

    /// <summary>Writes customers with all but what is due of their subscriptions.</summary>
    /// <returns>
    /// Seconds, CPU seconds of this program and of the database that the turns of creation and payment took. They write what
    /// a renewal writes, so this is what committer and database can do at most, without Orleans and schedule.
    /// </returns>
    public async Task<(double Seconds, double Own, double Database)> WriteAsync(IReadOnlyList<Customer> customers, CancellationToken cancellation)
    {
        await CopyStatesAsync(
            customers.SelectMany(customer => new[]
            {
                ("account", customer.Account.Id, State(customer.Account)),
                ("subscription", customer.Created.State.Id, State(customer.Created.State)),
            }),
            cancellation);
        await Parallel.ForEachAsync(customers, Options(cancellation), async (customer, _) => await CommitAsync(Opened(customer.Account)));
        var (own, database) = (ProcessUsage.CpuOf(Environment.ProcessId), ProcessUsage.CpuOfTree(_cluster.PostmasterPid));
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(customers, Options(cancellation), async (customer, _) => await WriteAsync(customer));
        return (
            watch.Elapsed.TotalSeconds,
            ProcessUsage.CpuOf(Environment.ProcessId) - own,
            ProcessUsage.CpuOfTree(_cluster.PostmasterPid) - database);
    }

    /// <summary>Writes what is due of subscriptions.</summary>
    /// <param name="customers">Whose.</param>
    /// <param name="runAt">When it is run; the due instant is the state's own.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task WriteDueAsync(IEnumerable<Customer> customers, Instant? runAt, CancellationToken cancellation) =>
        WriteDueAsync(customers.Select(customer => customer.Created.State), runAt, cancellation);

    /// <summary>The same of subscriptions by their states.</summary>
    public Task WriteDueAsync(IEnumerable<SubscriptionState> subscriptions, Instant? runAt, CancellationToken cancellation) =>
        Parallel.ForEachAsync(subscriptions, Options(cancellation), async (state, _) =>
        {
            var (kind, at) = SubscriptionDueWork.Of(state).Single();
            var key = new DueKey(DueTargets.Subscription, state.Id, kind);
            await CommitAsync(new TurnWrite { At = at, Due = [new DueWrite(key, state.Account, AccountFacts.LiveClock, at, runAt)] });
        });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _committer.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>Writes accounts that gather, with their subscriptions: the lines of the first period wait for their invoice.</summary>
    public async Task WriteAsync(GroupedAccount account, CancellationToken cancellation)
    {
        await CopyStatesAsync(
            account.Subscriptions.Select(step => ("subscription", step.State.Id, State(step.State))).Prepend(("account", account.State.Id, State(account.State))),
            cancellation);
        await CommitAsync(Opened(account.State));
        var facts = account.State.Facts();
        await Parallel.ForEachAsync(account.Subscriptions, Options(cancellation), async (step, _) =>
        {
            var state = step.State;
            await CommitAsync(new TurnWrite
            {
                Account = state.Account,
                At = state.CreatedAt,
                Documents = step.Documents,
                FactsSeen = new FactsSeen(facts.Account, facts.Version),
                Rows = [new SubscriptionRow(state.Id, state.Account, state.ExternalId, "active", state.Plan, state.PlanVersion, state.CreatedAt)],
                Gathers = [.. step.Documents.GatherAt.Select(at => new GatherWrite(state.Account, AccountFacts.LiveClock, at))],
            });
        });
    }

    private static ParallelOptions Options(CancellationToken cancellation) => new() { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };

    private static TurnWrite Opened(AccountState account) => new()
    {
        Account = account.Id,
        At = account.CreatedAt,
        Rows = [.. AccountDecider.Rows(null, account), AccountDecider.RowOf(account, account.Methods.Single())],
    };

    private async Task WriteAsync(Customer customer)
    {
        var state = customer.Created.State;
        var issued = customer.Created.Documents;
        var at = customer.Account.CreatedAt;
        var facts = customer.Account.Facts();
        await CommitAsync(new TurnWrite
        {
            Account = state.Account,
            At = at,
            Documents = issued,
            FactsSeen = new FactsSeen(facts.Account, facts.Version),
            Rows = [new SubscriptionRow(state.Id, state.Account, state.ExternalId, "active", state.Plan, state.PlanVersion, state.CreatedAt)],
            Due = InvoiceDue.Of(issued, facts, at),
        });
        if (!await _gate.MarkSentAsync(issued.Attempts.Single().Attempt.Id, at))
        {
            throw new BenchmarkException("An attempt could not be marked as sent.");
        }

        var collect = new DueKey(DueTargets.Invoice, customer.Paid.State.Id, DueKind.Collect);
        await CommitAsync(new TurnWrite
        {
            Account = state.Account,
            At = at,
            Documents = customer.Paid.Documents,
            Due = [new DueWrite(collect, state.Account, AccountFacts.LiveClock, DueAt: null)],
        });
    }

    private Task CommitAsync(TurnWrite write) => _committer.CommitAsync(write, static () => Task.CompletedTask);

    private static byte[] State<TState>(TState state)
        where TState : class =>
        JsonSerializer.SerializeToUtf8Bytes(new StateEnvelope<TState> { State = state }, BillingJson.Options);

    private async Task CopyStatesAsync(IEnumerable<(string Type, string Key, byte[] Payload)> states, CancellationToken cancellation)
    {
        await using var connection = await _cluster.OpenAsync(cancellation);
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy grain_state (service_id, grain_type, grain_key, payload, version) from stdin (format binary)", cancellation);
        foreach (var (type, key, payload) in states)
        {
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(Service, NpgsqlDbType.Text, cancellation);
            await copy.WriteAsync(type, NpgsqlDbType.Text, cancellation);
            await copy.WriteAsync(key, NpgsqlDbType.Text, cancellation);
            await copy.WriteAsync(payload, NpgsqlDbType.Bytea, cancellation);
            await copy.WriteAsync(1, NpgsqlDbType.Integer, cancellation);
        }

        await copy.CompleteAsync(cancellation);
    }
}
