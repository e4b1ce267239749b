using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>A subscription: its items, periods and what was billed for them. Key: <c>sub_...</c></summary>
[Alias("OrleansBilling.ISubscriptionGrain")]
public interface ISubscriptionGrain : IDueGrain
{
    /// <summary>
    /// Starts the subscription. 404 <c>plan_not_found</c>; 422 <c>plan_archived</c>, <c>currency_not_sold</c>,
    /// <c>unknown_price</c>, <c>plan_already_sold</c>, <c>add_on_interval_differs</c>; 409 <c>external_id_taken</c>.
    /// </summary>
    [Alias("Create")]
    Task<CommandAnswer> Create(CommandKey key, Instant now, CreateSubscription command);

    /// <summary>
    /// Changes plan, quantities and negotiated prices: now, at the period's end or at an instant within the period. 404 <c>plan_not_found</c>,
    /// <c>plan_version_not_found</c>; 422 <c>plan_archived</c> and the refusals of the Domain's change.
    /// </summary>
    [Alias("Change")]
    Task<CommandAnswer> Change(CommandKey key, Instant now, ChangeSubscription command);

    /// <summary>The invoice that <see cref="Change"/> would make; writes nothing. Without policy, under every one that fits.</summary>
    [Alias("PreviewChange")]
    Task<CommandAnswer> PreviewChange(Instant now, ChangeSubscription command);

    /// <summary>
    /// Moves it to another version of its plan, for a migration. 422 <c>not_on_version</c>, <c>change_pending</c> and the
    /// refusals of <see cref="Change"/>.
    /// </summary>
    [Alias("MoveVersion")]
    Task<CommandAnswer> MoveVersion(CommandKey key, Instant now, MovePlanVersion command);

    /// <summary>What <see cref="MoveVersion"/> would do; writes nothing.</summary>
    [Alias("PreviewMoveVersion")]
    Task<MovePreview> PreviewMoveVersion(Instant now, MovePlanVersion command);

    /// <summary>
    /// Adds a further plan, or one price of a plan. 404 <c>plan_not_found</c>, <c>plan_version_not_found</c>; 422
    /// <c>plan_archived</c>, <c>plan_version_differs</c> and the refusals of the Domain's addition.
    /// </summary>
    [Alias("AddItems")]
    Task<CommandAnswer> AddItems(CommandKey key, Instant now, AddSubscriptionItems command);

    /// <summary>The invoice that <see cref="AddItems"/> would make; writes nothing. Without policy, under every one that fits.</summary>
    [Alias("PreviewAddItems")]
    Task<CommandAnswer> PreviewAddItems(Instant now, AddSubscriptionItems command);

    /// <summary>Removes an item and credits its unused time. 404 <c>item_not_found</c>; 422 <c>last_item</c> and those of changes.</summary>
    [Alias("RemoveItem")]
    Task<CommandAnswer> RemoveItem(CommandKey key, Instant now, RemoveSubscriptionItem command);

    /// <summary>The invoice that <see cref="RemoveItem"/> would make; writes nothing. Without policy, under every one that fits.</summary>
    [Alias("PreviewRemoveItem")]
    Task<CommandAnswer> PreviewRemoveItem(Instant now, RemoveSubscriptionItem command);

    /// <summary>Ends it now, at the period's end or at an instant within the period. 422 <c>subscription_ended</c>, <c>outside_period</c>.</summary>
    [Alias("Cancel")]
    Task<CommandAnswer> Cancel(CommandKey key, Instant now, CancelSubscription command);

    /// <summary>The invoice that <see cref="Cancel"/> would make; writes nothing. Without policy, under every one.</summary>
    [Alias("PreviewCancel")]
    Task<CommandAnswer> PreviewCancel(Instant now, CancelSubscription command);

    /// <summary>Takes back a cancellation that has not taken effect. 422 <c>no_pending_cancellation</c>.</summary>
    [Alias("Uncancel")]
    Task<CommandAnswer> Uncancel(CommandKey key, Instant now);

    /// <summary>
    /// Pauses now, at the period's end or at an instant: credits unused time, and bills nothing until it is resumed. 422
    /// <c>subscription_paused</c>, <c>resumes_before_pause</c> and other refusals of the Domain's pause.
    /// </summary>
    [Alias("Pause")]
    Task<CommandAnswer> Pause(CommandKey key, Instant now, PauseSubscription command);

    /// <summary>The invoice that <see cref="Pause"/> would make; writes nothing. Without policy, under every one that serves a pause.</summary>
    [Alias("PreviewPause")]
    Task<CommandAnswer> PreviewPause(Instant now, PauseSubscription command);

    /// <summary>
    /// Ends a pause, or names the instant at which it ends by itself; takes back a pause that has not begun. 422
    /// <c>subscription_not_paused</c>, <c>outside_period</c>.
    /// </summary>
    [Alias("Resume")]
    Task<CommandAnswer> Resume(CommandKey key, Instant now, ChangeTime when);

