using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Items that come and go.</summary>
public sealed partial class SubscriptionGrain
{
    /// <inheritdoc/>
    public async Task<CommandAnswer> AddItems(CommandKey key, Instant now, AddSubscriptionItems command)
    {
        var answer = await ChangeAsync(
            key, now, "change", () => ReadForAdditionAsync(command), static read => read.Facts,
            (state, read, context) => read.Refusal is { } refusal
                ? refusal
                : SubscriptionItems.Add(state, SubscriptionSteps.Order(read.Plan!, command, InstantOf(command.When, now)), read.Facts, context));
        // A calendar that waited moves with the change, and may have boundaries behind it already.
        return answer.Refusal is null
            ? answer with { HandedOver = answer.HandedOver.AddRange(await CatchUpAsync(now, null)) }
            : answer;
    }

    /// <inheritdoc/>
    public async Task<CommandAnswer> PreviewAddItems(Instant now, AddSubscriptionItems command)
    {
        if (State is null)
        {
            return CommandAnswers.Of(SubscriptionRefusals.NotFound(Id));
        }

        var read = await ReadForAdditionAsync(command);
        return read.Refusal is { } refusal
            ? CommandAnswers.Of(refusal)
            : await RehearsedAsync(read.Facts, () => SubscriptionPreview.Add(State, read.Facts, now, SubscriptionSteps.Order(read.Plan!, command, InstantOf(command.When, now))));
    }

    /// <inheritdoc/>
    public async Task<CommandAnswer> RemoveItem(CommandKey key, Instant now, RemoveSubscriptionItem command)
    {
        var answer = await ChangeAsync(key, now, "change", (state, facts, context) =>
            SubscriptionItems.Remove(state, command.Item, InstantOf(command.When, now), command.Proration, command.Invoice, facts, context));
        return answer.Refusal is null
            ? answer with { HandedOver = answer.HandedOver.AddRange(await CatchUpAsync(now, null)) }
            : answer;
    }

    /// <inheritdoc/>
    public Task<CommandAnswer> PreviewRemoveItem(Instant now, RemoveSubscriptionItem command) =>
        PreviewAsync((state, facts) => SubscriptionPreview.Remove(
            state, facts, now, command.Item, InstantOf(command.When, now), command.Proration, command.Invoice));

    private async Task<PlanFacts> ReadPlanAsync(string code, int? version)
    {
        var header = await catalog.FindHeaderAsync(code);
        return new PlanFacts(header, header is null ? null : await catalog.FindAsync(code, version));
    }

    private async Task<AdditionFacts> ReadForAdditionAsync(AddSubscriptionItems command)
    {
        var state = State!;
        var facts = await ReadFactsAsync(state, null, withInvoices: true);
        if (command.Plan is not { } code)
        {
            var found = SubscriptionItems.PlanOf(state, command.Price!, facts);
            return found.Refusal is { } refusal ? new AdditionFacts(facts, null, refusal) : new AdditionFacts(facts, found.Value, null);
        }

        // Of a plan that the subscription has, it is on one version.
        if (SubscriptionItems.VersionOf(state, code) is { } version)
        {
            return command.PlanVersion is { } wanted && wanted != version
                ? new AdditionFacts(facts, null, SubscriptionRefusals.OtherVersion(code, version))
                : new AdditionFacts(facts, facts.PlanOf(code, version), null);
        }

        var read = await ReadPlanAsync(code, command.PlanVersion);
        return SubscriptionRefusals.Plan(read, code, command.PlanVersion, "") is { } refused
            ? new AdditionFacts(facts, null, refused)
            : new AdditionFacts(facts with { Plans = facts.Plans.Add(read.Plan!) }, read.Plan, null);
    }
}

/// <summary>A plan as a command finds it; null parts do not exist.</summary>
internal sealed record PlanFacts(PlanHeader? Header, PlanVersion? Plan);

/// <summary>What an addition of items reads.</summary>
/// <param name="Facts">The subscription's own, and the plan that is added.</param>
/// <param name="Plan">The version that is added; null with <paramref name="Refusal"/>.</param>
/// <param name="Refusal">Why there is none.</param>
internal sealed record AdditionFacts(SubscriptionFacts Facts, PlanVersion? Plan, Refusal? Refusal);
