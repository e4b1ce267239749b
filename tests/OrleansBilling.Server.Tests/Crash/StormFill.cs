using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Server.Tests.Crash;

/// <summary>
/// Fills a database with subscriptions whose trials ended <see cref="Periods"/> days ago, as after a long outage: each owes
/// that many daily periods at once. Written as the grains write, by the product's own decisions and committer.
/// </summary>
internal sealed class StormFill(string connectionString)
{
    /// <summary>Daily periods that each subscription owes.</summary>
    public const int Periods = 12;

    private static readonly PlanVersion Plan = new(
        "storm", 1, "Storm", Currency.Of("eur"), new BillingInterval(IntervalUnit.Day, 1), TrialDays: 1,
        [new Price("seat", PriceKind.Recurring, BillingTiming.InAdvance, new FlatModel(1000m))]);

    // The next boundary lies hours ahead: nothing more falls due while the test runs.
    private readonly Instant _start = Instant.FromUnixTimeSeconds(SystemClock.Instance.GetCurrentInstant().ToUnixTimeSeconds())
        - Duration.FromDays(Periods + 1) + Duration.FromHours(8);

    private int _filled;

    /// <summary>Subscriptions filled so far.</summary>
    public int Count => _filled;

    /// <summary>Adds subscriptions; they are due from that moment on.</summary>
    public async Task AddAsync(int count)
    {
        await using var database = new TurnDatabase(new BillingDatabase(connectionString));
        await using var committer = new GroupedTurnCommitter(database, new TurnOptions(), NullLogger<GroupedTurnCommitter>.Instance);
        if (_filled == 0)
        {
            await committer.CommitAsync(PlanWrite(), () => Task.CompletedTask);
            await committer.CommitAsync(SellerWrite(), () => Task.CompletedTask);
            await StatesAsync([("plan", "plan_" + Plan.Code, State(new PlanState(Plan.Code, Plan.Name, 1, _start)))]);
        }

        var made = Enumerable.Range(_filled, count).Select(Make).ToList();
        await StatesAsync(made.SelectMany(pair => new[]
        {
            ("account", pair.Account.Id, State(pair.Account)),
            ("subscription", pair.Subscription.Id, State(pair.Subscription)),
        }));
        await Task.WhenAll(made.Select(pair => committer.CommitAsync(Write(pair.Account, pair.Subscription), () => Task.CompletedTask)));
        _filled += count;
    }

    private static byte[] State<TState>(TState state)
        where TState : class =>
        JsonSerializer.SerializeToUtf8Bytes(new StateEnvelope<TState> { State = state }, BillingJson.Options);

    private (AccountState Account, SubscriptionState Subscription) Make(int number)
    {
        var method = new AccountPaymentMethod($"pm_storm{number}", "sandbox", "tok_visa", _start);
        var account = new AccountState(
            $"acct_storm{number}",
            new AccountSettings
            {
                Name = "Storm",
                Currency = "eur",
                TimeZone = "UTC",
                Tax = new TaxSettings([new AccountTaxRate("vat", 20m, [])], Inclusive: false, TaxRounding.Document, Exempt: false, TaxId: null),
            },
            _start,
            FactsVersion: 1)
        {
            Methods = [method],
            DefaultMethod = method.Id,
        };
        var facts = new SubscriptionFacts(
            new BillingFacts(account.Facts(), 0, DunningPolicy.Default), [Plan], ImmutableDictionary<string, CreditableInvoice>.Empty);
        var context = new StepContext(_start, _start, new IdSource($"storm{number}", _start), $"create:sub_storm{number}");
        var step = SubscriptionCreation.Create(new SubscriptionOrder($"sub_storm{number}", Plan), facts, context).Value;
        return (account, step.State);
    }

    /// <summary>Numbers run by seller, so that a lost or doubled one would show.</summary>
    private TurnWrite SellerWrite() => new()
    {
        At = _start,
        Rows = [new LegalEntityRow(new LegalEntity(LegalEntity.DefaultCode, 2, "Storm", _start) { Numbering = new Numbering(NumberingScope.Entity, "STORM") }, _start)],
    };

    private TurnWrite PlanWrite() => new()
    {
        At = _start,
        Rows = [new PlanRow(Plan.Code, Plan.Name, 1, _start, ArchivedAt: null), new PlanVersionRow(Plan.Code, 1, BillingJson.Write(Plan), _start)],
    };

    private TurnWrite Write(AccountState account, SubscriptionState subscription) => new()
    {
        Account = account.Id,
        At = _start,
        Rows =
        [
            .. AccountDecider.Rows(null, account),
            AccountDecider.RowOf(account, account.Methods[0]),
            new SubscriptionRow(subscription.Id, account.Id, null, "trialing", Plan.Code, 1, _start),
        ],
        Due =
        [
            .. SubscriptionDueWork.Of(subscription).Select(due =>
                new DueWrite(new DueKey(DueTargets.Subscription, subscription.Id, due.Kind), account.Id, AccountFacts.LiveClock, due.At)),
        ],
    };

    private async Task StatesAsync(IEnumerable<(string Type, string Key, byte[] Payload)> states)
    {
        var rows = states.ToList();
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            insert into grain_state (service_id, grain_type, grain_key, payload, version)
            select 'billing', t, k, p, 1 from unnest($1, $2, $3) as rows (t, k, p)
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = rows.Select(row => row.Type).ToArray() },
                new() { Value = rows.Select(row => row.Key).ToArray() },
                new() { Value = rows.Select(row => row.Payload).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync();
    }
}
