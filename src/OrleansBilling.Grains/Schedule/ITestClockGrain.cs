using NodaTime;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Schedule;

/// <summary>A clock for accounts in tests. Key: <c>clk_...</c></summary>
[Alias("OrleansBilling.ITestClockGrain")]
public interface ITestClockGrain : IGrainWithStringKey
{
    /// <summary>Sets it up.</summary>
    [Alias("Create")]
    Task<CommandAnswer> Create(CommandKey key, Instant now, string? name);

    /// <summary>
    /// Starts running everything due up to <paramref name="to"/>, instant by instant, and returns at once; follow with
    /// <see cref="Get"/>. 422 <c>clock_backwards</c>; 409 <c>clock_advancing</c> where it advances to another instant.
    /// </summary>
    [Alias("Advance")]
    Task<CommandAnswer> Advance(CommandKey key, Instant to);

    /// <summary>Where it stands: <c>{id, now, status: ready|advancing, ran}</c>.</summary>
    [Alias("Get")]
    Task<CommandAnswer> Get();

    /// <summary>Removes the clock with its accounts: they are closed, and nothing of theirs runs any more.</summary>
    [Alias("Delete")]
    Task<CommandAnswer> Delete(CommandKey key);
}
