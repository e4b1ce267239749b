using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>A line that was billed for the current period before a turn, also one that waits for its invoice.</summary>
/// <param name="Invoice">The invoice; null while it waits.</param>
/// <param name="Line">The line.</param>
/// <param name="Kind">What it bills.</param>
/// <param name="Item">The item that it bills.</param>
/// <param name="Plan">Plan code.</param>
/// <param name="Period">What it is for.</param>
/// <param name="Amount">Minor units before discounts and tax; below zero for credits.</param>
/// <param name="CreditedLine">The line that it takes back, or null.</param>
public sealed record EarlierLine(string? Invoice, string Line, LineKind Kind, string Item, string Plan, Period Period, long Amount, string? CreditedLine);

/// <summary>What a commitment counts that begins before the change which makes it: the lines that were billed for its time by then.</summary>
internal static class EarlierLines
{
    /// <summary>The lines that count, but for charges that still run, which the caller counts.</summary>
    /// <param name="before">Before the change.</param>
    /// <param name="after">With the plans and items after it.</param>
    /// <param name="facts">Holds the lines.</param>
    /// <param name="begun">The commitment.</param>
    /// <param name="running">Charges that still run.</param>
    public static IEnumerable<CountedLine> Of(SubscriptionState before, SubscriptionState after, SubscriptionFacts facts, Commitment begun, ImmutableArray<CountedLine> running)
    {
        var added = before.Items.Concat(before.Former).Concat(after.Items).Where(item => item.AddOn).Select(item => item.Id).ToHashSet(StringComparer.Ordinal);
        var counts = running.Select(line => line.Line).ToHashSet(StringComparer.Ordinal);
        // Credits name lines that were billed before them.
        foreach (var line in facts.Earlier.Where(line => line.Period.End > begun.From).OrderBy(line => line.CreditedLine is not null))
        {
            var isOf = begun.AddOn ? added.Contains(line.Item) && line.Plan == begun.Plan : !added.Contains(line.Item);
            if ((line.CreditedLine is { } credited ? counts.Contains(credited) : isOf) && counts.Add(line.Line))
            {
                yield return new CountedLine(line.Invoice, line.Line, CommitmentUsage.PartOf(line.Kind, line.Amount, line.Period, begun.From, Instant.MaxValue, after))
                {
                    Of = line.Kind is LineKind.Usage ? line.Amount : 0,
                };
            }
        }
    }
}
