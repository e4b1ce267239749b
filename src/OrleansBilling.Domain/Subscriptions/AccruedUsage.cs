using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What usage of spans that are not closed yet has come to so far: before minimum, discounts and tax.</summary>
/// <param name="Item">The item.</param>
/// <param name="Plan">Code of its plan.</param>
/// <param name="Price">Code of its price.</param>
/// <param name="Meter">Code of the meter.</param>
/// <param name="Span">Since when it counts; its end is the instant of the question, or that at which the span ended.</param>
/// <param name="Quantity">As the meter aggregates.</param>
/// <param name="Events">Of how many events it is made.</param>
/// <param name="Amount">Minor units, what pieces have billed included; zero where it cannot be rated.</param>
/// <param name="Runs">False for a span that has ended and waits for stragglers.</param>
public sealed record AccruedUsage(string Item, string Plan, string Price, string Meter, Period Span, decimal Quantity, long Events, long Amount, bool Runs)
{
    /// <summary>Minor units of it that pieces have billed; void ones left out.</summary>
    public long Billed { get; init; }

    /// <summary>
    /// Minor units that coupons will take off what is not billed of it, as the invoice would that bills it, and all of what a scheduled end
    /// leaves out; zero where it was not asked for.
    /// </summary>
    public long Discount { get; init; }

    /// <summary>
    /// When what is not billed of it came about, where grants of the payer begin or end within its span; empty where none do, and where it
    /// was not asked for.
    /// </summary>
    public ImmutableArray<UsageShare> UsedIn { get; init; } = [];

    /// <summary>What the subscription's usage has come to so far, of every span that is not closed: what waits, then what runs.</summary>
    /// <param name="state">Caught up to the instant.</param>
    /// <param name="facts">Holds the plans and the usage.</param>
    /// <param name="now">Up to when.</param>
    /// <param name="parted">True for <see cref="UsedIn"/> and <see cref="Discount"/>, for which more usage is read.</param>
    public static ImmutableArray<AccruedUsage> Of(SubscriptionState state, SubscriptionFacts facts, Instant now, bool parted = false)
    {
        ImmutableArray<AccruedUsage> accrued =
        [
            .. state.UsageWaiting.Select(part => Of(state, part, facts, runs: false, parted)),
            .. UsageParts.Running(state, facts, now).Select(part => Of(state, part, facts, runs: true, parted)),
        ];
        return parted ? UsageDiscounts.Ahead(state, facts, accrued) : accrued;
    }

    private static AccruedUsage Of(SubscriptionState state, UsagePart part, SubscriptionFacts facts, bool runs, bool parted)
    {
        var (terms, model, used) = UsageLines.Read(state, part, facts);
        var isFree = model is null || (part.InTrial && !terms.Price.ChargeInTrial);
        var rated = isFree ? null : UsageRater.Rate(model!, UsageLines.WithCarried(part, used), part.Bounds, terms.PercentOff, withMinimum: false) is { IsAccepted: true } decided ? decided.Value : null;
        var billed = PiecesBilled.Of(part, facts).Amount;
        return new AccruedUsage(part.Item, part.Sold.Plan, part.Price, part.Meter, part.Span, used.Quantity, used.Events, rated?.Amount ?? 0, runs)
        {
            Billed = billed,
            UsedIn = parted && rated is not null ? UsageSpread.SoFar(part, terms, model!, rated.Amount, billed, facts, runs ? state.CurrentPeriod.End : part.Span.End) : [],
        };
    }
}
