using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Server.Metering;

/// <summary>What a correction would do to what a subscription has billed.</summary>
/// <param name="Subscription">Whose usage it is.</param>
/// <param name="Periods">Billed periods of which something else would be counted.</param>
/// <param name="Lines">The lines that it would make, by the policies of the meters.</param>
internal sealed record BilledEffectView(string Subscription, IReadOnlyList<BilledPeriodView> Periods, IReadOnlyList<EffectLineView> Lines)
{
    /// <summary>The view of an effect.</summary>
    public static BilledEffectView Of(LateUsageEffect effect) => new(
        effect.Subscription, [.. effect.Spans.Select(BilledPeriodView.Of)],
        [.. effect.Lines.Select(line => new EffectLineView(line.Kind, line.Description, line.Period.Start, line.Period.End, line.Amount, line.CreditedLine, line.CreditedInvoice, line.Waits, line.CreditNote))]);
}

/// <summary>A billed period of an item, before and after.</summary>
/// <param name="Item">The item.</param>
/// <param name="Price">The code of its price.</param>
/// <param name="Meter">The code of the meter.</param>
/// <param name="Start">Of the period.</param>
/// <param name="End">Of the period.</param>
/// <param name="LatePolicy">What the meter says.</param>
/// <param name="Outcome">What becomes of the difference: <c>billed</c> (or credited), <c>carried</c>, <c>ignored</c>, <c>counted</c> (it moves no money).</param>
/// <param name="QuantityBefore">Counted so far.</param>
/// <param name="QuantityAfter">Counted then.</param>
/// <param name="AmountBefore">Minor units billed so far, before discounts and tax.</param>
/// <param name="AmountAfter">Minor units billed then.</param>
/// <param name="Invoices">The invoices on which it stands.</param>
internal sealed record BilledPeriodView(
    string Item, string Price, string Meter, Instant Start, Instant End, LatePolicy LatePolicy, UsageOutcome Outcome, decimal QuantityBefore, decimal QuantityAfter,
    long AmountBefore, long AmountAfter, IReadOnlyList<string> Invoices)
{
    /// <summary>The view of a period.</summary>
    public static BilledPeriodView Of(LateSpanEffect span) => new(
        span.Item, span.Price, span.Meter, span.Span.Start, span.Span.End, span.Policy, span.Outcome, span.QuantityBefore, span.QuantityAfter, span.AmountBefore,
        span.AmountAfter, [.. span.Invoices]);
}

/// <summary>A line that would be made.</summary>
/// <param name="Kind">Usage, or a commitment that gives way.</param>
/// <param name="Description">Shown to the customer.</param>
/// <param name="Start">Of what it is for.</param>
/// <param name="End">Of what it is for.</param>
/// <param name="Amount">Minor units, below zero for a credit; before discounts and tax.</param>
/// <param name="CreditedLine">The line that it takes back, or null.</param>
/// <param name="CreditedInvoice">The invoice of that line, or null.</param>
/// <param name="Waits">True where it waits for the next invoice; else it is billed, or given back, at once.</param>
/// <param name="CreditNote">True where it is given back by a credit note of that invoice; else it is a line of an invoice.</param>
internal sealed record EffectLineView(
    LineKind Kind, string Description, Instant Start, Instant End, long Amount, string? CreditedLine, string? CreditedInvoice, bool Waits, bool CreditNote);
