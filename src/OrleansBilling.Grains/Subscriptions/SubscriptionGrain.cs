using System.Collections.Immutable;
using NodaTime;
using Orleans.Runtime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Payments;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Grains.Wallets;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>
/// Runs a subscription's turns. It calls no other grain: what an outcome does to others are rows of due work in its own
/// commit (architecture.md, "Calls between grains run one way").
/// </summary>
[CollectionAgeLimit(Minutes = 2)]
public sealed partial class SubscriptionGrain(
    [PersistentState("subscription", TurnGrain.Storage)] IPersistentState<StateEnvelope<SubscriptionState>> stored,
    ITurnCommitter committer,
    ICommandLog commands,
    IBillingFacts billingFacts,
    ICatalog catalog,
    ICoupons coupons,
    ICreditableInvoices creditable,
    IPendingLines pendingLines,
    IPaidLines paidLines,
    IInvoiceRows invoiceRows,
    ICollectionStandings standings,
    IPaymentMethods methods,
    UsageForBilling usage,
    ILateUsage lateUsage,
    IUsagePieces pieces) : TurnGrain<SubscriptionState>(stored, committer, commands), ISubscriptionGrain
{
    private static readonly IReadOnlyDictionary<string, CreditableInvoice> NoInvoices = ImmutableDictionary<string, CreditableInvoice>.Empty;

    private string Id => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public async Task<CommandAnswer> Create(CommandKey key, Instant now, CreateSubscription command)
    {
        var answer = await ExecuteAsync(key, () => ReadForCreationAsync(command), (state, read) => DecideCreation(state, read, key, now, command));
        // A start that lies back leaves whole periods behind: they are billed at once, each in a turn of its own.
        return answer.Refusal is null
            ? answer with { HandedOver = answer.HandedOver.AddRange(await CatchUpAsync(now, null)), At = now }
            : answer;
    }

    /// <inheritdoc/>
    public async Task<CommandAnswer> Change(CommandKey key, Instant now, ChangeSubscription command)
    {
        var answer = await ChangeAsync(
            key, now, "change", () => ReadForChangeAsync(command), static read => read.Facts,
            (state, read, context) => SubscriptionRefusals.Change(state, read, command) is { } refusal
                ? refusal
                : SubscriptionChange.Change(state, SubscriptionSteps.Order(read.Plan!, command, InstantOf(command.When, now)), read.Facts, context));
        // A new anchor that lies back may have boundaries behind it already.
        return answer.Refusal is null
            ? answer with { HandedOver = answer.HandedOver.AddRange(await CatchUpAsync(now, null)) }
            : answer;
    }

    /// <inheritdoc/>
    public async Task<CommandAnswer> PreviewChange(Instant now, ChangeSubscription command)
    {
        if (State is null)
        {
            return CommandAnswers.Of(SubscriptionRefusals.NotFound(Id));
        }

        var read = await ReadForChangeAsync(command);
        return SubscriptionRefusals.Change(State, read, command) is { } refusal
            ? CommandAnswers.Of(refusal)
            : await RehearsedAsync(read.Facts, () => SubscriptionPreview.Change(State, read.Facts, now, SubscriptionSteps.Order(read.Plan!, command, InstantOf(command.When, now))));
    }

    /// <inheritdoc/>
    public Task<CommandAnswer> Cancel(CommandKey key, Instant now, CancelSubscription command) =>
        ChangeAsync(key, now, "cancel", (state, facts, context) =>
            SubscriptionCancellation.Cancel(state, InstantOf(command.When, now), command.Proration, facts, context, command.LeavesUsage));

    /// <inheritdoc/>
    public Task<CommandAnswer> Uncancel(CommandKey key, Instant now) =>
        ChangeAsync(key, now, "uncancel", static (state, _, _) => SubscriptionCancellation.Uncancel(state));

    /// <inheritdoc/>
    public Task<CommandAnswer> PreviewCancel(Instant now, CancelSubscription command) =>
        PreviewAsync((state, facts) => SubscriptionPreview.Cancel(state, facts, now, InstantOf(command.When, now), command.Proration, command.LeavesUsage));

    /// <inheritdoc/>
    public Task<CommandAnswer> UpcomingInvoice(Instant now) =>
        PreviewAsync((state, facts) => SubscriptionPreview.Upcoming(state, facts, now));

    /// <inheritdoc/>
    public async Task<DueAnswer> RunDue(RunDue message)
    {
        var handedOver = await CatchUpAsync(message.Now, message.Facts);
        if (message.Kind is DueKind.CollectionChanged)
        {
            await CollectionChangedAsync(message.Now);
        }
        else if (message.Kind is DueKind.UsageLate)
        {
            await LookAgainAsync(message.Now);
        }
        else if (message.Kind is DueKind.UsagePiece)
        {
            handedOver = handedOver.AddRange(await BillPieceAsync(message.Now));
        }

        // The schedule comes back in weeks: nothing of the subscription stays in memory until then.
        DeactivateOnIdle();
        return new DueAnswer(handedOver);
    }

    /// <summary>Applies everything due at or before <paramref name="now"/>, each step in a turn of its own.</summary>
    private async Task<ImmutableArray<DueKey>> CatchUpAsync(Instant now, BillingFacts? given)
    {
        var handedOver = ImmutableArray<DueKey>.Empty;
        while (State is not null && SubscriptionDueWork.Next(State, now) is not null)
        {
            var decision = await CommitAsync(
                async () =>
                {
                    // Facts read with the schedule's batch serve the first try of the first step only: later ones have
                    // seen a commit that may have moved the balance.
                    var first = given;
                    given = null;
                    var facts = await ReadFactsAsync(State!, first, withInvoices: SubscriptionDueWork.Credits(State!, now) || SubscriptionReferences.RenewalNeedsInvoices(State!));
                    await RehearseAsync(facts, () => DecideDue(State!, facts, now));
                    return facts;
                },
                (state, facts) => DecideDue(state!, facts, now));
            if (decision.Write is null)
            {
                break;
            }

            handedOver = handedOver.AddRange(decision.Write.HandedOver(Id));
        }

        return handedOver;
    }

    private static TurnDecision<SubscriptionState> DecideDue(SubscriptionState state, SubscriptionFacts facts, Instant now)
    {
        if (SubscriptionDueWork.Next(state, now) is not { } due)
        {
            return TurnDecision<SubscriptionState>.Nothing();
        }

        var step = SubscriptionLife.Due(state, due.Kind, facts, SubscriptionSteps.Context(state, due.Kind, due.At, now));
        return TurnDecision<SubscriptionState>.Commit(step.State, SubscriptionTurns.Write(state, step, facts, now));
    }

    private Task<CommandAnswer> ChangeAsync(
        CommandKey key, Instant now, string action, Func<SubscriptionState, SubscriptionFacts, StepContext, Decided<SubscriptionStep>> decide) =>
        ChangeAsync(key, now, action, () => ReadFactsAsync(State!, null, withInvoices: true), static facts => facts, decide);

    private async Task<CommandAnswer> ChangeAsync<TRead>(
        CommandKey key, Instant now, string action, Func<Task<TRead>> read, Func<TRead, SubscriptionFacts> factsOf,
        Func<SubscriptionState, TRead, StepContext, Decided<SubscriptionStep>> decide, Func<SubscriptionState, SubscriptionStep, TRead, string>? render = null)
    {
        if (State is null)
        {
            return CommandAnswers.Of(SubscriptionRefusals.NotFound(Id));
        }

        var caughtUp = await CatchUpAsync(now, null);
        Decided<SubscriptionStep> Decide(SubscriptionState state, TRead facts) => decide(
            state, facts, new StepContext(now, now, new IdSource($"{key.Scope}/{key.Key}", now), $"{action}:{Id}:{state.Revision + 1}"));

        var answer = await ExecuteAsync(
            key,
            async () =>
            {
                var facts = await read();
                await RehearseAsync(factsOf(facts), () => Decide(State!, facts));
                return facts;
            },
            (state, facts) =>
            {
                var decided = Decide(state!, facts);
                return decided.Refusal is { } refusal
                    ? refusal
                    : TurnDecision<SubscriptionState>.Commit(
                        decided.Value.State,
                        SubscriptionTurns.Write(state!, decided.Value, factsOf(facts), now),
                        render?.Invoke(state!, decided.Value, facts) ?? SubscriptionView.Render(decided.Value.State, state!));
            });
        return answer with { HandedOver = caughtUp.AddRange(answer.HandedOver), At = now };
    }

    private async Task<CreationFacts> ReadForCreationAsync(CreateSubscription command)
    {
        var billing = await billingFacts.FindAsync(command.Account);
        var header = await catalog.FindHeaderAsync(command.Plan);
        var plan = header is null ? null : await catalog.FindAsync(command.Plan, command.PlanVersion);
        var added = ImmutableArray.CreateBuilder<PlanFacts>(command.AddOns.Length);
        foreach (var each in command.AddOns)
        {
            added.Add(await ReadPlanAsync(each.Plan, each.PlanVersion));
        }

        var pending = billing is { HasPendingLines: true, Account.Grouping: InvoiceGrouping.Subscription }
            ? await pendingLines.OfNextInvoiceAsync(Id, billing.Account.Account)
            : [];
        return new CreationFacts(billing, header, plan, added.MoveToImmutable())
        {
            Coupons = await ReadCouponsAsync(command.Coupons),
            Method = command.PaymentMethod is { } method ? await methods.FindAsync(command.Account, method) : null,
            Pending = pending,
            Parent = billing?.Account.BilledTo is { } payer ? await billingFacts.FindAsync(payer) : null,
        };
    }

    private TurnDecision<SubscriptionState> DecideCreation(SubscriptionState? state, CreationFacts read, CommandKey key, Instant now, CreateSubscription command)
    {
        if (SubscriptionRefusals.Creation(state, read, command) is { } refusal)
        {
            return refusal;
        }

        var facts = new SubscriptionFacts(read.Billing!, [read.Plan!, .. read.AddOns.Select(added => added.Plan!)], NoInvoices)
        {
            OwnMethod = read.Method,
            Pending = read.Pending,
            Parent = read.Parent,
        };
        var context = new StepContext(now, now, new IdSource($"{key.Scope}/{key.Key}", now), $"create:{Id}");
        var created = SubscriptionCreation.Create(SubscriptionSteps.Order(Id, read, command) with { Coupons = [.. read.Coupons.Select(coupon => coupon!)] }, facts, context);
        return created.Refusal is { } refused
            ? refused
            : TurnDecision<SubscriptionState>.Commit(
                created.Value.State,
                SubscriptionTurns.Write(null, created.Value, facts, now),
                SubscriptionView.Render(created.Value.State),
                status: 201);
    }

    private async Task<SubscriptionFacts> ReadFactsAsync(SubscriptionState state, BillingFacts? given, bool withInvoices)
    {
        // Rows of due work that an invoice wrote carry its payer's facts.
        // Facts read with the schedule's batch know only that there is prepaid credit: the grants are read with the facts, anew.
        var own = given?.Account.Account == state.Account && !given.HasPrepaid ? given : null;
        var billing = own ?? await billingFacts.FindAsync(state.Account)
            ?? throw new InvalidOperationException($"Account {state.Account} of subscription {Id} has no facts.");
        var plans = ImmutableArray.CreateBuilder<PlanVersion>(1);
        foreach (var (code, version) in SubscriptionReferences.Plans(state))
        {
            plans.Add(await catalog.FindAsync(code, version)
                ?? throw new InvalidOperationException($"Plan {code}@{version} of subscription {Id} is not in the catalog."));
        }

        // A method that was detached meanwhile is none: the account's default is charged. A parent never pays with the child's.
        var parent = billing.Account.BilledTo is { } payer ? await billingFacts.FindAsync(payer) : null;
        var method = parent is null && state.PaymentMethod is { } wanted ? await methods.FindAsync(state.Account, wanted) : null;
        var facts = new SubscriptionFacts(billing, plans.DrainToImmutable(), NoInvoices) { OwnMethod = method, Parent = parent };
        return await WithPayersAsync(await WithLinesAsync(facts, state, withInvoices));
    }

    private async Task<ChangeFacts> ReadForChangeAsync(ChangeSubscription command)
    {
        var state = State!;
        var facts = await WithEarlierAsync(await ReadFactsAsync(state, null, withInvoices: true), state, command.Proration);
        var code = command.Plan ?? state.Plan;
        var header = await catalog.FindHeaderAsync(code);
        var plan = header is null
            ? null
            : await catalog.FindAsync(code, command.PlanVersion ?? (command.Plan is null ? state.PlanVersion : null));
        return new ChangeFacts(plan is null ? facts : facts with { Plans = facts.Plans.Add(plan) }, header, plan);
    }

    /// <summary>The instant that a command means; null is the end of the current period.</summary>
    private static Instant? InstantOf(ChangeTime when, Instant now) => when.Kind switch
    {
        ChangeTimeKind.Now => now,
        ChangeTimeKind.PeriodEnd => null,
        _ => when.At,
    };
}
