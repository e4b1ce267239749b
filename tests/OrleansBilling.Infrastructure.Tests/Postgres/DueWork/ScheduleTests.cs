using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Orleans.Hosting;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.DueWork;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.DueWork;

/// <summary>Due work of the live clock runs by itself, in order, and failures harm nobody else.</summary>
public sealed class ScheduleTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly Instant Past = Instant.FromUtc(2024, 1, 1, 0, 0);
    private TurnCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TurnCluster.StartAsync(postgres, CommitterKind.Grouped, silo =>
    {
        silo.Services.AddSingleton<IDueTargets, ProbeTargets>();
        silo.AddBillingSchedule(new ScheduleOptions { FirstWait = TimeSpan.FromMilliseconds(1), MaxTries = 3 });
    });

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_row_runs_with_its_facts_until_its_target_has_moved_it_to_the_future()
    {
        await _cluster.RunAsync("facts", s => Given.Next(s, Given.Write(Given.Moved("acct_a", 70, null)) with { Rows = [new AccountFactsRow(Given.Facts("acct_a"))] }));
        Probes.Set("probe_a", async (message, commit) =>
        {
            var runs = Probes.Calls("a").Count;
            var next = runs < 3 ? Past + Duration.FromDays(runs) : message.Now + Duration.FromDays(1);
            await commit(Given.Write(Given.Told("a")) with { Due = [ProbeRows.Row("a", "acct_a", next)] });
            return new DueAnswer([]);
        });
        await _cluster.InsertAsync("a", "acct_a", Past);
        await ProbeRows.UntilAsync(async () => await _cluster.CountAsync("due_work where run_at > now()") == 1, "the row lies in the future");
        var calls = Probes.Calls("a");
        Assert.Equal(3, calls.Count);
        Assert.All(calls, call => Assert.Equal((70L, "acct_a", DueKind.Renewal), (call.Message.Facts!.CreditBalance, call.Message.Facts.Account.Account, call.Message.Kind)));
        Assert.Equal([1, 3, 5, 7], calls[0].Message.Facts!.Dunning.RetryDays);
        Assert.Equal(3, await _cluster.CountAsync("event"));
    }

    [Fact]
    public async Task Rows_of_one_account_run_by_instant_and_kind_and_hand_over_at_once()
    {
        ProbeScript done = Done("b1", "acct_b");
        Probes.Set("probe_b1", done);
        Probes.Set("probe_b2", async (message, commit) =>
        {
            await commit(Given.Write() with { Due = [ProbeRows.Row("b2", "acct_b", null, kind: DueKind.TrialEnd), ProbeRows.Row("b9", "acct_b", message.Now, kind: DueKind.Collect)] });
            return new DueAnswer([Probes.Key("b9", DueKind.Collect)]);
        });
        Probes.Set("probe_b3", Done("b3", "acct_b"));
        Probes.Set("probe_b9", Done("b9", "acct_b"));
        // One statement, so that all are taken in one batch.
        await _cluster.ExecuteAsync(
            $"""
            insert into due_work (grain_type, grain_key, kind, kind_order, account, clock, shard, due_at, run_at) values
            ('probe', 'probe_b1', 'renewal', 5, 'acct_b', 'live', {Shards.Of("acct_b")}, '2024-01-02', '2024-01-01'),
            ('probe', 'probe_b2', 'trial_end', 4, 'acct_b', 'live', {Shards.Of("acct_b")}, '2024-01-02', '2024-01-02'),
            ('probe', 'probe_b3', 'collect', 7, 'acct_b', 'live', {Shards.Of("acct_b")}, '2024-01-01', '2024-01-02')
            """);
        await ProbeRows.UntilAsync(async () => await _cluster.CountAsync("due_work") == 0, "all rows are done");
        Assert.Equal(["probe_b3", "probe_b2", "probe_b9", "probe_b1"], Probes.Calls("b").Select(call => call.Key));
    }

    [Fact]
    public async Task A_row_that_fails_backs_off_is_left_to_a_person_and_blocks_nobody()
    {
        Probes.Set("probe_c1", (_, _) => throw new InvalidOperationException("no such plan"));
        Probes.Set("probe_c2", Done("c2", "acct_c"));
        await _cluster.InsertAsync("c1", "acct_c", Past);
        await _cluster.InsertAsync("c2", "acct_c", Past + Duration.FromHours(1));
        await ProbeRows.UntilAsync(async () => await _cluster.CountAsync("due_work where quarantined_at is not null") == 1, "the row is quarantined");
        Assert.Equal(3, Probes.Calls("c1").Count);
        Assert.Equal(1, await _cluster.CountAsync("due_work where attempts = 3 and last_error like '%no such plan%' and due_at = '2024-01-01' and run_at > due_at"));
        await ProbeRows.UntilAsync(async () => await _cluster.CountAsync("due_work") == 1, "the other row is done");
        Assert.Single(Probes.Calls("c2"));
    }

    [Fact]
    public async Task A_row_that_its_target_never_moves_counts_as_failed()
    {
        Probes.Set("probe_d", (_, _) => Task.FromResult(new DueAnswer([])));
        await _cluster.InsertAsync("d", "acct_d", Past);
        await ProbeRows.UntilAsync(async () => await _cluster.CountAsync("due_work where quarantined_at is not null") == 1, "the row is quarantined");
        Assert.Equal(1, await _cluster.CountAsync("due_work where last_error like '%neither moved nor deleted%'"));
    }

    [Fact]
    public async Task Many_accounts_flow_side_by_side()
    {
        const int rows = 600;
        for (var i = 0; i < rows; i++)
        {
            Probes.Set($"probe_e{i}", Done($"e{i}", $"acct_e{i}"));
        }

        await _cluster.ExecuteAsync(
            "insert into due_work (grain_type, grain_key, kind, kind_order, account, clock, shard, due_at, run_at) values "
            + string.Join(',', Enumerable.Range(0, rows).Select(i => $"('probe', 'probe_e{i}', 'renewal', 5, 'acct_e{i}', 'live', {Shards.Of($"acct_e{i}")}, '2024-01-01', '2024-01-01')")));
        await ProbeRows.UntilAsync(async () => await _cluster.CountAsync("due_work") == 0, "all rows are done");
        Assert.Equal(rows, Probes.Calls("e").Select(call => call.Key).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_flood_of_rows_of_one_account_does_not_hold_up_others_of_its_shard()
    {
        const int rows = 700;
        var other = Enumerable.Range(0, 1_000).Select(i => $"acct_g{i}").First(account => Shards.Of(account) == Shards.Of("acct_f"));
        for (var i = 0; i < rows; i++)
        {
            Probes.Set($"probe_f{i}", Done($"f{i}", "acct_f"));
        }

        Probes.Set("probe_g", Done("g", other));
        await _cluster.ExecuteAsync(
            "insert into due_work (grain_type, grain_key, kind, kind_order, account, clock, shard, due_at, run_at) values "
            + string.Concat(Enumerable.Range(0, rows).Select(i => $"('probe', 'probe_f{i}', 'renewal', 5, 'acct_f', 'live', {Shards.Of("acct_f")}, '2024-01-01', '2024-01-01'),"))
            + $"('probe', 'probe_g', 'renewal', 5, '{other}', 'live', {Shards.Of(other)}, '2024-01-02', '2024-01-02')");
        await ProbeRows.UntilAsync(async () => await _cluster.CountAsync("due_work") == 0, "all rows are done", seconds: 120);
        var calls = Probes.Calls("").Where(call => call.Key is "probe_g" || call.Key.StartsWith("probe_f", StringComparison.Ordinal)).Select(call => call.Key).ToList();
        Assert.Equal(rows + 1, calls.Distinct().Count());

        // At most one batch went before it.
        Assert.InRange(calls.IndexOf("probe_g"), 0, new ScheduleOptions().BatchSize);
    }

    [Fact]
    public async Task Old_answers_of_commands_go_after_thirty_days()
    {
        await _cluster.ExecuteAsync(
            """
            insert into command_log (scope, key, request_hash, status, answer, created_at) values
            ('k', 'old', 'h', 200, '{}', now() - interval '31 days'), ('k', 'new', 'h', 200, '{}', now() - interval '29 days')
            """);
        var clocks = _cluster.Services.GetRequiredService<IClocks>();
        await CommandLogCleaner.CleanAsync(_cluster.Services.GetRequiredService<TurnDatabase>(), clocks.Live, TestContext.Current.CancellationToken);
        Assert.Equal("new", await _cluster.ScalarAsync<string>("select string_agg(key, ',') from command_log where scope = 'k'"));
    }

    private static ProbeScript Done(string key, string account) => async (message, commit) =>
    {
        await commit(Given.Write() with { Due = [ProbeRows.Row(key, account, null, kind: message.Kind)] });
        return new DueAnswer([]);
    };
}
