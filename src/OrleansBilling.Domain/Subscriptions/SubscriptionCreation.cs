using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What a caller wants sold. Null members take their defaults.</summary>
public sealed record SubscriptionOrder(string Id, PlanVersion Plan)
{
    /// <summary>By price code; 1 where not given.</summary>
    public ImmutableSortedDictionary<string, decimal> Quantities { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>Further plans; none twice, and each of the plan's interval.</summary>
    public ImmutableArray<AddOnOrder> AddOns { get; init; } = [];

    /// <summary>Negotiated prices by price code: of the plan, else of the one further plan that has it.</summary>
    public ImmutableSortedDictionary<string, PriceOverride> Overrides { get; init; } = ImmutableSortedDictionary<string, PriceOverride>.Empty;

    /// <summary>Null is now; may lie back or ahead, within <see cref="SubscriptionCreation.MaxBack"/> and <see cref="SubscriptionCreation.MaxAhead"/>.</summary>
    public Instant? StartAt { get; init; }

    /// <summary>Which boundaries; default <c>start</c>.</summary>
    public AnchorRule Anchor { get; init; } = new StartAnchor();

    /// <summary>The policy of the first partial period.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>Local days; null takes the plan's.</summary>
    public int? TrialDays { get; init; }

    /// <summary>Instead of days.</summary>
    public Instant? TrialEnd { get; init; }

    /// <summary>What to do where the trial ends without a payment method.</summary>
    public TrialMissingMethod TrialMissingMethod { get; init; }

    /// <summary>Charged in place of the payer's default; null takes that.</summary>
    public PaymentMethodRef? PaymentMethod { get; init; }

    /// <summary>Active only once the first invoice is paid.</summary>
    public bool RequiresPayment { get; init; }

    /// <summary>Scheduled end, after the start.</summary>
    public Instant? EndsAt { get; init; }

    /// <summary>Coupons to attach, in this order.</summary>
    public ImmutableArray<CouponFacts> Coupons { get; init; } = [];

    /// <summary>The caller's own name.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The caller's own pairs.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A further plan of a new subscription.</summary>
public sealed record AddOnOrder(PlanVersion Plan)
{
    /// <summary>By price code; 1 where not given.</summary>
    public ImmutableSortedDictionary<string, decimal> Quantities { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>Negotiated prices by price code.</summary>
    public ImmutableSortedDictionary<string, PriceOverride> Overrides { get; init; } = ImmutableSortedDictionary<string, PriceOverride>.Empty;
}

/// <summary>Creates subscriptions.</summary>
public static class SubscriptionCreation
{
    /// <summary>A start may lie back this far: every period since is billed.</summary>
    public static readonly Duration MaxBack = Duration.FromDays(732);

    /// <summary>A start may lie ahead this far.</summary>
    public static readonly Duration MaxAhead = Duration.FromDays(1830);

    /// <summary>
    /// Creates the subscription; where its start is not ahead, it starts in the same turn. Refusals, in order:
    /// those of <see cref="OrderedPlans"/> and <see cref="PlanSale"/>, <c>start_out_of_range</c>, <c>anchor_needs_months</c>
    /// and other anchor rules, <c>full_difference_needs_change</c>, <c>trial_given_twice</c>, trial length rules,
    /// <c>trial_end_out_of_range</c>, <c>ends_before_start</c>, those of <see cref="SubscriptionCoupons.Add"/>.
    /// </summary>
    public static Decided<SubscriptionStep> Create(SubscriptionOrder order, SubscriptionFacts facts, StepContext context)
    {
        var now = context.Now;
        var start = order.StartAt ?? now;
        var plans = OrderedPlans.Of(order, facts.Billing.Account.Currency, start);
        if ((plans.Refusal ?? Check(order, facts, start, now)) is { } refusal)
        {
            return refusal;
        }

        var account = facts.Billing.Account;
        var state = new SubscriptionState(
            order.Id, account.Account, order.Plan.Code, order.Plan.Version, account.Currency, SubscriptionStatus.Incomplete,
            now, start, order.Anchor, new Period(start, start), Items(plans.Value, context.Ids))
        {
            TrialEnd = TrialEnd(order, start, account.TimeZone),
            TrialMissingMethod = order.TrialMissingMethod,
            PaymentMethod = order.PaymentMethod?.Id,
            RequiresPayment = order.RequiresPayment,
            Proration = order.Proration,
            CancelAt = order.EndsAt,
            ExternalId = order.ExternalId,
            Metadata = order.Metadata,
        };
        var created = BillingEvent.Of(
            "subscription.created", state.Account, state.Id, ("plan", state.Plan), ("plan_version", (long)state.PlanVersion), ("start_at", start));
        var attached = SubscriptionCoupons.AttachAll(state, order.Coupons, context);
        if (attached.Refusal is { } refused)
        {
            return refused;
        }

        if (start > now)
        {
            return attached.Value.Telling(created);
        }

        var started = SubscriptionPeriods.Start(attached.Value.State, facts, context with { At = start });
        return new SubscriptionStep(started.State, attached.Value.Documents.And(started.Documents)).Telling(created);
    }

    private static Refusal? Check(SubscriptionOrder order, SubscriptionFacts facts, Instant start, Instant now)
    {
        if (start < now - MaxBack || start > now + MaxAhead)
        {
            return Refusal.Rule("start_out_of_range", "start_at may lie at most 732 days back and 1,830 days ahead.", "start_at");
        }

        return order.Anchor.RefusalFor(order.Plan.Interval)
            ?? (order.Proration is ProrationPolicy.FullDifference
                ? Refusal.Rule("full_difference_needs_change", "full_difference compares two prices and serves changes only. Choose second, day, day_30 or none.", "proration")
                : null)
            ?? (facts.Parent is not null && order.PaymentMethod is not null ? PayerRules.NoOwnMethod() : null)
            ?? (facts.Parent is not null && order.RequiresPayment ? PayerRules.NoGate() : null)
            ?? SubscriptionActivation.RefusalOf(order, facts.Payer.Account, now)
            ?? CheckTimes(order, start, facts.Billing.Account.TimeZone);
    }

    private static Refusal? CheckTimes(SubscriptionOrder order, Instant start, string timeZone)
    {
        if (order is { TrialDays: not null, TrialEnd: not null })
        {
            return Refusal.Rule("trial_given_twice", "Give either trial_days or trial_end.", "trial_end");
        }

        if (order.TrialDays is { } days && TrialCalendar.RefusalFor(days) is { } refusal)
        {
            return refusal;
        }

        if (order.TrialEnd is { } end && (end <= start || end > TrialCalendar.End(start, TrialCalendar.MaxDays, timeZone)))
        {
            return Refusal.Rule("trial_end_out_of_range", $"trial_end lies after the start and at most {TrialCalendar.MaxDays} days later.", "trial_end");
        }

        return order.EndsAt <= start
            ? Refusal.Rule("ends_before_start", "ends_at lies after the start.", "ends_at")
            : null;
    }

    private static Instant? TrialEnd(SubscriptionOrder order, Instant start, string timeZone)
    {
        if (order.TrialEnd is { } end)
        {
            return end;
        }

        var days = order.TrialDays ?? order.Plan.TrialDays;
        return days > 0 ? TrialCalendar.End(start, days, timeZone) : null;
    }

    private static ImmutableArray<SubscriptionItem> Items(ImmutableArray<AddOnOrder> plans, IdSource ids) =>
    [
        .. plans.SelectMany((sold, i) => sold.Plan.Prices.Select(price => new SubscriptionItem(
            ids.Next("item"), sold.Plan.Code, sold.Plan.Version, price.Code, sold.Quantities.GetValueOrDefault(price.Code, PlanSale.QuantityOf(price)))
        {
            AddOn = i > 0,
            Override = sold.Overrides.GetValueOrDefault(price.Code) is { IsNone: false } negotiated ? negotiated : null,
        })),
    ];
}
