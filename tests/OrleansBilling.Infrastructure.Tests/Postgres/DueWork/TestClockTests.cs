using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NodaTime;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.DueWork;
using OrleansBilling.Infrastructure.Postgres.Metering;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.DueWork;

/// <summary>A test clock runs everything due up to its target, each at its own time.</summary>
public sealed class TestClockTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly Instant Start = Instant.FromUtc(2024, 1, 1, 0, 0);
    private static readonly Duration Month = Duration.FromDays(30);
    private TurnCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TurnCluster.StartAsync(postgres, CommitterKind.Grouped, silo =>
    {
        silo.Services.AddSingleton<IDueTargets, ProbeTargets>();
        silo.AddBillingSchedule(new ScheduleOptions());
        silo.Services.AddBillingUsage(new UsageOptions(), takesEvents: false, rollsUp: false);
    });

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task An_advance_runs_every_instant_at_its_own_time()
    {
        var clock = await CreateAsync("clk_a");
        foreach (var (name, first) in new[] { ("k_a1", Start + Month), ("k_a2", Start + Month + Duration.FromHours(1)) })
        {
            Probes.Set("probe_" + name, async (message, commit) =>
            {
                await commit(Given.Write() with { Due = [ProbeRows.Row(name, "acct_" + name, message.Now + Month, "clk_a")] });
                return new DueAnswer([]);
            });
            await _cluster.InsertAsync(name, "acct_" + name, first, "clk_a");
        }

        var to = Start + (Month * 3) + Duration.FromMinutes(1);
        var done = await AdvanceAsync(clock, to);
        Assert.Equal((to, "ready", 5L), (Now(done), Status(done), done.RootElement.GetProperty("ran").GetInt64()));
        Assert.Equal(
            [("probe_k_a1", Start + Month), ("probe_k_a2", Start + Month + Duration.FromHours(1)), ("probe_k_a1", Start + (Month * 2)),
                ("probe_k_a2", Start + (Month * 2) + Duration.FromHours(1)), ("probe_k_a1", Start + (Month * 3))],
            Probes.Calls("k_a").Select(call => (call.Key, call.Message.Now)));
        Assert.Equal(1, await _cluster.CountAsync("test_clock where id = 'clk_a' and not advancing and now = '2024-03-31 00:01'"));
        Assert.Equal(new ClockReading(to, Advancing: false), await _cluster.Services.GetRequiredService<IClocks>().ReadAsync("clk_a"));
    }

    [Fact]
    public async Task Rows_that_come_due_at_the_same_instant_run_in_it()
    {
        var clock = await CreateAsync("clk_b");
        Probes.Set("probe_k_b_first", async (message, commit) =>
        {
            await commit(Given.Write() with
            {
                Due = [ProbeRows.Row("k_b_first", "acct_b", null, "clk_b"), ProbeRows.Row("k_b_second", "acct_b", message.Now, "clk_b", DueKind.Collect)],
            });
            return new DueAnswer([]);
        });
        Probes.Set("probe_k_b_second", Done("k_b_second", "acct_b", "clk_b"));
        await _cluster.InsertAsync("k_b_first", "acct_b", Start + Month, "clk_b");
        var done = await AdvanceAsync(clock, Start + (Month * 2));
        Assert.Equal(2, done.RootElement.GetProperty("ran").GetInt64());
        Assert.All(Probes.Calls("k_b_"), call => Assert.Equal(Start + Month, call.Message.Now));
    }

    [Fact]
    public async Task A_row_that_fails_is_left_to_a_person_and_the_advance_arrives()
    {
        var clock = await CreateAsync("clk_c");
        Probes.Set("probe_k_c_bad", (_, _) => throw new InvalidOperationException("broken"));
        Probes.Set("probe_k_c_stuck", (_, _) => Task.FromResult(new DueAnswer([])));
        Probes.Set("probe_k_c_good", Done("k_c_good", "acct_c", "clk_c"));
        await _cluster.InsertAsync("k_c_bad", "acct_c", Start + Month, "clk_c");
        await _cluster.InsertAsync("k_c_stuck", "acct_c2", Start + Month, "clk_c");
        await _cluster.InsertAsync("k_c_good", "acct_c", Start + (Month * 2), "clk_c");
        var done = await AdvanceAsync(clock, Start + (Month * 3));
        Assert.Equal("ready", Status(done));
        Assert.Equal(3, Probes.Calls("k_c_bad").Count);
        Assert.Single(Probes.Calls("k_c_good"));
        Assert.Equal(2, await _cluster.CountAsync("due_work where quarantined_at is not null and attempts = 3"));
    }

    [Fact]
    public async Task A_clock_only_goes_forward()
    {
        var clock = await CreateAsync("clk_d");
        var back = await clock.Advance(TurnCluster.KeyOf(null), Start - Duration.FromSeconds(1));
        Assert.Equal((422, "clock_backwards"), (back.Status, back.Refusal?.Code));
        var unknown = await Grain("clk_unknown").Advance(TurnCluster.KeyOf(null), Start);
        Assert.Equal((404, "test_clock_not_found"), (unknown.Status, unknown.Refusal?.Code));
        Assert.Equal("ready", Status(await AdvanceAsync(clock, Start)));
    }

    [Fact]
    public async Task While_it_advances_it_takes_no_other_target_and_is_not_deleted()
    {
        var clock = await CreateAsync("clk_e");
        var gate = new TaskCompletionSource();
        Probes.Set("probe_k_e_slow", async (message, commit) =>
        {
            await gate.Task;
            return await Done("k_e_slow", "acct_e", "clk_e")(message, commit);
        });
        await _cluster.InsertAsync("k_e_slow", "acct_e", Start + Month, "clk_e");
        var to = Start + (Month * 2);
        Assert.Equal("advancing", Status(JsonDocument.Parse((await clock.Advance(TurnCluster.KeyOf(null), to)).Body)));
        await ProbeRows.UntilAsync(() => Task.FromResult(Probes.Calls("k_e_slow").Count == 1), "the row runs");
        Assert.True((await _cluster.Services.GetRequiredService<IClocks>().ReadAsync("clk_e"))!.Advancing);
        Assert.Equal("clock_advancing", (await clock.Advance(TurnCluster.KeyOf(null), to + Month)).Refusal?.Code);
        Assert.Equal("clock_advancing", (await clock.Delete(TurnCluster.KeyOf(null))).Refusal?.Code);
        Assert.Equal(200, (await clock.Advance(TurnCluster.KeyOf(null), to)).Status);
        gate.SetResult();
        await ProbeRows.UntilAsync(async () => Status(JsonDocument.Parse((await clock.Get()).Body)) == "ready", "the clock arrives");
    }

    [Fact]
    public async Task An_advance_that_a_crash_interrupted_goes_on_at_the_first_call()
    {
        Probes.Set("probe_k_f", Done("k_f", "acct_f", "clk_f"));
        await _cluster.InsertAsync("k_f", "acct_f", Start + Month, "clk_f");
        // What a silo that died in an advance leaves behind.
        var service = _cluster.Services.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId;
        var state = """{"schema_version":1,"state":{"now":"2024-01-10T00:00:00Z","target":"2024-03-01T00:00:00Z","ran":2,"created_at":"2024-01-01T00:00:00Z","deleted":false}}""";
        await _cluster.ExecuteAsync($"insert into grain_state values ('{service}', 'test_clock', 'clk_f', '{state}'::bytea, 4)");
        await ProbeRows.UntilAsync(async () => Status(JsonDocument.Parse((await Grain("clk_f").Get()).Body)) == "ready", "the clock arrives");
        Assert.Equal([Start + Month], Probes.Calls("k_f").Select(call => call.Message.Now));
        Assert.Equal(1, await _cluster.CountAsync("test_clock where id = 'clk_f' and now = '2024-03-01'"));
    }

    [Fact]
    public async Task A_deleted_clock_closes_its_accounts()
    {
        var clock = await CreateAsync("clk_g");
        await _cluster.RunAsync("g", s => Given.Next(s, Given.Write() with
        {
            Rows = [new AccountRow("acct_g", "G", null, null, "clk_g", Start, Deleted: false), new AccountFactsRow(Given.Facts("acct_g", clock: "clk_g"))],
            Due = [ProbeRows.Row("k_g", "acct_g", Start + Month, "clk_g")],
        }));
        var key = TurnCluster.KeyOf(null);
        Assert.Equal(200, (await clock.Delete(key)).Status);
        Assert.Equal(1, await _cluster.CountAsync("account where deleted"));
        Assert.Equal(0, await _cluster.CountAsync("account_facts"));
        Assert.Equal(0, await _cluster.CountAsync("due_work"));
        Assert.Null(await _cluster.Services.GetRequiredService<IClocks>().ReadAsync("clk_g"));
        Assert.Equal(404, (await clock.Get()).Status);
        Assert.True((await clock.Delete(key)).Replayed);
        Assert.Equal(404, (await clock.Delete(TurnCluster.KeyOf(null))).Status);
    }

    private static ProbeScript Done(string key, string account, string clock) => async (message, commit) =>
    {
        await commit(Given.Write() with { Due = [ProbeRows.Row(key, account, null, clock, message.Kind)] });
        return new DueAnswer([]);
    };

    private static string Status(JsonDocument clock) => clock.RootElement.GetProperty("status").GetString()!;

    private static Instant Now(JsonDocument clock) => NodaTime.Text.InstantPattern.ExtendedIso.Parse(clock.RootElement.GetProperty("now").GetString()!).Value;

    private ITestClockGrain Grain(string id) => _cluster.Grains.GetGrain<ITestClockGrain>(id);

    private async Task<ITestClockGrain> CreateAsync(string id)
    {
        var answer = await Grain(id).Create(TurnCluster.KeyOf(null), Start, "test");
        Assert.Equal(201, answer.Status);
        return Grain(id);
    }

    private static async Task<JsonDocument> AdvanceAsync(ITestClockGrain clock, Instant to)
    {
        Assert.Equal(200, (await clock.Advance(TurnCluster.KeyOf(null), to)).Status);
        JsonDocument? stands = null;
        await ProbeRows.UntilAsync(
            async () =>
            {
                stands = JsonDocument.Parse((await clock.Get()).Body);
                return Status(stands) == "ready";
            },
            "the clock arrives");
        return stands!;
    }
}
