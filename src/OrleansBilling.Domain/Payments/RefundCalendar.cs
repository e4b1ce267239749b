using NodaTime;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Payments;

/// <summary>When pending refunds of an invoice are sent again or asked for.</summary>
public static class RefundCalendar
{
    /// <summary>By the ladder of unknown outcomes, from the oldest pending refund; null where none is pending.</summary>
    public static Instant? NextAt(InvoiceState state, Instant now) =>
        state.Refunds.FirstOrDefault(refund => refund.Status is RefundStatus.Pending) is { } pending
            ? CollectionCalendar.AskAt(pending.CreatedAt, now)
            : null;
}
