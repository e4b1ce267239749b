using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Tests.Schedule;

/// <summary>What runs side by side within an account, and what never does.</summary>
public sealed class DueRunnerTests
{
    private static readonly Instant At = Instant.FromUtc(2026, 3, 1, 0, 0);

    [Fact]
    public async Task Subscriptions_of_an_account_that_gathers_run_side_by_side_within_one_instant_and_kind()
    {
        var targets = new Targets(atOnce: 3);
        DueRow[] rows =
        [
            Row("gather", DueTargets.Gathering, DueKind.Gather), Row("b1", kind: DueKind.Renewal), Row("b2", kind: DueKind.Renewal), Row("b3", kind: DueKind.Renewal),
            Row("a1", kind: DueKind.Cancel), Row("a2", kind: DueKind.Cancel), Row("a3", kind: DueKind.Cancel),
            Row("c1", kind: DueKind.Cancel, at: At + Duration.FromSeconds(1)),
        ];
        Assert.Empty(await RunAsync(targets, rows));
        // Three met three times; the gathering and the later instant ran alone.
        Assert.Equal(3, targets.Most);
        Assert.Equal("aaabbbgatherc", string.Concat(targets.Ran.Select(key => key.TrimEnd('1', '2', '3'))));
    }

    [Fact]
    public async Task Rows_of_any_other_account_run_one_after_the_other_in_order()
    {
        var targets = new Targets(atOnce: 1);
        DueRow[] rows = [.. Enumerable.Range(1, 9).Select(n => Row($"s{n}", kind: DueKind.Renewal, grouping: InvoiceGrouping.Subscription)).Reverse().OrderBy(row => row.Key.GrainKey, StringComparer.Ordinal)];
        Assert.Empty(await RunAsync(targets, rows));
        Assert.Equal(1, targets.Most);
        Assert.Equal(rows.Select(row => row.Key.GrainKey), targets.Ran);
    }

    [Fact]
    public async Task Invoices_of_an_account_that_gathers_run_one_after_the_other()
    {
        var targets = new Targets(atOnce: 1);
        Assert.Empty(await RunAsync(targets, [Row("i1", DueTargets.Invoice, DueKind.Collect), Row("i2", DueTargets.Invoice, DueKind.Collect)]));
        Assert.Equal(1, targets.Most);
    }

    [Fact]
    public async Task One_that_fails_is_told_and_harms_neither_its_wave_nor_what_comes_after()
    {
        var targets = new Targets(atOnce: 2) { Fails = "a2" };
        var failed = await RunAsync(targets, [Row("a1"), Row("a2"), Row("gather", DueTargets.Gathering, DueKind.Gather)]);
        Assert.Equal("a2", Assert.Single(failed).Row.Key.GrainKey);
        Assert.Equal("gather", targets.Ran.Last());
    }

    private static async Task<IReadOnlyList<(DueRow Row, string Error)>> RunAsync(Targets targets, DueRow[] rows)
    {
        using var runner = new DueRunner(targets, new ScheduleOptions(), NullLogger<DueRunner>.Instance);
        return await runner.RunAsync(rows, At).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static DueRow Row(
        string key, string type = DueTargets.Subscription, DueKind kind = DueKind.Renewal, Instant? at = null, InvoiceGrouping grouping = InvoiceGrouping.Account) => new(
        new DueKey(type, key, kind), "acct_1", at ?? At, 0,
        new BillingFacts(
            new AccountFacts("acct_1", 1, Currency.Of("usd"), "UTC", AccountFacts.LiveClock, TaxSettings.None, CollectionMode.Automatic, 0, grouping, null, "default"), 0, DunningPolicy.Default));

    /// <summary>Targets of which so many wait for each other, where they are subscriptions of one wave.</summary>
    private sealed class Targets(int atOnce) : IDueTargets
    {
        private readonly ConcurrentDictionary<char, (SemaphoreSlim Met, StrongBox Count)> _waves = new();
        private int _running;

        public ConcurrentQueue<string> Ran { get; } = new();

        public int Most { get; private set; }

        public string? Fails { get; init; }

        public IDueGrain Of(DueKey key) => new Target(this, key);

        private async Task RunAsync(DueKey key)
        {
            Ran.Enqueue(key.GrainKey);
            var running = Interlocked.Increment(ref _running);
            lock (Ran)
            {
                Most = Math.Max(Most, running);
            }

            if (atOnce > 1 && key.GrainKey[0] is 'a' or 'b' && key.GrainType == DueTargets.Subscription)
            {
                // Comes back only once all of its wave are here.
                var (met, count) = _waves.GetOrAdd(key.GrainKey[0], static _ => (new SemaphoreSlim(0), new StrongBox()));
                if (Interlocked.Increment(ref count.Value) == atOnce)
                {
                    met.Release(atOnce);
                }

                await met.WaitAsync();
            }
            else
            {
                await Task.Yield();
            }

            Interlocked.Decrement(ref _running);
            if (key.GrainKey == Fails)
            {
                throw new InvalidOperationException("no such plan");
            }
        }

        private sealed class StrongBox
        {
            public int Value;
        }

        private sealed class Target(Targets all, DueKey key) : IDueGrain
        {
            public async Task<DueAnswer> RunDue(RunDue message)
            {
                await all.RunAsync(key);
                return new DueAnswer([]);
            }
        }
    }
}
