using NodaTime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Moves to another version of the plan, as a migration asks for them.</summary>
public sealed partial class SubscriptionGrain
{
    /// <inheritdoc/>
    public async Task<CommandAnswer> MoveVersion(CommandKey key, Instant now, MovePlanVersion command)
    {
        var change = ChangeOf(command);
        var answer = await ChangeAsync(
            key, now, "change", () => ReadForChangeAsync(change), static read => read.Facts,
            (state, read, context) => RefusalOf(state, read, command) is { } refusal
                ? refusal
                : SubscriptionChange.Change(state, SubscriptionSteps.Order(read.Plan!, change, InstantOf(change.When, now)), read.Facts, context));
        return answer.Refusal is null
            ? answer with { HandedOver = answer.HandedOver.AddRange(await CatchUpAsync(now, null)) }
            : answer;
    }

    /// <inheritdoc/>
    public async Task<MovePreview> PreviewMoveVersion(Instant now, MovePlanVersion command)
    {
        if (State is null)
        {
            return new MovePreview { Refusal = CommandAnswers.Of(SubscriptionRefusals.NotFound(Id)).Refusal };
        }

        var change = ChangeOf(command);
        var read = await ReadForChangeAsync(change);
        return RefusalOf(State, read, command) is { } refusal
            ? new MovePreview { Refusal = CommandAnswers.Of(refusal).Refusal }
            : await RehearsedAsync(read.Facts, () => SubscriptionPreview.Move(State, read.Facts, now, SubscriptionSteps.Order(read.Plan!, change, InstantOf(change.When, now))));
    }

    private static ChangeSubscription ChangeOf(MovePlanVersion command) => new()
    {
        PlanVersion = command.Version,
        When = command.AtPeriodEnd ? ChangeTime.PeriodEnd : ChangeTime.Now,
        Proration = command.Proration,
    };

    private static Refusal? RefusalOf(SubscriptionState state, ChangeFacts read, MovePlanVersion command)
    {
        if (state.Plan != command.Plan || !command.FromVersions.Contains(state.PlanVersion))
        {
            return Refusal.Rule("not_on_version", $"The subscription is on version {state.PlanVersion} of plan {state.Plan}, which is not moved.");
        }

        // What the customer has asked for is not thrown away by a campaign.
        return state.PendingChange is { } pending
            ? Refusal.Rule("change_pending", $"A change to version {pending.PlanVersion} of plan {pending.Plan} waits for {pending.At}; change the subscription singly.")
            : SubscriptionRefusals.Change(state, read, ChangeOf(command));
    }
}
