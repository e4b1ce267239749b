using System.Collections.Immutable;
using NodaTime;

namespace OrleansBilling.Domain.Invoicing.CreditNotes;

/// <summary>Where a credit note's value goes once the unpaid part of its invoice is settled.</summary>
public enum CreditNoteSettlement
{
    /// <summary>Back to where the money came from, as far as money was received; the rest to the credit balance.</summary>
    Refund,

    /// <summary>To the credit balance.</summary>
    Credit,

    /// <summary>It is meant to lower what is unpaid; what is more than that goes to the credit balance.</summary>
    Offset,
}

/// <summary>What a credit note takes back of one line of its invoice. Amounts are positive: they are what the customer gets.</summary>
/// <param name="Line">The line of the invoice.</param>
/// <param name="Amount">Minor units of the line's amount, before its share of discount and tax; contains the tax where inclusive.</param>
/// <param name="DiscountAmount">The share of the line's discount.</param>
/// <param name="WalletAmount">The share of the line that wallet credit paid: it goes back to wallets, never to balance or refund.</param>
/// <param name="TaxAmount">The share of the line's tax: on top, or contained where inclusive.</param>
/// <param name="Taxes">The tax per rate; sums to <paramref name="TaxAmount"/>.</param>
/// <param name="TaxInclusive">True where <paramref name="Amount"/> contains the tax.</param>
public sealed record CreditNoteLine(
    string Line, long Amount, long DiscountAmount, long WalletAmount, long TaxAmount, ImmutableArray<LineTax> Taxes, bool TaxInclusive)
{
    /// <summary>What the line adds to the note's total: amount less discount and wallet credit, plus tax on top.</summary>
    public long Total => Amount - DiscountAmount - WalletAmount + (TaxInclusive ? 0 : TaxAmount);

    /// <summary>How the amount came about, where a turn has computed it; null where a person asked for it.</summary>
    public Explain? Explain { get; init; }
}

/// <summary>A document that takes back, wholly or in part, lines of an issued invoice. Never edited.</summary>
/// <param name="Id"><c>cn_...</c></param>
/// <param name="Account">The account of the invoice.</param>
/// <param name="Invoice">The invoice whose lines it takes back.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="Reason">Why, in the words of who asked for it.</param>
/// <param name="Lines">In the order of the invoice.</param>
/// <param name="Offset">Minor units that lowered what was unpaid (or written off).</param>
/// <param name="Refunded">Minor units sent back as money by refunds of this note.</param>
/// <param name="Matched">Minor units that had gone back before, by refunds without a credit note: this note is their document.</param>
/// <param name="Credited">Minor units given to the credit balance.</param>
/// <param name="IssuedAt">On the account's clock.</param>
public sealed record CreditNote(
    string Id,
    string Account,
    string Invoice,
    string Currency,
    string Reason,
    ImmutableArray<CreditNoteLine> Lines,
    long Offset,
    long Refunded,
    long Matched,
    long Credited,
    Instant IssuedAt)
{
    /// <summary>The sum of its lines' amounts.</summary>
    public long Subtotal => Lines.Sum(static line => line.Amount);

    /// <summary>The sum of its lines' discounts.</summary>
    public long DiscountTotal => Lines.Sum(static line => line.DiscountAmount);

    /// <summary>The sum that goes back to wallets.</summary>
    public long WalletTotal => Lines.Sum(static line => line.WalletAmount);

    /// <summary>The sum of its lines' taxes.</summary>
    public long TaxTotal => Lines.Sum(static line => line.TaxAmount);

    /// <summary>Of <see cref="TaxTotal"/>, contained in the amounts.</summary>
    public long TaxContained => Lines.Sum(static line => line.TaxInclusive ? line.TaxAmount : 0);

    /// <summary>What the customer gets: offset, refund and credit together.</summary>
    public long Total => Lines.Sum(static line => line.Total);
}

/// <summary>A credit note of an invoice as the invoice names it.</summary>
/// <param name="Id"><c>cn_...</c></param>
/// <param name="Total">Minor units.</param>
public sealed record CreditNoteRef(string Id, long Total);

/// <summary>What is asked to be credited: amounts of lines, or one amount with tax over all of them.</summary>
/// <param name="Lines">By line; empty where <paramref name="Amount"/> is given.</param>
/// <param name="Amount">Minor units with tax; null where lines are given.</param>
/// <param name="Reason">Why.</param>
/// <param name="Settle">Where the value goes.</param>
public sealed record CreditNoteOrder(ImmutableArray<CreditNoteOrderLine> Lines, long? Amount, string Reason, CreditNoteSettlement Settle)
{
    /// <summary>
    /// True where lines should not have been billed so high: what lines below zero took off the document is no bound then, since
    /// the customer would have been owed that, and a note is made although nothing is paid by it.
    /// </summary>
    public bool IsCorrection { get; init; }
}

/// <summary>An amount of a line to be credited.</summary>
/// <param name="Line">The line of the invoice.</param>
/// <param name="Amount">Minor units before the line's share of discount and tax.</param>
public sealed record CreditNoteOrderLine(string Line, long Amount);
