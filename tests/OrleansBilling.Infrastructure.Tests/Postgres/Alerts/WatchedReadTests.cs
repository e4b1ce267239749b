using Microsoft.Extensions.Options;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using Orleans.Configuration;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Alerts;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Alerts;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Infrastructure.Postgres.Wallets;
using OrleansBilling.Testing;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Alerts;

/// <summary>What looks at alerts and holds read of an account with many subscriptions: only what the alerts need, and as right as all of them.</summary>
public sealed class WatchedReadTests(PostgresFixture postgres)
{
    private const int Many = 3_000;

    private static readonly Instant Now = Instant.FromUtc(2026, 6, 10, 12, 0);

    [Fact]
    public async Task Holds_rolling_up_and_looks_read_no_subscriptions_that_no_alert_watches()
    {
        var database = await postgres.CreateDatabaseAsync();
        await ScratchCluster.ExecuteAsync(
            database,
            $$"""
            insert into subscription (id, account, status, plan, plan_version, created_at)
            select 'sub_' || i, 'acct_a', case when i % 10 = 0 then 'canceled' else 'active' end, 'plan_' || i % 3, 1, now() from generate_series(1, {{Many}}) i;
            insert into subscription (id, account, status, plan, plan_version, created_at)
            select 'sub_x' || i, 'acct_' || i, 'active', 'plan_' || i % 50, 1, now() from generate_series(1, {{Many}}) i;
            insert into usage_owner (account, meter, subscription, created_at, since) select s.account, 'calls', s.id, s.created_at, now() from subscription s where s.status = 'active';
            insert into wallet (id, account, currency, unit_value, priority, applies_to, metadata, version, created_at) values ('wal_a', 'acct_a', 'usd', 1, 50, '{}', '{}', 1, now());
            insert into account_facts (account, version, currency, time_zone, clock, dunning_policy, facts) values ('acct_a', 1, 'usd', 'UTC', 'live', 'default', '{}');
            insert into alert (id, account, plan, kind, meter, thresholds, definition, created_at) values
                ('alert_a', 'acct_a', null, 'usage', 'calls', '{1}', '{}', now()), ('alert_b', null, 'plan_1', 'balance', null, '{2,3}', '{}', now());
            """);
        await ScratchCluster.ExecuteAsync(database, "analyze");
        Assert.InRange(await RowsRead.OfAsync(database, "subscription", WalletReads.Wallets, (object)new[] { "wal_a" }), 0, 10);
        Assert.InRange(await RowsRead.OfAsync(database, "subscription", WalletReads.OfAccounts, (object)new[] { "acct_a" }), 0, 10);
        Assert.InRange(await RowsRead.OfAsync(database, "subscription", AlertMarks.Mark, new[] { "acct_a" }, new[] { "other" }, new short[] { 1 }), 0, 10);
        Assert.InRange(await RowsRead.OfAsync(database, "subscription", PostgresAlertRows.Watched, "acct_a", "x"), 0, 20);
        Assert.InRange(await RowsRead.OfAsync(database, "usage_owner", PostgresAlertRows.Watched, "acct_a", "x"), 0, 10);
        await using var connection = await new BillingDatabase(database).OpenAsync();
        await using var command = new NpgsqlCommand(WalletReads.Wallets, connection) { Parameters = { new() { Value = new[] { "wal_a" } } } };
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal([2, 3], reader.GetFieldValue<decimal[]>(12).Order());
    }

    [Fact]
    public async Task What_was_told_in_the_years_before_is_not_read_again()
    {
        var database = await postgres.CreateDatabaseAsync();
        await ScratchCluster.ExecuteAsync(
            database,
            """
            insert into alert_firing (alert, target, threshold, period_start, period_end, account, recurring, value, triggered_at)
            select 'alert_a', 'sub_' || t, 10, p, p + interval '1 day', 'acct_a', true, 11, p from generate_series(1, 20) t, generate_series('2026-01-01Z'::timestamptz, '2026-06-10Z', interval '1 day') p;
            analyze
            """);
        var rows = Rows(database);
        var alert = new Alert("alert_a", AlertKind.Usage, [10, 20], Now) { Account = "acct_a", Meter = "calls" };
        var today = new Period(Instant.FromUtc(2026, 6, 10, 0, 0), Instant.FromUtc(2026, 6, 11, 0, 0));
        var yesterday = new Period(today.Start - Duration.FromDays(1), today.Start);
        var told = await rows.ToldAsync([(alert, new AlertTarget("sub_1", today)), (alert, new AlertTarget("sub_1", yesterday)), (alert, new AlertTarget("sub_none", today))]);
        Assert.Equal([yesterday.Start, today.Start], told.Select(firing => firing.Period.Start).Order());
        var read = await RowsRead.OfAsync(
            database, "alert_firing", PostgresAlertRows.Told, new[] { "alert_a" }, new[] { "sub_1" }, new[] { 10m }, new[] { yesterday.Start.ToDateTimeUtc() });
        Assert.InRange(read, 1, 4);
    }

    /// <summary>Accounts drawn at random: what alerts look at is the same whether all subscriptions were read or those that a look reads.</summary>
    [Fact]
    public async Task Targets_are_those_that_all_subscriptions_give()
    {
        var random = new Random(20260610);
        var database = await postgres.CreateDatabaseAsync();
        var rows = Rows(database);
        var (fewer, targets) = (0, 0);
        for (var i = 0; i < 40; i++)
        {
            var account = $"acct_{i}";
            var counted = new HashSet<string>();
            var meters = await DrawAsync(database, account, random, counted);
            var (look, all) = (await rows.ReadAsync(account), await rows.ReadAllAsync(account));
            fewer += all.Subscriptions.Length - look.Subscriptions.Length;
            foreach (var alert in all.Alerts)
            {
                var shown = Shown(alert, account, all, meters, counted);
                Assert.Equal(shown, Shown(alert, account, look, meters, counted));
                targets += shown.Length > 0 ? 1 : 0;
            }
        }

        Assert.True(fewer > 40 && targets > 40, $"{fewer} and {targets}: too little was drawn");
    }

