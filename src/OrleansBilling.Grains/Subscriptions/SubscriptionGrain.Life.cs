using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Commands about a subscription's life in time: pauses, trials, collection and payment.</summary>
public sealed partial class SubscriptionGrain
{
    /// <inheritdoc/>
    public Task<CommandAnswer> Pause(CommandKey key, Instant now, PauseSubscription command) =>
        ChangeAsync(key, now, "pause", (state, facts, context) =>
            SubscriptionPause.Pause(state, InstantOf(command.When, now), command.ResumesAt, command.Proration, facts, context));

    /// <inheritdoc/>
    public Task<CommandAnswer> PreviewPause(Instant now, PauseSubscription command) =>
        PreviewAsync((state, facts) => PausePreview.Of(state, facts, now, InstantOf(command.When, now), command.ResumesAt, command.Proration));

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

    /// <inheritdoc/>
    public async Task<CommandAnswer> AnswerActivation(CommandKey key, Instant now)
    {
        if (State is null)
        {
            return CommandAnswers.Of(SubscriptionRefusals.NotFound(Id));
        }

        await CollectionChangedAsync(now);
        return await ExecuteAsync(
            key,
            state => TurnDecision<SubscriptionState>.Commit(
                state!, new TurnWrite { Account = state!.Account, At = now }, SubscriptionView.Render(state), status: 201));
    }

    /// <inheritdoc/>
    public Task<CommandAnswer> Update(CommandKey key, Instant now, SubscriptionPatch patch) => ChangeAsync(
        key, now, "update",
        async () => (
            Facts: await ReadFactsAsync(State!, null, withInvoices: false),
            Method: patch.PaymentMethod is { Length: > 0 } method ? await methods.FindAsync(State!.Account, method) : null),
        static read => read.Facts,
        (state, read, _) => patch.PaymentMethod is { Length: > 0 } && read.Facts.Parent is not null
            ? PayerRules.NoOwnMethod()
            : patch.PaymentMethod is { Length: > 0 } wanted && read.Method is null
            ? SubscriptionRefusals.NoMethod(wanted)
            : SubscriptionSettings.Update(state, patch.PaymentMethod, patch.Metadata));

    /// <inheritdoc/>
    public Task<CommandAnswer> PauseCollection(CommandKey key, Instant now, CollectionPauseBehavior behavior, Instant? until) =>
        ChangeAsync(key, now, "pause_collection", (state, _, _) => SubscriptionCollectionPause.Pause(state, behavior, until, now));

    /// <inheritdoc/>
    public Task<CommandAnswer> ResumeCollection(CommandKey key, Instant now) =>
        ChangeAsync(key, now, "resume_collection", static (state, _, _) => SubscriptionCollectionPause.Resume(state));

    /// <inheritdoc/>
    public Task<CommandAnswer> RetryLine(CommandKey key, Instant now, string line) =>
        ChangeAsync(
            key, now, "retry", () => ReadForRetryAsync(line), static read => read.Facts,
            (state, read, context) => SetAsideLines.Retry(state, line, read.Closed, read.Facts, context),
            (before, step, read) =>
            {
                var waited = before.SetAside.First(waiting => waiting.Id == line);
                return AnswerJson.Write(WorkItemView.Of(waited, before, read.Facts.Billing.Account.Clock, SetAsideLines.InvoiceOf(waited, step)));
            });

    /// <summary>The facts, and the closed commitments towards which a line that was set aside counts.</summary>
    private async Task<(SubscriptionFacts Facts, ImmutableArray<LateCommitment> Closed)> ReadForRetryAsync(string line)
    {
        var facts = await ReadFactsAsync(State!, null, withInvoices: true);
        var closed = State!.SetAside.FirstOrDefault(waiting => waiting.Id == line) is { } found ? await lateUsage.ReadCommitmentsAsync(Id, found.Period) : [];
        return (await WithChargesAsync(facts, closed.SelectMany(commitment => commitment.Lines)), closed);
    }

    private async Task CollectionChangedAsync(Instant now)
    {
        if (State is null)
        {
            return;
        }

        await CommitAsync(
            async () =>
            {
                var facts = await ReadFactsAsync(State!, null, withInvoices: SubscriptionDueWork.Credits(State!, now) || SubscriptionReferences.RenewalNeedsInvoices(State!));
                var read = await standings.ReadAsync(Id, State!.AwaitedInvoice);
                await RehearseAsync(facts, () => SubscriptionCollection.Apply(State!, read.Standing, facts, SubscriptionSteps.Context(State!, DueKind.CollectionChanged, now, now)));
                return (Facts: facts, Read: read);
            },
            (state, read) =>
            {
                var context = SubscriptionSteps.Context(state!, DueKind.CollectionChanged, now, now);
                var step = SubscriptionCollection.Apply(state!, read.Read.Standing, read.Facts, context) ?? SubscriptionStep.Of(state!);
                var write = SubscriptionTurns.Write(state, step, read.Facts, now);
                return TurnDecision<SubscriptionState>.Commit(
                    step.State, read.Read.Asked is { } asked ? SubscriptionTurns.Consuming(write, step.State, read.Facts.Billing.Account, asked) : write);
            });
    }
}
