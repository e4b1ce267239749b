using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Payment-gated activation (<c>payment_behavior: require_payment</c>): the subscription is incomplete until its first
/// invoice is paid; unpaid after 23 hours the invoice is voided, and with it the subscription ends.
/// </summary>
public static class SubscriptionActivation
{
    /// <summary>How long the first payment may take. A payment that is on its way by then is waited for.</summary>
    public static readonly Duration Patience = Duration.FromHours(23);

    /// <summary>What stands against a gated start, or null: <c>require_payment_starts_now</c>, <c>require_payment_needs_automatic</c>.</summary>
    public static Refusal? RefusalOf(SubscriptionOrder order, AccountFacts payer, Instant now)
    {
        if (!order.RequiresPayment)
        {
            return null;
        }

        if (order.StartAt is { } start && start != now)
        {
            return Refusal.Rule("require_payment_starts_now", "A subscription that waits for its payment starts now: leave start_at out.", "start_at");
        }

        return payer.Collection is CollectionMode.Automatic
            ? null
            : Refusal.Rule("require_payment_needs_automatic", "The payer is sent invoices, and nothing is charged by itself. Use activate.", "payment_behavior");
    }

    /// <summary>The step of a first paid period that has to be paid first: incomplete where something of its invoice is due.</summary>
    public static SubscriptionStep Gated(SubscriptionStep begun) =>
        begun.Documents.Invoices is [.., { AmountDue: > 0 } invoice]
            ? begun with { State = begun.State with { Status = SubscriptionStatus.Incomplete, AwaitedInvoice = invoice.Id } }
            : (begun with { State = begun.State with { Status = SubscriptionStatus.Active } }).Telling(
                BillingEvent.Of("subscription.activated", begun.State.Account, begun.State.Id));

    /// <summary>What has become of the awaited invoice; null where it is still open.</summary>
    public static SubscriptionStep? Apply(SubscriptionState state, InvoiceStatus? awaited, StepContext context)
    {
        var waits = state with { AwaitedInvoice = null };
        return awaited switch
        {
            InvoiceStatus.Paid => SubscriptionStep.Of(
                waits with { Status = SubscriptionStatus.Active }, BillingEvent.Of("subscription.activated", state.Account, state.Id)),
            InvoiceStatus.Void or InvoiceStatus.Uncollectible => SubscriptionCancellation.Ended(waits, context.At, "first_payment_missing"),
            _ => null,
        };
    }

    /// <summary>422 <c>subscription_incomplete</c>.</summary>
    internal static Refusal Incomplete() =>
        Refusal.Rule("subscription_incomplete", "The subscription waits for its first payment. Pay its latest invoice first, or cancel it.");
}
