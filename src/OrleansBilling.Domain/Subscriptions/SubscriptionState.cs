using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// A subscription as its grain keeps it: what is sold, the calendar, and what was billed for the current period, so
/// that a credit never needs more than this to give back exactly what was billed.
/// </summary>
/// <param name="Id"><c>sub_...</c></param>
/// <param name="Account">The account that pays.</param>
/// <param name="Plan">Plan code.</param>
/// <param name="PlanVersion">The version it stays on until it is moved.</param>
/// <param name="Currency">The account's currency at creation.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="CreatedAt">On the account's clock.</param>
/// <param name="StartAt">Start of its first period, trial or paid.</param>
/// <param name="AnchorRule">Which boundaries were asked for; a rule <c>start</c> moves with the trial's end.</param>
/// <param name="CurrentPeriod">The running period; before the start and after the end the one next to it.</param>
/// <param name="Items">In the order of the plan's prices; then those of added plans, in the order in which they came.</param>
public sealed record SubscriptionState(
    string Id,
    string Account,
    string Plan,
    int PlanVersion,
    Currency Currency,
    SubscriptionStatus Status,
    Instant CreatedAt,
    Instant StartAt,
    AnchorRule AnchorRule,
    Period CurrentPeriod,
    ImmutableArray<SubscriptionItem> Items)
{
    /// <summary>The calendar of the paid periods; null until the first one begins.</summary>
    public BillingAnchor? Anchor { get; init; }

    /// <summary>Index, in the anchor's calendar, of the boundary that ends the current paid period.</summary>
    public int EndBoundary { get; init; }

    /// <summary>End of the trial, or null where there is none.</summary>
    public Instant? TrialEnd { get; init; }

    /// <summary>What to do where the trial ends without a payment method.</summary>
    public TrialMissingMethod TrialMissingMethod { get; init; }

    /// <summary>The policy of the subscription for first partial periods; null takes the price's, else <c>day</c>.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>When it ends, where that is scheduled.</summary>
    public Instant? CancelAt { get; init; }

    /// <summary>The policy by which the scheduled end credits unused time; null takes the price's, else <c>day</c>.</summary>
    public ProrationPolicy? CancelProration { get; init; }

    /// <summary>The change that waits for its instant, or null; a new one replaces it.</summary>
    public PendingChange? PendingChange { get; init; }

    /// <summary>The instant at which the last change took effect; none may be dated before it. Null before the first one.</summary>
    public Instant? LastChangeAt { get; init; }

    /// <summary>
    /// Before it no minimum may begin any more: those days were billed to one that has ended, or were paused. Null before the first.
    /// </summary>
    public Instant? CommitsFrom { get; init; }

    /// <summary>The calendar that takes over at the end of the current period, where a change left that period as it was.</summary>
    public NextCalendar? NextCalendar { get; init; }

    /// <summary>Items that changes took out within the current period: what was billed for them, and their ids should they return.</summary>
    public ImmutableArray<SubscriptionItem> Former { get; init; } = [];

    /// <summary>Its coupons, in the order in which they were attached; those that have served their last period are gone.</summary>
    public ImmutableArray<AttachedCoupon> Coupons { get; init; } = [];

    /// <summary>The minimum commitments that run in the current period; empty where no plan has one.</summary>
    public ImmutableArray<Commitment> Commitments { get; init; } = [];

    /// <summary>Paid periods so far, by plan code; kept when the plan is left.</summary>
    public ImmutableSortedDictionary<string, PlanPeriods> PlanPeriods { get; init; } = ImmutableSortedDictionary<string, PlanPeriods>.Empty;

    /// <summary>Lines that could not be rated and wait for a person, also after the end.</summary>
    public ImmutableArray<SetAsideLine> SetAside { get; init; } = [];

    /// <summary>Units that fitted no cell of a matrix price, and were billed by a retry: by span.</summary>
    public ImmutableArray<CellsBilled> CellsBilled { get; init; } = [];

    /// <summary>Usage that is over and waits for stragglers before it is billed, also after the end.</summary>
    public ImmutableArray<UsagePart> UsageWaiting { get; init; } = [];

    /// <summary>By item: a quantity that came late and counts with its next span.</summary>
    public ImmutableSortedDictionary<string, decimal> UsageCarried { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>Which spans what is carried to items is of, the newest last; what has counted since is gone.</summary>
    public ImmutableArray<CarriedUsage> UsageCarriedFrom { get; init; } = [];

    /// <summary>What was carried and returns to the spans that it is of, until they were looked at.</summary>
    public ImmutableArray<CarriedUsage> UsageReturned { get; init; } = [];

    /// <summary>Commitments that are over and wait for the usage that counts towards them.</summary>
    public ImmutableArray<EndedCommitment> CommitmentsWaiting { get; init; } = [];

    /// <summary>
    /// Of commitments, what was closed and moved since the last renewal, close or look at late usage; the turn writes those with a number
    /// above <see cref="CommitmentsEnded"/> of the state before it.
    /// </summary>
    public ImmutableArray<ClosedCommitment> CommitmentsClosed { get; init; } = [];

    /// <summary>How many accounts of commitments there were so far.</summary>
    public int CommitmentsEnded { get; init; }

    /// <summary>True where a scheduled end leaves the usage out that counts by then.</summary>
    public bool CancelLeavesUsage { get; init; }

    /// <summary>When it ended, or null.</summary>
    public Instant? EndedAt { get; init; }

    /// <summary>Since when it is paused, or null.</summary>
    public Instant? PausedAt { get; init; }

    /// <summary>The pause that a command asked for; null where it is not paused, or waits after a trial for its first paid period.</summary>
    public PauseTerms? Pause { get; init; }

    /// <summary>The id of the payment method that is charged in place of the payer's default, or null.</summary>
    public string? PaymentMethod { get; init; }

    /// <summary>True where it is active only once its first invoice is paid.</summary>
    public bool RequiresPayment { get; init; }

    /// <summary>The first invoice whose payment it waits for; it is <c>incomplete</c> until then. Null where it waits for none.</summary>
    public string? AwaitedInvoice { get; init; }

    /// <summary>The pause of its collection, or null.</summary>
    public CollectionPause? CollectionPause { get; init; }

    /// <summary>The pause that waits for its instant, or null.</summary>
    public PendingPause? PendingPause { get; init; }

    /// <summary>The newest invoice, or null.</summary>
    public string? LatestInvoice { get; init; }

    /// <summary>Counts the causes, beside the schedule, that made lines; each line of revision n names its cause.</summary>
    public int Revision { get; init; }

    /// <summary>The caller's own name, or null.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The caller's own pairs.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>True while it bills at its boundaries.</summary>
    public bool Renews => RenewsAs(Status);

    /// <summary>The interval of the current period's calendar, or null before the first paid period.</summary>
    public BillingInterval? Interval => Anchor?.Interval;

    /// <summary>True for a status in which a subscription bills at its boundaries.</summary>
    internal static bool RenewsAs(SubscriptionStatus status) =>
        status is SubscriptionStatus.Active or SubscriptionStatus.PastDue or SubscriptionStatus.Unpaid;
}


/// <summary>
/// What was billed for an item's current period, exactly as it stands on its line: credits for unused time are computed
/// from it, never from the price of today.
/// </summary>
/// <param name="Invoice">The invoice of the line; null where the line was made to wait for one: rows tell which took it.</param>
/// <param name="Line">The line.</param>
/// <param name="Period">What the line was billed for.</param>
/// <param name="Nominal">The full period it is a part of, or the same.</param>
/// <param name="Amount">The line's amount in minor units.</param>
/// <param name="Discount">The line's discount in minor units.</param>
/// <param name="TaxRates">The rates at which it was taxed.</param>
/// <param name="TaxInclusive">True where the amount contains the tax.</param>
public sealed record BilledCharge(
    string? Invoice,
    string Line,
    Period Period,
    Period Nominal,
    long Amount,
    long Discount,
    ImmutableArray<TaxRate> TaxRates,
    bool TaxInclusive)
{
    /// <summary>Which coupons made the discount; sums to <see cref="Discount"/>.</summary>
    public ImmutableArray<LineDiscount> Discounts { get; init; } = [];

    /// <summary>The share with which it was billed; null where it was billed whole.</summary>
    public LineProration? Proration { get; init; }

    /// <summary>What was sold where the item has become something else since; null where it is still the item's own.</summary>
    public SoldTerms? Sold { get; init; }

    /// <summary>The charge as it stands: one that has waited with the invoice that took it, and the tax that it bears there.</summary>
    public BilledCharge Standing(SubscriptionFacts facts) =>
        Invoice is null && facts.Billed.TryGetValue(Line, out var billed)
            ? this with { Invoice = billed.Invoice, TaxRates = billed.TaxRates, TaxInclusive = billed.TaxInclusive }
            : this;
}
