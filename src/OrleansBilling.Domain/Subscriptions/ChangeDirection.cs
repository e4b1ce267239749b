using NodaTime;
using OrleansBilling.Domain.Catalog;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Whether a change is an upgrade or a downgrade, and what the plan that it changes to says for such a one where the call does
/// not (<see cref="ChangeDefaults"/>). Compared is what the items of the subscription's own plan cost a day, before and after
/// (<see cref="RecurringAmount"/>): an intro price makes no downgrade, an added plan no upgrade. The same amount is neither.
/// </summary>
internal static class ChangeDirection
{
    /// <summary>The order with the defaults of its plan in place of what the call left out.</summary>
    public static ChangeOrder Defaulted(SubscriptionState state, ChangeOrder order, SubscriptionFacts facts, Instant now)
    {
        if (order.Plan.ChangeDefaults is not { } defaults || (order.WhenGiven && order.Proration is not null))
        {
            return order;
        }

        var direction = Of(state, order, facts, now);
        return (direction > 0 ? defaults.Upgrade : direction < 0 ? defaults.Downgrade : null) is { } given
            ? order with
            {
                // Where no period runs there is none to wait for the end of.
                At = order.WhenGiven ? order.At : given.AtPeriodEnd && (state.Renews || state.Status is SubscriptionStatus.Trialing) ? null : now,
                Proration = order.Proration ?? given.Proration,
                WhenGiven = true,
            }
            : order;
    }

    /// <summary>Above zero for an upgrade, below for a downgrade.</summary>
    public static int Of(SubscriptionState state, ChangeOrder order, SubscriptionFacts facts, Instant at) => decimal.Compare(
        PerDay(state, RecurringAmount.ItemsAfter(state, order, facts, at), facts, at), PerDay(state, state.Items, facts, at));

    private static decimal PerDay(SubscriptionState state, IEnumerable<SubscriptionItem> items, SubscriptionFacts facts, Instant at) =>
        RecurringAmount.PerDay(state, items.Where(item => !item.AddOn), facts, at);
}
