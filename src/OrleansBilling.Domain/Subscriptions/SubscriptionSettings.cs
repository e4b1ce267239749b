using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Settings of a subscription that bill nothing when they change.</summary>
public static class SubscriptionSettings
{
    /// <summary>Changes what is given. Refusal: <c>subscription_ended</c>.</summary>
    /// <param name="state">The subscription.</param>
    /// <param name="paymentMethod">The id of a method of the payer, which exists; empty for the payer's default; null leaves it.</param>
    /// <param name="metadata">Merged by key; an empty value removes the key; null leaves them.</param>
    public static Decided<SubscriptionStep> Update(SubscriptionState state, string? paymentMethod, ImmutableSortedDictionary<string, string>? metadata)
    {
        if (state.Status is SubscriptionStatus.Canceled)
        {
            return Refusal.Rule("subscription_ended", "The subscription has ended already. Create a new one.");
        }

        var pairs = metadata is null
            ? state.Metadata
            : state.Metadata.SetItems(metadata).RemoveRange(metadata.Where(pair => pair.Value.Length == 0).Select(pair => pair.Key));
        var updated = state with
        {
            PaymentMethod = paymentMethod is null ? state.PaymentMethod : paymentMethod.Length == 0 ? null : paymentMethod,
            Metadata = pairs,
        };
        return SubscriptionStep.Of(updated, BillingEvent.Of("subscription.updated", state.Account, state.Id, ("payment_method", updated.PaymentMethod)));
    }
}
