using NodaTime;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>
/// An issued invoice: its collection, credits and end. Key: <c>inv_...</c>. The issuing turn of the subscription writes its
/// rows; this grain builds its state from them at its first turn.
/// </summary>
[Alias("OrleansBilling.IInvoiceGrain")]
public interface IInvoiceGrain : IDueGrain
{
    /// <summary>
    /// Collects now, with the given method or the default, and answers with the invoice after the outcome. 409
    /// <c>payment_in_progress</c>; 422 <c>invoice_not_open</c>, <c>no_payment_method</c>.
    /// </summary>
    [Alias("Pay")]
    Task<CommandAnswer> Pay(CommandKey key, Instant now, string? paymentMethod);

    /// <summary>Takes the invoice back: 422 <c>invoice_not_open</c>, <c>money_received</c>, <c>lines_credited</c>; 409 <c>payment_in_progress</c>.</summary>
    [Alias("Void")]
    Task<CommandAnswer> Void(CommandKey key, Instant now);

    /// <summary>Writes off what is left. 422 <c>invoice_not_open</c>; 409 <c>payment_in_progress</c>.</summary>
    [Alias("MarkUncollectible")]
    Task<CommandAnswer> MarkUncollectible(CommandKey key, Instant now);

    /// <summary>Records money received outside the gateways. 422 <c>amount_above_remaining</c>, <c>invoice_not_open</c>; 409 <c>payment_in_progress</c>.</summary>
    [Alias("RecordPayment")]
    Task<CommandAnswer> RecordPayment(CommandKey key, Instant now, long amount, string reference, string method);

    /// <summary>
    /// Sends money of a payment back; null amount is all that is left of it. The invoice stays paid and nothing is
    /// collected again: without a credit note the money is booked to the refunds account. 422 <c>refund_above_received</c>;
    /// 404 <c>payment_not_found</c>.
    /// </summary>
    [Alias("Refund")]
    Task<CommandAnswer> Refund(CommandKey key, Instant now, string payment, long? amount, string reason);

    /// <summary>
    /// Asks the gateway at once what became of an attempt or refund that is under way: it has told that it knows, or a person
    /// wants to know. Harmless where nothing is under way.
    /// </summary>
    [Alias("AskGateway")]
    Task<DueAnswer> AskGateway(Instant now);
}
