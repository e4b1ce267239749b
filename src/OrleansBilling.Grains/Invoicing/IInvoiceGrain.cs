using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>The command that makes a one-off invoice.</summary>
[GenerateSerializer, Alias("create_invoice"), Immutable]
public sealed record CreateInvoice
{
    /// <summary><c>acct_...</c></summary>
    [Id(0)] public required string Account { get; init; }

    /// <summary>In the order in which they shall be shown.</summary>
    [Id(1)] public required ImmutableArray<OneOffLine> Lines { get; init; }

    /// <summary>False leaves a draft.</summary>
    [Id(2)] public bool Finalize { get; init; } = true;

    /// <summary>Codes of coupons, in the order in which they act.</summary>
    [Id(40)] public ImmutableArray<string> Coupons { get; init; } = [];
}

/// <summary>The command that takes lines of an invoice back.</summary>
[GenerateSerializer, Alias("issue_credit_note"), Immutable]
public sealed record IssueCreditNote
{
    /// <summary>Amounts by line, before discount and tax; empty where <see cref="Amount"/> is given.</summary>
    [Id(0)] public ImmutableArray<CreditedLine> Lines { get; init; } = [];

    /// <summary>An amount with tax over all lines; null where lines are given.</summary>
    [Id(1)] public long? Amount { get; init; }

    /// <summary>Why.</summary>
    [Id(2)] public required string Reason { get; init; }

    /// <summary>Where the value goes.</summary>
    [Id(3)] public CreditNoteSettlement Settle { get; init; }

    internal CreditNoteOrder Order() => new([.. Lines.Select(line => new CreditNoteOrderLine(line.Line, line.Amount))], Amount, Reason, Settle);
}

/// <summary>An amount of a line, in minor units.</summary>
[GenerateSerializer, Alias("credited_line"), Immutable]
public sealed record CreditedLine([property: Id(0)] string Line, [property: Id(1)] long Amount);

/// <summary>
/// An invoice: a draft until it is issued, then its collection, credits and end. Key: <c>inv_...</c>. The issuing turn of the
/// subscription writes its rows, or this grain its own for a one-off invoice; this grain builds its state from them at its first turn.
/// </summary>
[Alias("OrleansBilling.IInvoiceGrain")]
public interface IInvoiceGrain : IDueGrain
{
    /// <summary>
    /// Makes this a one-off invoice and collects it, or leaves it a draft. 404 <c>account_not_found</c>; 422
    /// <c>amount_or_quantity</c>, <c>duplicate_rate</c>, <c>amount_too_large</c>, <c>negative_total</c>.
    /// </summary>
    [Alias("Create")]
    Task<CommandAnswer> Create(CommandKey key, Instant now, CreateInvoice command);

    /// <summary>Issues a draft by today's facts, and collects it. 422 <c>invoice_not_draft</c>.</summary>
    [Alias("FinalizeDraft")]
    Task<CommandAnswer> FinalizeDraft(CommandKey key, Instant now);

    /// <summary>Deletes a draft: its lines count as not billed. 422 <c>invoice_not_draft</c>, <c>lines_credited</c>.</summary>
    [Alias("DeleteDraft")]
    Task<CommandAnswer> DeleteDraft(CommandKey key, Instant now);

    /// <summary>
    /// Collects now, with the given method or the default, and answers with the invoice after the outcome. 409
    /// <c>payment_in_progress</c>; 422 <c>invoice_not_open</c>, <c>no_payment_method</c>.
    /// </summary>
    [Alias("Pay")]
    Task<CommandAnswer> Pay(CommandKey key, Instant now, string? paymentMethod);

    /// <summary>Takes the invoice back: 422 <c>invoice_not_open</c>, <c>money_received</c>, <c>lines_credited</c>, <c>draft_credits_lines</c>, <c>credits_void_invoice</c>, <c>prepaid_given_back</c>, <c>coupon_given_again</c>; 409 <c>payment_in_progress</c>.</summary>
    [Alias("Void")]
    Task<CommandAnswer> Void(CommandKey key, Instant now);

    /// <summary>
    /// Issues an invoice that is of no subscription anew, and answers with the id of the new one; those of subscriptions are
    /// reissued by theirs. The refusals of <see cref="InvoiceReissue.Make"/>.
    /// </summary>
    [Alias("Reissue")]
    Task<CommandAnswer> Reissue(CommandKey key, Instant now);

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
    /// Takes lines back by a credit note: first the unpaid part is settled, then money goes back or to the balance. 422
    /// <c>invoice_not_creditable</c>, <c>credit_above_left</c>, <c>line_not_creditable</c>, <c>duplicate_line</c>,
    /// <c>nothing_to_credit</c>; 404 <c>line_not_found</c>; 409 <c>payment_in_progress</c>, <c>refund_in_progress</c>.
    /// </summary>
    [Alias("IssueCreditNote")]
    Task<CommandAnswer> IssueCreditNote(CommandKey key, Instant now, IssueCreditNote command);

    /// <summary>The note that <see cref="IssueCreditNote"/> would issue; writes nothing.</summary>
    [Alias("PreviewCreditNote")]
    Task<CommandAnswer> PreviewCreditNote(Instant now, IssueCreditNote command);

    /// <summary>
    /// Asks the gateway at once what became of an attempt or refund that is under way: it has told that it knows, or a person
    /// wants to know. Harmless where nothing is under way.
    /// </summary>
    [Alias("AskGateway")]
    Task<DueAnswer> AskGateway(Instant now);
}