    /// <summary>
    /// Attaches a coupon for what is billed from now on, and redeems it. 404 <c>coupon_not_found</c>; 422 <c>coupon_attached</c>,
    /// <c>coupon_archived</c>, <c>coupon_expired</c>, <c>coupon_exhausted</c>, <c>coupon_wrong_currency</c>, <c>coupon_applies_to_nothing</c>.
    /// </summary>
    [Alias("AddCoupon")]
    Task<CommandAnswer> AddCoupon(CommandKey key, Instant now, string code);

    /// <summary>Takes a coupon off; what it reduced stays. 422 <c>coupon_not_attached</c>.</summary>
    [Alias("RemoveCoupon")]
    Task<CommandAnswer> RemoveCoupon(CommandKey key, Instant now, string code);

    /// <summary>
    /// Moves the end of the trial; null, or one at or before <c>now</c>, ends it now. 422 <c>subscription_already_paid</c>,
    /// <c>trial_over</c>, <c>trial_end_out_of_range</c>, <c>nothing_to_change</c>.
    /// </summary>
    [Alias("MoveTrial")]
    Task<CommandAnswer> MoveTrial(CommandKey key, Instant now, Instant? trialEnd);

    /// <summary>
    /// Answers the creation of a subscription that waits for its first payment, after that was tried: as it stands now. Stored
    /// under its key, so that a repeat gets the same answer.
    /// </summary>
    [Alias("AnswerActivation")]
    Task<CommandAnswer> AnswerActivation(CommandKey key, Instant now);

    /// <summary>Changes its payment method and metadata. 404 <c>payment_method_not_found</c>; 422 <c>subscription_ended</c>.</summary>
    [Alias("Update")]
    Task<CommandAnswer> Update(CommandKey key, Instant now, SubscriptionPatch patch);

    /// <summary>Pauses collection from now on. 422 <c>subscription_ended</c>, <c>subscription_incomplete</c>, <c>until_not_ahead</c>.</summary>
    [Alias("PauseCollection")]
    Task<CommandAnswer> PauseCollection(CommandKey key, Instant now, CollectionPauseBehavior behavior, Instant? until);

    /// <summary>Ends the pause of collection. 422 <c>collection_not_paused</c>.</summary>
    [Alias("ResumeCollection")]
    Task<CommandAnswer> ResumeCollection(CommandKey key, Instant now);

    /// <summary>
    /// Issues an invoice of the subscription anew; its charges follow to the new document. Answers with the id of it. 404
    /// <c>invoice_not_found</c> and the refusals of <see cref="Domain.Invoicing.InvoiceReissue.Make"/>.
    /// </summary>
    [Alias("ReissueInvoice")]
    Task<CommandAnswer> ReissueInvoice(CommandKey key, Instant now, string invoice);

    /// <summary>Rates a line that was set aside again and bills it. 404 <c>work_item_not_found</c>; 422 the reason for which it still cannot be rated.</summary>
    [Alias("RetryLine")]
    Task<CommandAnswer> RetryLine(CommandKey key, Instant now, string line);

    /// <summary>The invoice of the next renewal as it would be by today's facts; writes nothing. 422 <c>no_upcoming_invoice</c>.</summary>
    [Alias("UpcomingInvoice")]
    Task<CommandAnswer> UpcomingInvoice(Instant now);

    /// <summary>What usage that is not billed yet has come to so far, by item: for alerts and for whoever shows it. Writes nothing.</summary>
    [Alias("Accrued")]
    Task<ImmutableArray<AccruedUsage>> Accrued(Instant now);

    /// <summary>The same, parted where grants of prepaid credit begin or end: for what usage has used of them. Writes nothing.</summary>
    [Alias("AccruedInTime")]
    Task<ImmutableArray<AccruedUsage>> AccruedInTime(Instant now);

    /// <summary>What a correction of usage would do to what is billed of a meter's closed spans within a span of time. Writes nothing.</summary>
    [Alias("PreviewCorrection")]
    Task<LateUsageEffect> PreviewCorrection(Instant now, string meter, Domain.Schedule.Period within, UsageCorrection correction);
}

/// <summary>The command that starts a subscription.</summary>
[GenerateSerializer, Alias("create_subscription"), Immutable]
public sealed record CreateSubscription
{
    /// <summary><c>acct_...</c></summary>
    [Id(0)] public required string Account { get; init; }

    /// <summary>Plan code.</summary>
    [Id(1)] public required string Plan { get; init; }

    /// <summary>Null is the newest.</summary>
    [Id(2)] public int? PlanVersion { get; init; }