    // Spend sums up what counts usage: what others cost is nothing.
    private static string Shown(Alert alert, string account, AlertSheet sheet, Dictionary<string, HashSet<string>> meters, HashSet<string> counted) => string.Join(
        "; ",
        AlertTargets.Of(alert, account, [.. sheet.Subscriptions.Select(state => new WatchedSubscription(state, [.. meters[state.Id].Where(meter => !meter.StartsWith('-'))]))], sheet.Wallets, DateTimeZone.Utc, Now)
            .Where(target => alert is not { Kind: AlertKind.Spend, Plan: not null } || counted.Contains(target.Id))
            .Select(target => $"{target.Id} {target.Period} {target.Subscription} {target.Wallet} {string.Join(',', target.Spans.Where(span => counted.Contains(span.Subscription)))}"));

    private static async Task<Dictionary<string, HashSet<string>>> DrawAsync(string database, string account, Random random, HashSet<string> counted)
    {
        var meters = new Dictionary<string, HashSet<string>>();
        await using var connection = await new BillingDatabase(database).OpenAsync();
        Task RunAsync(string sql, params object[] values) => ExecuteAsync(connection, sql, values);
        var subscriptions = random.Next(1, 13);
        for (var i = 0; i < subscriptions; i++)
        {
            var id = $"sub_{account}_{random.Next(100_000)}";
            if (meters.ContainsKey(id))
            {
                continue;
            }

            var created = Instant.FromUtc(2026, random.Next(1, 4), random.Next(1, 28), random.Next(0, 2), 0);
            var status = random.Next(6) switch { 0 => SubscriptionStatus.Paused, 1 => SubscriptionStatus.Canceled, 2 => SubscriptionStatus.Incomplete, 3 => SubscriptionStatus.Trialing, _ => SubscriptionStatus.Active };
            var plan = $"plan_{account}_{random.Next(3)}";
            var start = Instant.FromUtc(2026, 6, random.Next(1, 11), 11, 30);
            var state = new SubscriptionState(
                id, account, plan, 1, Currency.Of("usd"), status, created, created, new StartAnchor(), new Period(start, start + Duration.FromDays(30)), []);
            var priced = new HashSet<string>();
            foreach (var meter in new[] { "m0", "m1" }.Where(_ => random.Next(2) == 0))
            {
                // A running claim; one that a change or a pause has ended; who paused before it counted anything has none.
                var ended = status is not (SubscriptionStatus.Active or SubscriptionStatus.Trialing) || random.Next(4) == 0;
                var prices = !ended || status is SubscriptionStatus.Paused;
                priced.Add(prices ? meter : "-" + meter);
                await RunAsync(
                    "insert into usage_owner (account, meter, subscription, created_at, since, until) values ($1, $2, $3, $4, $4, case when $5 then $4 + interval '1 day' end)",
                    account, meter, id, created, ended);
            }

            if (status is SubscriptionStatus.Paused && random.Next(3) == 0)
            {
                await RunAsync("delete from usage_owner where subscription = $1", id);
            }
            else if (priced.Count > 0)
            {
                counted.Add(id);
            }

            meters[id] = priced;
            await RunAsync("insert into subscription (id, account, status, plan, plan_version, created_at) values ($1, $2, $3, $4, 1, $5)", id, account, status.ToString().ToLowerInvariant(), plan, created);
            await RunAsync(
                "insert into grain_state (service_id, grain_type, grain_key, payload, version) values ('x', 'subscription', $1, $2, 1)",
                id, System.Text.Encoding.UTF8.GetBytes(BillingJson.Write(new StateEnvelope<SubscriptionState> { State = state })));
        }

        await DrawAlertsAsync(connection, account, random);
        await RunAsync("insert into wallet (id, account, currency, unit_value, priority, applies_to, metadata, version, created_at) values ($1, $2, 'usd', 1, 50, '{}', '{}', 1, now())", "wal_" + account, account);
        return meters;
    }

    private static async Task DrawAlertsAsync(NpgsqlConnection connection, string account, Random random)
    {
        var alerts = random.Next(1, 3);
        for (var i = 0; i < alerts; i++)
        {
            var kind = (AlertKind)random.Next(3);
            var ofPlan = random.Next(3) == 0;
            var alert = new Alert($"alert_{account}_{i}", kind, [10], Now)
            {
                Account = ofPlan ? null : account,
                Plan = ofPlan ? $"plan_{account}_{random.Next(3)}" : null,
                Meter = kind is AlertKind.Usage ? "m" + random.Next(2) : null,
            };
            await ExecuteAsync(
                connection, "insert into alert (id, account, plan, kind, meter, thresholds, definition, created_at) values ($1, $2, $3, $4, $5, '{10}', $6::jsonb, $7)",
                alert.Id, (object?)alert.Account ?? DBNull.Value, (object?)alert.Plan ?? DBNull.Value, kind.ToString().ToLowerInvariant(), (object?)alert.Meter ?? DBNull.Value, BillingJson.Write(alert), Now);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(value is Instant at ? new NpgsqlParameter { Value = at.ToDateTimeUtc(), NpgsqlDbType = NpgsqlDbType.TimestampTz } : new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }

    private static PostgresAlertRows Rows(string database) => new(new BillingDatabase(database), new GrainRows(Options.Create(new ClusterOptions { ServiceId = "x" })));
}
