using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Metering;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What a look at closed spans would do, for showing it.</summary>
/// <param name="Subscription"><c>sub_...</c></param>
/// <param name="Spans">Those of which something else is counted than before.</param>
/// <param name="Lines">The lines that it would make.</param>
public sealed record LateUsageEffect(string Subscription, ImmutableArray<LateSpanEffect> Spans, ImmutableArray<LateLineEffect> Lines)
{
    /// <summary>The effect of a step of <see cref="LateUsage"/>.</summary>
    /// <param name="spans">What was looked at.</param>
    /// <param name="step">What came of it.</param>
    public static LateUsageEffect Of(ImmutableArray<LateSpan> spans, SubscriptionStep step)
    {
        var documents = step.Documents;
        var made = documents.Invoices.SelectMany(invoice => invoice.Lines).Where(line => !line.Draft.HasWaited).Select(line => (line.Draft, Source: (PendingSource?)null))
            .Concat(documents.PendingLines.Select(line => (line.Draft, Source: (PendingSource?)line.Source))).ToList();
        var counted = made.Select(line => line.Draft.Usage).OfType<ClosedUsage>().Concat(documents.UsageClosed).ToList();
        return new LateUsageEffect(
            step.State.Id,
            [
                .. spans.SelectMany(span => Sums(counted.Where(closed => closed.Part == span.Part)).Select(closed => new LateSpanEffect(
                    span.Part.Item, span.Part.Price, span.Part.Meter, span.Part.Span, span.Policy, closed.Outcome, span.Quantity, span.Quantity + closed.Quantity,
                    span.Amount, span.Amount + closed.Amount, [.. span.Lines.Concat(span.CellLines).Select(line => line.Billed.Invoice).OfType<string>().Distinct()]))),
            ],
            [
                .. made.Select(line => new LateLineEffect(
                    line.Draft.Kind, line.Draft.Description, line.Draft.Period, line.Draft.Amount, line.Draft.CreditedLine, line.Draft.CreditedInvoice,
                    line.Source is not (null or PendingSource.CreditNote), line.Source is PendingSource.CreditNote)),
            ]);
    }

    /// <summary>What was ignored of a span, and what is billed of it beside that, are one effect.</summary>
    private static IEnumerable<ClosedUsage> Sums(IEnumerable<ClosedUsage> counted) => counted.GroupBy(closed => closed.Part).Select(of => of.OrderBy(closed => closed.Outcome is UsageOutcome.Ignored).First() with
    {
        Quantity = of.Sum(closed => closed.Quantity),
        Amount = of.Sum(closed => closed.Amount),
    });
}

/// <summary>What becomes of a closed span.</summary>
/// <param name="Item">The item.</param>
/// <param name="Price">Code of its price.</param>
/// <param name="Meter">Code of the meter.</param>
/// <param name="Span">The span.</param>
/// <param name="Policy">What the meter says.</param>
/// <param name="Outcome">What becomes of the difference.</param>
/// <param name="QuantityBefore">Counted so far.</param>
/// <param name="QuantityAfter">Counted then.</param>
/// <param name="AmountBefore">Minor units billed so far, before discounts and tax.</param>
/// <param name="AmountAfter">Minor units billed then.</param>
/// <param name="Invoices">The invoices on which it stands.</param>
public sealed record LateSpanEffect(
    string Item, string Price, string Meter, Period Span, LatePolicy Policy, UsageOutcome Outcome, decimal QuantityBefore, decimal QuantityAfter,
    long AmountBefore, long AmountAfter, ImmutableArray<string> Invoices);

/// <summary>A line that would be made.</summary>
/// <param name="Kind">Usage, or a commitment that gives way.</param>
/// <param name="Description">Shown to the customer.</param>
/// <param name="Period">What it is for.</param>
/// <param name="Amount">Minor units, below zero for a credit; before discounts and tax.</param>
/// <param name="CreditedLine">The line that it takes back, or null.</param>
/// <param name="CreditedInvoice">The invoice of that line, or null.</param>
/// <param name="Waits">True where it waits for the next invoice.</param>
/// <param name="CreditNote">True where it is given back by a credit note of that invoice.</param>
public sealed record LateLineEffect(
    LineKind Kind, string Description, Period Period, long Amount, string? CreditedLine, string? CreditedInvoice, bool Waits, bool CreditNote);