    /// <summary>By price code; 1 where not given.</summary>
    [Id(3)] public ImmutableSortedDictionary<string, decimal> Quantities { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>Null is now; may lie back.</summary>
    [Id(4)] public Instant? StartAt { get; init; }

    /// <summary>Which boundaries; default <c>start</c>.</summary>
    [Id(5)] public AnchorRule? Anchor { get; init; }

    /// <summary>The policy of the first partial period.</summary>
    [Id(6)] public ProrationPolicy? Proration { get; init; }

    /// <summary>Null takes the plan's; 0 is none.</summary>
    [Id(7)] public int? TrialDays { get; init; }

    /// <summary>Instead of <see cref="TrialDays"/>.</summary>
    [Id(8)] public Instant? TrialEnd { get; init; }

    /// <summary>What to do where the trial ends without a payment method.</summary>
    [Id(9)] public TrialMissingMethod TrialMissingMethod { get; init; }

    /// <summary>Scheduled end, or null.</summary>
    [Id(10)] public Instant? EndsAt { get; init; }

    /// <summary>The caller's own name; unique.</summary>
    [Id(11)] public string? ExternalId { get; init; }

    /// <summary>At most 50 pairs.</summary>
    [Id(12)] public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The id of the account's payment method that is charged in place of its default; null takes that.</summary>
    [Id(30)] public string? PaymentMethod { get; init; }

    /// <summary>Active only once the first invoice is paid.</summary>
    [Id(31)] public bool RequirePayment { get; init; }

    /// <summary>Further plans.</summary>
    [Id(20)] public ImmutableArray<AddOnPlan> AddOns { get; init; } = [];

    /// <summary>Negotiated prices by price code.</summary>
    [Id(21)] public ImmutableSortedDictionary<string, PriceOverride> PriceOverrides { get; init; } = ImmutableSortedDictionary<string, PriceOverride>.Empty;

    /// <summary>Codes of coupons to attach, in this order.</summary>
    [Id(40)] public ImmutableArray<string> Coupons { get; init; } = [];
}

/// <summary>The command that ends a subscription.</summary>
[GenerateSerializer, Alias("cancel_subscription"), Immutable]
public sealed record CancelSubscription(
    [property: Id(0)] ChangeTime When,
    [property: Id(1)] ProrationPolicy? Proration)
{
    /// <summary>True where the usage to date is left out.</summary>
    [Id(2)] public bool LeavesUsage { get; init; }
}

/// <summary>The command that pauses a subscription.</summary>
/// <param name="When">When it begins.</param>
/// <param name="ResumesAt">When it ends by itself; null waits for a resume.</param>
/// <param name="Proration">How the rest of a period is credited and charged again; null takes each price's own, else <c>day</c>.</param>
[GenerateSerializer, Alias("pause_subscription"), Immutable]
public sealed record PauseSubscription(
    [property: Id(0)] ChangeTime When,
    [property: Id(1)] Instant? ResumesAt,
    [property: Id(2)] ProrationPolicy? Proration);

/// <summary>The command that changes plan and quantities.</summary>
[GenerateSerializer, Alias("change_subscription"), Immutable]
public sealed record ChangeSubscription
{
    /// <summary>Plan code; null keeps plan and version.</summary>
    [Id(0)] public string? Plan { get; init; }

    /// <summary>Null is the newest of a named plan.</summary>
    [Id(1)] public int? PlanVersion { get; init; }

    /// <summary>By price code; an item keeps its quantity where not given, a new one takes 1.</summary>
    [Id(2)] public ImmutableSortedDictionary<string, decimal> Quantities { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;

    /// <summary>When it takes effect.</summary>
    [Id(3)] public required ChangeTime When { get; init; }

    /// <summary>Null takes each price's own, else <c>day</c>.</summary>
    [Id(4)] public ProrationPolicy? Proration { get; init; }

    /// <summary>Whether a new anchor starts at the change; null is: where the interval changes.</summary>
    [Id(5)] public bool? AnchorReset { get; init; }

    /// <summary>Charges one-time prices of new items.</summary>
    [Id(6)] public bool ChargeOneTime { get; init; }

    /// <summary>True where the call leaves the time to the plan's defaults; <see cref="When"/> is now then.</summary>
    [Id(21)] public bool WhenByPlan { get; init; }

    /// <summary>Negotiated prices by price code or item id; an item of the same plan keeps its own where not given.</summary>
    [Id(20)] public ImmutableSortedDictionary<string, PriceOverride> PriceOverrides { get; init; } = ImmutableSortedDictionary<string, PriceOverride>.Empty;

    /// <summary>Where periods begin from the change on; null keeps them, or goes by <see cref="AnchorReset"/>.</summary>
    [Id(30)] public AnchorRule? Anchor { get; init; }

    /// <summary>Whether its lines are billed at once or wait for the next invoice.</summary>
    [Id(70)] public InvoiceTiming Invoice { get; init; }
}
