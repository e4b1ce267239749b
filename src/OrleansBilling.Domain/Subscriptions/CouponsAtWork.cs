using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// The coupons of a subscription while one document is made: what each may give, and what is left of it afterwards
/// (rules.md, "Discounts").
/// </summary>
/// <remarks>
/// A coupon's period is the subscription's current period, told by its end. Where another one runs since the coupon last acted, the old one
/// is closed first: it counts where something of the coupon stayed given in it. What a credit takes back within the period
/// can be given again in it; where the change itself ends the period, a coupon that has served its last one gives it again
/// on the charges of that change, and one that goes on gives the new period its amount instead.
/// </remarks>
internal sealed record CouponsAtWork
{
    private readonly ImmutableArray<Entry> _entries;

    private CouponsAtWork(ImmutableArray<Entry> entries, ImmutableArray<AttachedCoupon> ended)
    {
        _entries = entries;
        Ended = ended;
    }

    /// <summary>Coupons that have served their last period.</summary>
    public ImmutableArray<AttachedCoupon> Ended { get; }

    /// <summary>What each may take off the document, in the order in which they were attached.</summary>
    public ImmutableArray<Discount> Discounts { get; private init; } = [];

    /// <summary>The coupons of a state for a document of drafts; <see cref="SubscriptionState.CurrentPeriod"/> is the period that is billed.</summary>
    public static CouponsAtWork Of(SubscriptionState state, IReadOnlyList<LineDraft> drafts, SubscriptionFacts facts)
    {
        var entries = ImmutableArray.CreateBuilder<Entry>(state.Coupons.Length);
        var ended = ImmutableArray.CreateBuilder<AttachedCoupon>();
        var discounts = ImmutableArray.CreateBuilder<Discount>(state.Coupons.Length);
        foreach (var coupon in state.Coupons)
        {
            var taken = TakenBack(coupon, drafts);
            var given = Given(coupon, facts);
            if (coupon.PeriodEnd == state.CurrentPeriod.End)
            {
                entries.Add(new Entry(coupon, taken));
                discounts.Add(Left(coupon, coupon.PeriodAmount - given + taken));
            }
            else if (Closed(coupon, given - taken, taken) is { } next)
            {
                next = next with { PeriodEnd = state.CurrentPeriod.End };
                entries.Add(new Entry(next, 0));
                discounts.Add(Left(next, next.PeriodAmount));
            }
            else
            {
                ended.Add(coupon);
            }
        }

        return new CouponsAtWork(entries.DrainToImmutable(), ended.ToImmutable()) { Discounts = discounts.DrainToImmutable() };
    }

    /// <summary>The state after the document, or null for lines that wait for one: what their charges gave of each coupon is kept.</summary>
    /// <param name="state">The subscription.</param>
    /// <param name="document">The document of the charges.</param>
    /// <param name="lines">Its lines.</param>
    /// <param name="elsewhere">What documents for earlier payers took back, by document.</param>
    public SubscriptionState After(
        SubscriptionState state, string? document, ImmutableArray<InvoiceLine> lines, ImmutableArray<(string Document, LineDiscount Part)> elsewhere = default) =>
        state.Coupons.IsEmpty ? state : state with { Coupons = [.. _entries.Select(entry => entry.After(document, lines, elsewhere.IsDefault ? [] : elsewhere))] };

    /// <summary>The state where the period makes no document.</summary>
    public SubscriptionState Begun(SubscriptionState state) =>
        state.Coupons.IsEmpty ? state : state with { Coupons = [.. _entries.Select(entry => entry.Coupon)] };

    /// <summary>The events of those that ended.</summary>
    public ImmutableArray<BillingEvent> Events(SubscriptionState state) =>
        [.. Ended.Select(coupon => SubscriptionCoupons.EndedEvent(state, coupon, "used_up"))];

    /// <summary>What documents of the coupon's period gave of it; void ones count as not billed.</summary>
    private static long Given(AttachedCoupon coupon, SubscriptionFacts facts) => coupon.Uses
        .Where(use => !(use.Standing(facts) is { } id && facts.Invoices.TryGetValue(id, out var invoice) && invoice.Status is InvoiceStatus.Void))
        .Sum(use => use.Amount);

    private static long TakenBack(AttachedCoupon coupon, IReadOnlyList<LineDraft> drafts) =>
        -drafts.SelectMany(draft => draft.CarriedDiscounts).Where(part => part.Discount == coupon.Id && part.Amount < 0).Sum(part => part.Amount);

    private static Discount Left(AttachedCoupon coupon, long left) => coupon.Coupon.PercentOff is { } percent
        ? Discount.Percent(coupon.Id, coupon.Coupon.Code, percent, coupon.Coupon.AppliesTo)
        : Discount.Amount(coupon.Id, coupon.Coupon.Code, Math.Max(left, 0), coupon.Coupon.AppliesTo);

    /// <summary>The coupon after a period in which something stayed given of it, or null where it has served its last one.</summary>
    private static AttachedCoupon? Closed(AttachedCoupon coupon, long stayed, long takenBack)
    {
        var next = coupon with { PeriodsUsed = coupon.PeriodsUsed + (stayed > 0 ? 1 : 0), Uses = [] };
        if (coupon.Coupon.CarryRemainder)
        {
            var left = coupon.PeriodAmount - stayed;
            return left > 0 ? next with { PeriodAmount = left } : null;
        }

        if (coupon.Coupon.PeriodLimit is not { } limit || next.PeriodsUsed < limit)
        {
            return next with { PeriodAmount = coupon.Coupon.AmountOff ?? 0 };
        }

        return coupon.Coupon.AmountOff is not null && takenBack > 0 ? next with { PeriodAmount = takenBack } : null;
    }

    /// <summary>A coupon, and what credits of this document take back of its own period.</summary>
    private sealed record Entry(AttachedCoupon Coupon, long TakenBack)
    {
        public AttachedCoupon After(string? document, ImmutableArray<InvoiceLine> lines, ImmutableArray<(string Document, LineDiscount Part)> elsewhere)
        {
            // What was taken back of its own period on another document is kept with that one.
            var others = TakenBack == 0 ? [] : elsewhere.Where(other => other.Part.Discount == Coupon.Id && other.Part.Amount < 0).ToList();
            var taken = TakenBack + others.Sum(other => other.Part.Amount);
            var coupon = others.Count == 0 ? Coupon : Coupon with { Uses = [.. Coupon.Uses, .. others.Select(other => new CouponUse(other.Document, other.Part.Amount))] };
            // Lines of one turn go on one invoice: one of them tells which, where it is not known yet.
            var line = document is null && lines.Length > 0 ? lines[^1].Id : null;
            var given = lines.SelectMany(line => line.Discounts).Where(part => part.Discount == Coupon.Id && part.Amount > 0).Sum(part => part.Amount);
            return given == taken ? coupon : coupon with { Uses = coupon.Uses.Add(new CouponUse(document, given - taken) { Line = line }) };
        }
    }
}
