using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Catalog;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>What the creation of a subscription reads; null parts do not exist.</summary>
internal sealed record CreationFacts(BillingFacts? Billing, PlanHeader? Header, PlanVersion? Plan, ImmutableArray<PlanFacts> AddOns)
{
    /// <summary>In the order of the command's codes.</summary>
    public ImmutableArray<CouponFacts?> Coupons { get; init; } = [];

    /// <summary>The method that the command names; null where it names none, or there is none.</summary>
    public PaymentMethodRef? Method { get; init; }

    /// <summary>The account that pays; null where the account pays itself.</summary>
    public BillingFacts? Parent { get; init; }

    /// <summary>Lines of the account that wait for its next invoice.</summary>
    public ImmutableArray<LineDraft> Pending { get; init; } = [];
}

/// <summary>What a change of a subscription reads; null parts do not exist.</summary>
/// <param name="Facts">The subscription's own, and the plan that it changes to.</param>
/// <param name="Header">Of the plan that it changes to.</param>
/// <param name="Plan">The version that it changes to.</param>
internal sealed record ChangeFacts(SubscriptionFacts Facts, PlanHeader? Header, PlanVersion? Plan);
