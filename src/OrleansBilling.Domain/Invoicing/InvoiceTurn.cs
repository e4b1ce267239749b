using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>What a decision about an issued invoice makes: its new state and what is committed with it.</summary>
/// <param name="State">The header after the turn.</param>
/// <param name="Documents">Written with it; holds the header itself where it changed.</param>
/// <param name="CollectAt">When collection goes on (due work <c>Collect</c>), or null where nothing is left to do.</param>
/// <param name="RefundAt">When pending refunds are sent or asked for again (due work <c>Refund</c>), or null.</param>
/// <param name="CollectionChanged">True where the stage of collection changed and its subscriptions have to hear of it.</param>
public sealed record InvoiceTurn(InvoiceState State, Documents Documents, Instant? CollectAt, Instant? RefundAt, bool CollectionChanged)
{
    /// <summary>True where there is nothing to write but rows of due work.</summary>
    public bool IsEmpty => Documents.InvoiceHeaders.IsEmpty && Documents.Finalized.IsEmpty;
}
