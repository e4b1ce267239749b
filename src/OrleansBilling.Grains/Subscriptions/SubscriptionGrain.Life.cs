using NodaTime;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Commands about a subscription's life in time: pauses and trials.</summary>
public sealed partial class SubscriptionGrain
{
    /// <inheritdoc/>
    public Task<CommandAnswer> Pause(CommandKey key, Instant now, PauseSubscription command) =>
        ChangeAsync(key, now, "pause", (state, facts, context) =>
            SubscriptionPause.Pause(state, InstantOf(command.When, now), command.ResumesAt, command.Proration, facts, context));

    /// <inheritdoc/>
    public async Task<CommandAnswer> PreviewPause(Instant now, PauseSubscription command) =>
        State is null
            ? CommandAnswers.Of(SubscriptionRefusals.NotFound(Id))
            : PausePreview.Of(State, await ReadFactsAsync(State, null, withInvoices: true), now, InstantOf(command.When, now), command.ResumesAt, command.Proration);

    /// <inheritdoc/>
    public async Task<CommandAnswer> Resume(CommandKey key, Instant now, ChangeTime when)
    {
        var answer = await ChangeAsync(key, now, "resume", (state, facts, context) => SubscriptionResume.Resume(state, InstantOf(when, now), facts, context));
        // One that lies back may have a boundary behind it already.
        return answer.Refusal is null
            ? answer with { HandedOver = answer.HandedOver.AddRange(await CatchUpAsync(now, null)) }
            : answer;
    }

    /// <inheritdoc/>
    public Task<CommandAnswer> MoveTrial(CommandKey key, Instant now, Instant? trialEnd) =>
        ChangeAsync(key, now, "trial", (state, facts, context) => SubscriptionTrial.Move(state, trialEnd, facts, context));
}
