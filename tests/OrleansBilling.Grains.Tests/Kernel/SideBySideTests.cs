using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Tests.Kernel;

/// <summary>Many are asked side by side, and never more than may be.</summary>
public sealed class SideBySideTests
{
    // One thread, as in a grain: nothing else runs between two awaits.
    private static readonly TaskScheduler Grain = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;

    [Theory]
    [InlineData(0, 16, 0)]
    [InlineData(5, 16, 5)]
    [InlineData(100, 16, 16)]
    [InlineData(100, 1, 1)]
    public Task Answers_come_in_order_and_no_more_than_may_be_are_under_way(int questions, int atOnce, int most) => InGrainAsync(async () =>
    {
        var (asked, seen) = (0, 0);
        var answers = await SideBySide.AskAsync([.. Enumerable.Range(0, questions)], atOnce, async number =>
        {
            seen = Math.Max(seen, ++asked);
            for (var i = 0; i < 1 + (number % 7); i++)
            {
                await Task.Yield();
            }

            asked--;
            return number * 2;
        });
        Assert.Equal(Enumerable.Range(0, questions).Select(number => number * 2), answers);
        Assert.Equal(most, seen);
    });

    [Fact]
    public Task After_a_failure_none_is_asked_any_more() => InGrainAsync(async () =>
    {
        var asked = 0;
        await Assert.ThrowsAsync<InvalidOperationException>(() => SideBySide.AskAsync([.. Enumerable.Range(0, 100)], 4, async number =>
        {
            asked++;
            await Task.Yield();
            return number == 2 ? throw new InvalidOperationException() : number;
        }));
        Assert.InRange(asked, 4, 8);
    });

    private static Task InGrainAsync(Func<Task> test) => Task.Factory.StartNew(test, CancellationToken.None, TaskCreationOptions.None, Grain).Unwrap();
}
