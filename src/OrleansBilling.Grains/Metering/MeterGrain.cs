using NodaTime;
using Orleans.Runtime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Metering;

/// <summary>Makes a meter, once, and archives it.</summary>
public sealed class MeterGrain(
    [PersistentState("meter", TurnGrain.Storage)] IPersistentState<StateEnvelope<MeterState>> stored,
    ITurnCommitter committer,
    ICommandLog commands) : TurnGrain<MeterState>(stored, committer, commands), IMeterGrain
{
    /// <summary>The grain key of a meter's code.</summary>
    public static string KeyOf(string code) => "meter_" + code;

    /// <inheritdoc/>
    public Task<CommandAnswer> Create(CommandKey key, Instant now, Meter meter) => ExecuteAsync(key, state =>
    {
        if (state is not null)
        {
            return Refusal.Conflict("meter_exists", $"Meter {meter.Code} exists already and never changes; make one with another code.", "code");
        }

        return MeterRules.Check(meter) is { } refusal ? refusal : Commit(new MeterState(meter, now, null), "meter.created", now, 201);
    });

    /// <inheritdoc/>
    public Task<CommandAnswer> Archive(CommandKey key, Instant now) => ExecuteAsync(key, state => state is null
        ? Refusal.NotFound("meter_not_found", $"There is no meter {this.GetPrimaryKeyString()["meter_".Length..]}.")
        : Commit(state with { ArchivedAt = state.ArchivedAt ?? now }, "meter.archived", now, 200));

    private static TurnDecision<MeterState> Commit(MeterState state, string type, Instant now, int status) => TurnDecision<MeterState>.Commit(
        state,
        new TurnWrite
        {
            At = now,
            Rows = [new MeterRow(state.Meter, state.CreatedAt, state.ArchivedAt)],
            Documents = Documents.None with { Events = [BillingEvent.Of(type, "", state.Meter.Code)] },
        },
        AnswerJson.Write(MeterView.Of(state.Meter, state.CreatedAt, state.ArchivedAt)),
        status);
}

/// <summary>A meter as its grain keeps it.</summary>
public sealed record MeterState(Meter Meter, Instant CreatedAt, Instant? ArchivedAt);
