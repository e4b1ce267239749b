using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>How collection of a subscription's invoices stands, read from their rows.</summary>
/// <param name="PastDue">An open invoice is past due.</param>
/// <param name="Exhausted">The last retry of an open invoice has failed.</param>
public sealed record CollectionStanding(bool PastDue, bool Exhausted)
{
    /// <summary>The state of the invoice that the subscription waits for; null where it waits for none.</summary>
    public InvoiceStatus? Awaited { get; init; }
}

/// <summary>What the outcome of collection does to a subscription.</summary>
public static class SubscriptionCollection
{
    /// <summary>
    /// Moves between <c>active</c>, <c>past_due</c> and <c>unpaid</c>, or cancels, as the open invoices and the dunning
    /// policy say. Harmless when nothing has changed: null. The end after failed dunning credits nothing: the period was
    /// not paid; what is owed in arrears is billed to date.
    /// </summary>
    public static SubscriptionStep? Apply(SubscriptionState state, CollectionStanding standing, SubscriptionFacts facts, StepContext context)
    {
        if (state.AwaitedInvoice is not null)
        {
            return SubscriptionActivation.Apply(state, standing.Awaited, context);
        }

        // Collection of open invoices runs on in a pause; what it comes to holds from the resume on.
        var current = state.Pause?.Returns ?? state.Status;
        if (!SubscriptionState.RenewsAs(current))
        {
            return null;
        }

        if (standing.Exhausted && facts.Payer.Dunning.Final is DunningFinalAction.Cancel)
        {
            return SubscriptionCancellation.Unpaid(state, facts, context);
        }

        var status = standing switch
        {
            { Exhausted: true } => SubscriptionStatus.Unpaid,
            { PastDue: true } => SubscriptionStatus.PastDue,
            _ => SubscriptionStatus.Active,
        };
        // Unpaid lasts until everything is settled: a newer invoice that is merely past due does not lift it.
        if (current == status || (current is SubscriptionStatus.Unpaid && standing.PastDue))
        {
            return null;
        }

        var type = status switch
        {
            SubscriptionStatus.Unpaid => "subscription.unpaid",
            SubscriptionStatus.PastDue => "subscription.past_due",
            _ => "subscription.recovered",
        };
        var moved = state.Pause is { } pause ? state with { Pause = pause with { Returns = status } } : state with { Status = status };
        return SubscriptionStep.Of(moved, BillingEvent.Of(type, state.Account, state.Id));
    }
}
