using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>How collection of a subscription's invoices stands, read from their rows.</summary>
/// <param name="PastDue">An open invoice is past due.</param>
/// <param name="Exhausted">The last retry of an open invoice has failed.</param>
public sealed record CollectionStanding(bool PastDue, bool Exhausted);

/// <summary>What the outcome of collection does to a subscription.</summary>
public static class SubscriptionCollection
{
    /// <summary>
    /// Moves between <c>active</c>, <c>past_due</c> and <c>unpaid</c>, or cancels, as the open invoices and the dunning
    /// policy say. Harmless when nothing has changed: null. The end after failed dunning credits nothing: the period was
    /// not paid.
    /// </summary>
    public static SubscriptionStep? Apply(SubscriptionState state, CollectionStanding standing, DunningPolicy policy, StepContext context)
    {
        if (!state.Renews)
        {
            return null;
        }

        if (standing.Exhausted && policy.Final is DunningFinalAction.Cancel)
        {
            return SubscriptionCancellation.End(state, context.At, "payment_failed");
        }

        var status = standing switch
        {
            { Exhausted: true } => SubscriptionStatus.Unpaid,
            { PastDue: true } => SubscriptionStatus.PastDue,
            _ => SubscriptionStatus.Active,
        };
        // Unpaid lasts until everything is settled: a newer invoice that is merely past due does not lift it.
        if (state.Status == status || (state.Status is SubscriptionStatus.Unpaid && standing.PastDue))
        {
            return null;
        }

        var type = status switch
        {
            SubscriptionStatus.Unpaid => "subscription.unpaid",
            SubscriptionStatus.PastDue => "subscription.past_due",
            _ => "subscription.recovered",
        };
        return SubscriptionStep.Of(state with { Status = status }, BillingEvent.Of(type, state.Account, state.Id));
    }
}
