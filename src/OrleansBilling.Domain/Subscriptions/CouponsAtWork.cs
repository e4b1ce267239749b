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

    /// <summary>
    /// The invoices that gave of them in their period, as they were seen: should one be voided at the same time, more is left to give, and
    /// the turn is decided again.
    /// </summary>
    public ImmutableArray<InvoiceSeen> Seen { get; private init; } = [];

    /// <summary>The coupons of a state for a document of drafts; <see cref="SubscriptionState.CurrentPeriod"/> is the period that is billed.</summary>
    public static CouponsAtWork Of(SubscriptionState state, IReadOnlyList<LineDraft> drafts, SubscriptionFacts facts)
    {
        var seen = state.Coupons
            .SelectMany(coupon => coupon.Uses.SelectMany(use => use.On(facts)).Concat(coupon.ReliesOn.Select(one => one.Standing(facts)).OfType<string>()))
            .Where(facts.Invoices.ContainsKey).Distinct(StringComparer.Ordinal);
        var entries = ImmutableArray.CreateBuilder<Entry>(state.Coupons.Length);
        var ended = ImmutableArray.CreateBuilder<AttachedCoupon>();
        var discounts = ImmutableArray.CreateBuilder<Discount>(state.Coupons.Length);
        foreach (var attached in state.Coupons)
        {
            if (CouponReliance.Settled(attached, facts) is not { } coupon)
            {
                ended.Add(attached);
                continue;
            }

            var taken = TakenBack(coupon, drafts);
            var given = Given(coupon, facts);
            if (coupon.PeriodEnd == state.CurrentPeriod.End)
            {
                var before = TakenBefore(coupon, facts);
                entries.Add(new Entry(coupon, null, taken)
                {
                    Firm = CouponReliance.Firm(coupon, given - before.Sum(use => use.Amount), taken),
                    On = On(coupon, before, facts),
                });
                discounts.Add(Left(coupon, coupon.PeriodAmount - given + taken));
            }
            else if (Closed(coupon, given - taken, taken) is { } next)
            {
                next = next with { PeriodEnd = state.CurrentPeriod.End, ReliesOn = Relies(coupon, next, drafts, facts) };
                entries.Add(new Entry(next, coupon, taken) { Given = given, Firm = CouponReliance.Firm(next, 0, 0), On = On(next, [], facts) });
                discounts.Add(Left(next, next.PeriodAmount));
            }
            else
            {
                ended.Add(coupon);
            }
        }

        return new CouponsAtWork(entries.DrainToImmutable(), ended.ToImmutable())
        {
            Discounts = discounts.DrainToImmutable(),
            Seen = [.. seen.Select(invoice => new InvoiceSeen(invoice, facts.Invoices[invoice].Version))],
        };
    }

    /// <summary>
    /// The state after the document, or null for lines that wait for one: what their charges gave of each coupon is kept. Beside it the
    /// invoices on which it depends, and of which of them it gives again what they took back.
    /// </summary>
    /// <param name="state">The subscription.</param>
    /// <param name="document">The document of the charges.</param>
    /// <param name="lines">Its lines.</param>
    /// <param name="elsewhere">Credits on documents for earlier payers, by document.</param>
    public (SubscriptionState State, ImmutableArray<InvoiceSeen> Seen) After(
        SubscriptionState state, string? document, ImmutableArray<InvoiceLine> lines, ImmutableArray<(string Document, InvoiceLine Line)> elsewhere = default)
    {
        var after = _entries.Select(entry => entry.After(document, lines, elsewhere.IsDefault ? [] : elsewhere)).ToList();
        var again = after.SelectMany(each => each.GivenAgain).ToHashSet(StringComparer.Ordinal);
        return (
            state.Coupons.IsEmpty ? state : state with { Coupons = [.. after.Select(each => each.Coupon)] },
            [.. Seen.Select(seen => seen with { CouponGivenAgain = again.Contains(seen.Invoice) })]);
    }

    /// <summary>The state where the period makes no document.</summary>
    public SubscriptionState Begun(SubscriptionState state) =>
        state.Coupons.IsEmpty ? state : state with { Coupons = [.. _entries.Select(entry => entry.Coupon)] };

    /// <summary>The events of those that ended.</summary>
    public ImmutableArray<BillingEvent> Events(SubscriptionState state) =>
        [.. Ended.Select(coupon => SubscriptionCoupons.EndedEvent(state, coupon, "used_up"))];

    /// <summary>What documents of the coupon's period gave of it; void ones count as not billed, and so do credits of their lines.</summary>
    private static long Given(AttachedCoupon coupon, SubscriptionFacts facts) => coupon.Uses.Where(use => use.Counts(facts)).Sum(use => use.Amount);

    private static long TakenBack(AttachedCoupon coupon, IReadOnlyList<LineDraft> drafts) =>
        -drafts.SelectMany(draft => draft.CarriedDiscounts).Where(part => part.Discount == coupon.Id && part.Amount < 0).Sum(part => part.Amount);

    /// <summary>What earlier documents of the period have taken back, as it counts.</summary>
    private static ImmutableArray<CouponUse> TakenBefore(AttachedCoupon coupon, SubscriptionFacts facts) => coupon.Uses.RemoveAll(use => use.Amount >= 0 || !use.Counts(facts));

    private static ImmutableArray<string> On(AttachedCoupon coupon, ImmutableArray<CouponUse> taken, SubscriptionFacts facts) =>
        [.. coupon.ReliesOn.Select(one => one.Standing(facts)).Concat(taken.Select(use => use.Standing(facts))).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>
    /// The documents without which less would be left of a period that is closed, and those of the periods before. Were one of them void,
    /// what it gave and took back would not count, and what is taken back of it neither.
    /// </summary>
    private static ImmutableArray<CouponReliance> Relies(AttachedCoupon coupon, AttachedCoupon next, IReadOnlyList<LineDraft> drafts, SubscriptionFacts facts) =>
    [
        .. coupon.ReliesOn.Select(one => coupon.Coupon.CarryRemainder ? one : one with { Amount = 0 }).Where(one => one is { Amount: > 0 } or { Periods: > 0 }),
        .. TakenBefore(coupon, facts).GroupBy(use => use.Standing(facts)).Select(document =>
        {
            var given = coupon.Uses.Where(use => use.Counts(facts) && (document.Key is { } gone ? !use.On(facts).Contains(gone) : !document.Contains(use))).Sum(use => use.Amount);
            var taken = TakenBack(coupon, [.. drafts.Where(draft => document.Key is null || CreditedInvoiceOf(draft, facts) != document.Key)]);
            return CouponReliance.Between(next, Closed(coupon, given - taken, taken), document.First().Invoice, document.First().Line);
        }).OfType<CouponReliance>(),
    ];

    private static string? CreditedInvoiceOf(LineDraft draft, SubscriptionFacts facts) =>
        draft.CreditedLine is { } line ? facts.InvoiceOf(draft.CreditedInvoice, line) : draft.CreditedInvoice;

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

    /// <summary>
    /// A coupon, and as it was where the document in hand closes its period: what is taken back of an earlier period is no use of the one
    /// that runs.
    /// </summary>
    private sealed record Entry(AttachedCoupon Coupon, AttachedCoupon? Before, long Taken)
    {
        /// <summary>What documents had given in the period that is closed.</summary>
        public long Given { get; init; }

        /// <summary>Minor units that it gives whatever becomes of <see cref="On"/>.</summary>
        public long Firm { get; init; }

        /// <summary>The documents that took back what is given beyond that.</summary>
        public ImmutableArray<string> On { get; init; } = [];

        public (AttachedCoupon Coupon, ImmutableArray<string> GivenAgain) After(
            string? document, ImmutableArray<InvoiceLine> lines, ImmutableArray<(string Document, InvoiceLine Line)> elsewhere)
        {
            // Lines of one turn go on one invoice: one of them tells which, where it is not known yet.
            var waits = document is null && lines.Length > 0 ? lines[^1].Id : null;
            var given = lines.SelectMany(line => line.Discounts).Where(part => part.Discount == Coupon.Id && part.Amount > 0).Sum(part => part.Amount);
            ImmutableArray<CouponUse> taken =
            [
                .. TakenBack(lines.Select(line => (Document: document, line))).Select(use => use with { Line = waits }),
                .. TakenBack(elsewhere.Select(other => ((string?)other.Document, other.Line))),
            ];
            var again = given > Firm ? On : [];
            var after = Coupon with
            {
                Uses = [.. Coupon.Uses, .. given == 0 ? [] : new[] { new CouponUse(document, given) { Line = waits } }, .. Before is null ? taken : []],
                ReliesOn = [.. again.IsEmpty ? Coupon.ReliesOn : [], .. ReliesOnItself(taken)],
            };
            return (after, again);
        }

        /// <summary>What the document in hand takes back of the period that it closes leaves the more to give.</summary>
        private IEnumerable<CouponReliance> ReliesOnItself(ImmutableArray<CouponUse> taken) => Before is null ? [] :
            from use in taken
            group use.Amount by (use.Invoice, use.Line) into document
            let less = -document.Sum()
            select CouponReliance.Between(Coupon, Closed(Before, Given - Taken + less, Taken - less), document.Key.Invoice, document.Key.Line) into relies
            where relies is not null
            select relies;

        private IEnumerable<CouponUse> TakenBack(IEnumerable<(string? Document, InvoiceLine Line)> lines) =>
            from line in lines
            let credit = line.Line.Draft
            from part in line.Line.Discounts
            where part.Discount == Coupon.Id && part.Amount < 0
            group part.Amount by (line.Document, credit.CreditedInvoice, Line: credit.CreditedInvoice is null ? credit.CreditedLine : null) into taken
            select new CouponUse(taken.Key.Document, taken.Sum()) { CreditedInvoice = taken.Key.CreditedInvoice, CreditedLine = taken.Key.Line };
    }
}
