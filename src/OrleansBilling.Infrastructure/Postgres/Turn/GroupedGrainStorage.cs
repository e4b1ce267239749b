using System.Globalization;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Documents;

namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>
/// Grain storage that hands the state to the committer, which writes it in one transaction with the turn that runs.
/// Rows, keys and bytes are those of Orleans' own provider.
/// </summary>
internal sealed class GroupedGrainStorage(GroupedTurnCommitter committer, GrainStateReads reads, string service, IClocks clocks) : IGrainStorage
{
    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var found = await reads.FindAsync(new GrainStateKey(service, stateName, KeyOf(grainId)));
        grainState.ETag = found?.Version.ToString(CultureInfo.InvariantCulture)!;
        grainState.RecordExists = found is { Payload: not null };
        grainState.State = found is { Payload: { } payload }
            ? BillingStateSerializer.Instance.Deserialize<T>(new BinaryData(payload))
            : Activator.CreateInstance<T>();
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var payload = BillingStateSerializer.Instance.Serialize(grainState.State).ToArray();
        await WriteAsync(stateName, grainId, grainState, payload);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (grainState.ETag is not null)
        {
            await WriteAsync(stateName, grainId, grainState, payload: null);
        }

        grainState.State = Activator.CreateInstance<T>();
        grainState.RecordExists = false;
    }

    private static string KeyOf(GrainId grain) => grain.Key.ToString()!;

    private async Task WriteAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, byte[]? payload)
    {
        int? version = string.IsNullOrEmpty(grainState.ETag) ? null : int.Parse(grainState.ETag, CultureInfo.InvariantCulture);
        try
        {
            await committer.CommitStateAsync(new StateRow(service, stateName, KeyOf(grainId), payload, version), clocks.Live);
        }
        catch (TurnConflictException e) when (e.Condition == "state")
        {
            throw new InconsistentStateException(
                $"Another activation has written the state {stateName} of {grainId}.", grainState.ETag, grainState.ETag, e);
        }

        grainState.ETag = ((version ?? 0) + 1).ToString(CultureInfo.InvariantCulture);
    }
}
