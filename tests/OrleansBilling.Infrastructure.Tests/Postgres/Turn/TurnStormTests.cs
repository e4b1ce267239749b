using NodaTime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Turn;

/// <summary>Many turns at once, refused ones among them, and connections that end in the middle.</summary>
public abstract partial class TurnCommitterTests
{
    [Fact]
    public async Task A_failing_turn_harms_no_other()
    {
        await _cluster.RunAsync("w", s => Given.Next(s, Given.Renewal("sub_w", "acct_w", 0)));
        var good = Enumerable.Range(0, 150).Select(i => _cluster.RunAsync($"w{i}", s => Given.Next(s, Given.Renewal($"sub_w{i}", $"acct_w{i % 10}", 0)))).ToList();
        var bad = Enumerable.Range(0, 5).Select(i => Record.ExceptionAsync(() =>
            _cluster.RunAsync($"x{i}", s => Given.Next(s, Given.Renewal("sub_w", "acct_w", 0, id: $"inv_bad{i}")))).AsTask()).ToList();
        Assert.All(await Task.WhenAll(good), answer => Assert.Equal(200, answer.Status));
        Assert.All(await Task.WhenAll(bad), Assert.NotNull);
        Assert.Equal(151, await _cluster.CountAsync("invoice"));
        Assert.Equal(151, await _cluster.CountAsync("grain_state where grain_type = 'tally'"));
        Assert.Equal(302, await _cluster.CountAsync("journal_entry"));
        // Numbers of an account run without gaps, also where several of its invoices were issued at once.
        Assert.Equal(0, await _cluster.CountAsync("(select account from invoice group by account having count(distinct number) <> max(right(number, 4)::int)) gaps"));
        Assert.Equal(0, await _cluster.CountAsync("invoice i join account_balance b using (account) where right(i.number, 4)::int > b.last_invoice_number"));
    }

    [Fact]
    public async Task A_turn_that_cannot_be_written_harms_no_other()
    {
        // An instant before the year 1 cannot be sent to the database.
        var good = Enumerable.Range(0, 60).Select(i => _cluster.RunAsync($"y{i}", s => Given.Next(s, Given.Write(Given.Told($"y{i}"))))).ToList();
        var bad = Record.ExceptionAsync(() => _cluster.RunAsync("y", s => Given.Next(s, Given.Write(Given.Told("y")) with { At = Instant.MinValue })));
        var more = Enumerable.Range(60, 60).Select(i => _cluster.RunAsync($"y{i}", s => Given.Next(s, Given.Write(Given.Told($"y{i}"))))).ToList();
        Assert.All(await Task.WhenAll([.. good, .. more]), answer => Assert.Equal(200, answer.Status));
        Assert.NotNull(await bad);
        Assert.Equal(120, await _cluster.CountAsync("event"));
    }

    [Fact]
    public async Task A_failed_commit_leaves_in_memory_what_was_there_before()
    {
        await _cluster.RunAsync("ahead", s => Given.Next(s, Given.Write(Given.Told("ahead"))));
        var script = Scripts.Add(s => Given.Next(s, Given.Write(Given.Told("ahead")) with { At = Instant.MinValue }));
        var key = new CommandKey("key", "ahead-fails", "h", new Actor("key", "admin", "test"));
        Assert.Equal(1, await _cluster.Tally("ahead").CountAfterFailure(key, script));
    }

    [Fact]
    public async Task Connections_that_end_in_a_storm_lose_and_double_nothing()
    {
        const int grains = 40, turns = 15;
        using var storm = new CancellationTokenSource();
        var killer = Task.Run(async () =>
        {
            while (!storm.IsCancellationRequested)
            {
                await Task.Delay(20);
                await _cluster.KillConnectionsAsync();
            }
        });
        var failed = 0;
        var done = new int[grains];
        await Task.WhenAll(Enumerable.Range(0, grains).Select(async g =>
        {
            // On a quick machine the storm goes on until a lost connection has met a turn.
            for (var i = 0; i < turns || (Volatile.Read(ref failed) == 0 && i < 40 * turns); i++)
            {
                // The caller repeats under its key until it is answered.
                var key = $"storm-{g}-{i}";
                while (await Record.ExceptionAsync(() => CountOnAsync(g, key)) is not null)
                {
                    Interlocked.Increment(ref failed);
                    await Task.Delay(10);
                }

                done[g]++;
            }
        }));
        await storm.CancelAsync();
        await killer;
        Assert.True(failed > 0, "No turn met a lost connection: the test has tested nothing.");
        for (var g = 0; g < grains; g++)
        {
            Assert.Equal(done[g], await _cluster.Tally($"storm{g}").Count());
            Assert.Equal(done[g], await _cluster.CountAsync($"event where subject = 'storm{g}'"));
        }

        Assert.Equal(done.Sum(), await _cluster.CountAsync("event"));
        Assert.Equal(done.Sum(), await _cluster.CountAsync("command_log"));
    }

    private async Task CountOnAsync(int grain, string key)
    {
        var answer = await _cluster.RunAsync($"storm{grain}", s => Given.Next(s, Given.Write(Given.Told($"storm{grain}"))), key);
        Assert.Equal(200, answer.Status);
    }
}
