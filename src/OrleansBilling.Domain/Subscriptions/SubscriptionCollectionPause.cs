using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Pauses the collection of a subscription: it goes on, and what it bills meanwhile is not collected. Invoices of before
/// and of after are; those made meanwhile stay what they became.
/// </summary>
public static class SubscriptionCollectionPause
{
    /// <summary>
    /// Pauses collection from now on; a new pause replaces one that runs. Refusals, in order: <c>subscription_ended</c>,
    /// <c>subscription_incomplete</c>, <c>until_not_ahead</c>.
    /// </summary>
    public static Decided<SubscriptionStep> Pause(SubscriptionState state, CollectionPauseBehavior behavior, Instant? until, Instant now)
    {
        if (state.Status is SubscriptionStatus.Canceled)
        {
            return Refusal.Rule("subscription_ended", "The subscription has ended already. Create a new one.");
        }

        if (state.AwaitedInvoice is not null)
        {
            return SubscriptionActivation.Incomplete();
        }

        if (until <= now)
        {
            return Refusal.Rule("until_not_ahead", "until lies ahead; leave it out to pause until a call ends it.", "until");
        }

        var paused = state with { CollectionPause = new CollectionPause(behavior, state.CollectionPause?.Since ?? now, until) };
        return SubscriptionStep.Of(paused, BillingEvent.Of(
            "subscription.collection_paused", state.Account, state.Id, ("behavior", CollectionPauseBehaviors.Name(behavior)), ("until", until)));
    }

    /// <summary>Ends the pause by a call. Refusal: <c>collection_not_paused</c>.</summary>
    public static Decided<SubscriptionStep> Resume(SubscriptionState state) =>
        state.CollectionPause is null
            ? Refusal.Rule("collection_not_paused", "Collection of the subscription is not paused.")
            : Ended(state);

    /// <summary>The pause has reached its end.</summary>
    public static SubscriptionStep Ended(SubscriptionState state) =>
        SubscriptionStep.Of(state with { CollectionPause = null }, BillingEvent.Of("subscription.collection_resumed", state.Account, state.Id));
}
