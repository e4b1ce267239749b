using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What coupons will take off usage that is not billed yet, and all of what a scheduled end leaves out. A coupon may have served its periods
/// by then, or spread its amount over other lines: so the steps that bill the usage are taken ahead, by the code that takes them when they
/// are due, and their lines tell.
/// </summary>
public static class UsageDiscounts
{
    /// <summary>How many steps ahead a span's line is looked for: a grace may be longer than many short periods.</summary>
    private const int MaxAhead = 100;

    /// <summary>The same usage with its <see cref="AccruedUsage.Discount"/>. Costs nothing where no coupon is attached and no usage left out.</summary>
    /// <param name="state">Caught up to the instant of the question.</param>
    /// <param name="facts">As the next step would read them.</param>
    /// <param name="accrued">What has accrued by then.</param>
    public static ImmutableArray<AccruedUsage> Ahead(SubscriptionState state, SubscriptionFacts facts, ImmutableArray<AccruedUsage> accrued)
    {
        if (!MayCostLess(state) || accrued.All(static used => used.Amount <= used.Billed))
        {
            return accrued;
        }

        var leavesOut = state.CancelLeavesUsage;

        var lines = new Dictionary<(string? Item, Instant Start), (long Amount, long Discount)>();
        for (var i = 0; i < MaxAhead && accrued.Any(used => IsOpen(state, used)) && SubscriptionDueWork.Next(state, Instant.MaxValue) is { } due; i++)
        {
            var step = SubscriptionLife.Due(state, due.Kind, facts, new StepContext(due.At, due.At, new IdSource($"ahead/{state.Id}/{i}", due.At), $"ahead:{state.Id}"));
            foreach (var line in step.Documents.PendingLines.Select(static waiting => (waiting.Draft, Discount: waiting.Draft.CarriedDiscount))
                .Concat(step.Documents.Invoices.SelectMany(static invoice => invoice.Lines).Select(static line => (line.Draft, Discount: line.DiscountAmount)))
                .Where(static line => line.Draft is { Kind: LineKind.Usage, Amount: > 0 }))
            {
                lines.TryAdd((line.Draft.Item, line.Draft.Period.Start), (line.Draft.Amount, line.Discount));
            }

            (state, facts) = (step.State, facts.After(step.Documents));
        }

        return [.. accrued.Select(used =>
        {
            var open = used.Amount - used.Billed;
            // The line may come to more than what has accrued, by a minimum: the discount falls on both alike.
            return open <= 0 ? used
                : lines.TryGetValue((used.Item, used.Span.Start), out var line) ? used with { Discount = Rounding.ToMinorUnits((decimal)open * line.Discount / line.Amount) }
                : leavesOut && used.Runs && !IsOpen(state, used) ? used with { Discount = open }
                : used;
        })];
    }

    /// <summary>True where usage may cost less than what it has come to so far.</summary>
    public static bool MayCostLess(SubscriptionState state) => !state.Coupons.IsEmpty || state.CancelLeavesUsage;

    private static bool IsOpen(SubscriptionState state, AccruedUsage used) =>
        state.UsageWaiting.Any(part => part.Item == used.Item && part.Span.Start == used.Span.Start)
        || state.Items.Any(item => item.Id == used.Item && item.Usage?.From == used.Span.Start);
}
