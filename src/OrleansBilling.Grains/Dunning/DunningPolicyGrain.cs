using NodaTime;
using Orleans.Runtime;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Dunning;

/// <summary>Makes a dunning policy, once.</summary>
public sealed class DunningPolicyGrain(
    [PersistentState("dunning_policy", TurnGrain.Storage)] IPersistentState<StateEnvelope<DunningPolicyState>> stored,
    ITurnCommitter committer,
    ICommandLog commands,
    IAccountUse use) : TurnGrain<DunningPolicyState>(stored, committer, commands), IDunningPolicyGrain
{
    /// <inheritdoc/>
    public Task<CommandAnswer> Create(CommandKey key, Instant now, DunningPolicy policy) =>
        ExecuteAsync(key, () => use.DunningPolicyExistsAsync(policy.Code), (state, exists) =>
        {
            if (state is not null || exists)
            {
                return Refusal.Conflict("dunning_policy_exists", $"Dunning policy {policy.Code} exists already and never changes; make one with another code.", "code");
            }

            if (DunningPolicyRules.Check(policy) is { } refusal)
            {
                return refusal;
            }

            var write = new TurnWrite
            {
                At = now,
                Rows = [new DunningPolicyRow(policy, now)],
                Documents = Documents.None with { Events = [BillingEvent.Of("dunning_policy.created", "", policy.Code)] },
            };
            return TurnDecision<DunningPolicyState>.Commit(
                new DunningPolicyState(policy, now), write, AnswerJson.Write(DunningPolicyView.Of(policy, now)), status: 201);
        });
}

/// <summary>A policy as its grain keeps it.</summary>
public sealed record DunningPolicyState(DunningPolicy Policy, Instant CreatedAt);

/// <summary>How a dunning policy is shown over HTTP.</summary>
public sealed record DunningPolicyView(string Id, string Object, string Code, IReadOnlyList<int> RetryDays, string FinalAction, Instant CreatedAt)
{
    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;

    /// <summary>The view of a policy.</summary>
    public static DunningPolicyView Of(DunningPolicy policy, Instant createdAt) => new(
        policy.Code, "dunning_policy", policy.Code, [.. policy.RetryDays], policy.Final is DunningFinalAction.Cancel ? "cancel" : "unpaid", createdAt);
}
