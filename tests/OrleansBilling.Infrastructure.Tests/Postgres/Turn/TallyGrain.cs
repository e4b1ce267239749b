using System.Collections.Concurrent;
using Orleans.Runtime;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Turn;

/// <summary>A grain whose turns the tests write themselves. Key: <c>tally_...</c></summary>
[Alias("OrleansBilling.Tests.ITallyGrain")]
public interface ITallyGrain : IGrainWithStringKey
{
    /// <summary>Runs the script of a name as a command.</summary>
    [Alias("Run")]
    Task<CommandAnswer> Run(CommandKey key, string script);

    /// <summary>The state's count in memory, or -1 where there is no state.</summary>
    [Alias("Count")]
    Task<int> Count();

    /// <summary>Runs a script whose commit fails, and answers the count that the same activation has in memory after it.</summary>
    [Alias("CountAfterFailure")]
    Task<int> CountAfterFailure(CommandKey key, string script);

    /// <summary>Which activation answers.</summary>
    [Alias("Activation")]
    Task<Guid> Activation();
}

/// <summary>What a tally remembers.</summary>
/// <param name="Count">How many turns it made.</param>
public sealed record TallyState(int Count);

/// <summary>Turns by name, written by tests of this process.</summary>
public static class Scripts
{
    private static readonly ConcurrentDictionary<string, Func<TallyState?, TurnDecision<TallyState>>> ByName = new(StringComparer.Ordinal);

    /// <summary>Keeps a script and answers its name.</summary>
    public static string Add(Func<TallyState?, TurnDecision<TallyState>> script)
    {
        var name = Guid.NewGuid().ToString("N");
        ByName[name] = script;
        return name;
    }

    /// <summary>The script of a name.</summary>
    public static Func<TallyState?, TurnDecision<TallyState>> Of(string name) => ByName[name];
}

/// <inheritdoc cref="ITallyGrain"/>
public sealed class TallyGrain(
    [PersistentState("tally", TurnGrain.Storage)] IPersistentState<StateEnvelope<TallyState>> stored,
    ITurnCommitter committer,
    ICommandLog commands) : TurnGrain<TallyState>(stored, committer, commands), ITallyGrain
{
    private readonly Guid _activation = Guid.NewGuid();

    /// <inheritdoc/>
    public Task<CommandAnswer> Run(CommandKey key, string script) => ExecuteAsync(key, Scripts.Of(script));

    /// <inheritdoc/>
    public Task<int> Count() => Task.FromResult(State?.Count ?? -1);

    /// <inheritdoc/>
    public async Task<int> CountAfterFailure(CommandKey key, string script)
    {
        Assert.NotNull(await Record.ExceptionAsync(() => ExecuteAsync(key, Scripts.Of(script))));
        return State?.Count ?? -1;
    }

    /// <inheritdoc/>
    public Task<Guid> Activation() => Task.FromResult(_activation);
}
