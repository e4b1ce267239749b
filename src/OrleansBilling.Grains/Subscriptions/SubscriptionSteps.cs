using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>The frames of due steps, and the Domain's words for commands.</summary>
internal static class SubscriptionSteps
{
    /// <summary>
    /// The frame of a due step. Its ids come from the subscription, the kind and the due instant, so that deciding it again
    /// makes the same documents.
    /// </summary>
    public static StepContext Context(SubscriptionState state, DueKind kind, Instant at, Instant now) => new(
        at, now, new IdSource($"{state.Id}/{kind}/{at}", now), $"{kind.ToString().ToLowerInvariant()}:{state.Id}:{state.Revision + 1}");

    /// <summary>The order of a command.</summary>
    public static SubscriptionOrder Order(string id, CreationFacts read, CreateSubscription command) => new(id, read.Plan!)
    {
        AddOns =
        [
            .. command.AddOns.Zip(read.AddOns, (wanted, found) => new AddOnOrder(found.Plan!) { Quantities = wanted.Quantities, Overrides = wanted.PriceOverrides }),
        ],
        Overrides = command.PriceOverrides,
        Quantities = command.Quantities,
        StartAt = command.StartAt,
        Anchor = command.Anchor ?? new StartAnchor(),
        Proration = command.Proration,
        TrialDays = command.TrialDays,
        TrialEnd = command.TrialEnd,
        TrialMissingMethod = command.TrialMissingMethod,
        PaymentMethod = read.Method,
        RequiresPayment = command.RequirePayment,
        EndsAt = command.EndsAt,
        ExternalId = command.ExternalId,
        Metadata = command.Metadata,
    };

    /// <summary>The order of a change.</summary>
    public static ChangeOrder Order(PlanVersion plan, ChangeSubscription command, Instant? at) => new(plan)
    {
        Quantities = command.Quantities,
        At = at,
        Proration = command.Proration,
        AnchorReset = command.AnchorReset,
        Anchor = command.Anchor,
        ChargeOneTime = command.ChargeOneTime,
        WhenGiven = !command.WhenByPlan,
        Overrides = command.PriceOverrides,
        Invoice = command.Invoice,
    };

    /// <summary>The order of an addition.</summary>
    public static AddOrder Order(PlanVersion plan, AddSubscriptionItems command, Instant? at) => new(plan, command.Price)
    {
        Quantities = command.Quantities,
        Overrides = command.PriceOverrides,
        At = at,
        Proration = command.Proration,
        Invoice = command.Invoice,
    };
}
