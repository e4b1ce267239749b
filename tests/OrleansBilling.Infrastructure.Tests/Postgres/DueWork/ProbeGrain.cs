using System.Collections.Concurrent;
using NodaTime;
using Orleans.Runtime;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Tests.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Tests.Postgres.DueWork;

/// <summary>A target of due work whose turns the tests write. Key: <c>probe_...</c></summary>
[Alias("OrleansBilling.Tests.IProbeGrain")]
public interface IProbeGrain : IDueGrain;

/// <summary>What a probe does when its row is run: commits what it likes, throws, or answers what it hands over.</summary>
/// <param name="message">The schedule's call.</param>
/// <param name="commit">Commits a turn.</param>
public delegate Task<DueAnswer> ProbeScript(RunDue message, Func<TurnWrite, Task> commit);

/// <summary>A call that a probe got.</summary>
public sealed record ProbeCall(string Key, RunDue Message);

/// <summary>Scripts of probes and the calls they got, in order.</summary>
public static class Probes
{
    private static readonly ConcurrentDictionary<string, ProbeScript> Scripts = new(StringComparer.Ordinal);
    private static readonly ConcurrentQueue<ProbeCall> AllCalls = new();

    public static void Set(string key, ProbeScript script) => Scripts[key] = script;

    public static ProbeScript Of(string key) => Scripts[key];

    public static void Note(ProbeCall call) => AllCalls.Enqueue(call);

    public static List<ProbeCall> Calls(string prefix) => [.. AllCalls.Where(call => call.Key.StartsWith("probe_" + prefix, StringComparison.Ordinal))];

    /// <summary>Deletes the row that is run.</summary>
    public static ProbeScript Done { get; } = async (message, commit) =>
    {
        await commit(Given.Write());
        return new DueAnswer([]);
    };

    public static DueKey Key(string key, DueKind kind = DueKind.Renewal) => new("probe", "probe_" + key, kind);
}

/// <inheritdoc cref="IProbeGrain"/>
public sealed class ProbeGrain(
    [PersistentState("probe", TurnGrain.Storage)] IPersistentState<StateEnvelope<TallyState>> stored,
    ITurnCommitter committer,
    ICommandLog commands) : TurnGrain<TallyState>(stored, committer, commands), IProbeGrain
{
    /// <inheritdoc/>
    public Task<DueAnswer> RunDue(RunDue message)
    {
        var key = this.GetPrimaryKeyString();
        Probes.Note(new ProbeCall(key, message));
        return Probes.Of(key)(message, write => CommitAsync(state => Given.Next(state, write)));
    }
}

/// <summary>Finds probes.</summary>
public sealed class ProbeTargets(IGrainFactory grains) : IDueTargets
{
    /// <inheritdoc/>
    public IDueGrain Of(DueKey key) => grains.GetGrain<IProbeGrain>(key.GrainKey);
}

/// <summary>Rows of due work in tests.</summary>
internal static class ProbeRows
{
    public static DueWrite Row(string key, string account, Instant? at, string clock = "live", DueKind kind = DueKind.Renewal) =>
        new(Probes.Key(key, kind), account, clock, at);

    public static Task InsertAsync(this TurnCluster cluster, string key, string account, Instant at, string clock = "live", DueKind kind = DueKind.Renewal) =>
        cluster.ExecuteAsync(
            $"""
            insert into due_work (grain_type, grain_key, kind, kind_order, account, clock, shard, due_at, run_at)
            values ('probe', 'probe_{key}', '{Documents(kind)}', {(int)kind}, '{account}', '{clock}', {Shards.Of(account)}, '{at}', '{at}')
            """);

    /// <summary>Waits for what must come about.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, string what, int seconds = 20)
    {
        for (var i = 0; i < seconds * 20; i++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Fail("Did not come about: " + what);
    }

    private static string Documents(DueKind kind) => OrleansBilling.Infrastructure.Postgres.Documents.Spelling.Of(kind);
}
