using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Grains.Turn;

/// <summary>
/// A relational row beside a grain's state, for lists, look-ups by the caller's own names, and SQL. Upserted by id in
/// the turn that changes what it shows.
/// </summary>
public abstract record ProjectionRow;

/// <summary>Table <c>account</c>. A taken external id refuses the turn.</summary>
public sealed record AccountRow(string Id, string Name, string? Email, string? ExternalId, string Clock, Instant CreatedAt, bool Deleted) : ProjectionRow;

/// <summary>Table <c>account_facts</c>: the versioned facts, written whole.</summary>
public sealed record AccountFactsRow(AccountFacts Facts) : ProjectionRow;

/// <summary>Table <c>account_buyer</c>: whom documents name, from this version of the facts on. Never edited.</summary>
public sealed record AccountBuyerRow(string Account, long Version, Buyer Buyer) : ProjectionRow;

/// <summary>Table <c>legal_entity</c>, and a new row of <c>legal_entity_version</c>. A prefix taken by another seller refuses the turn.</summary>
public sealed record LegalEntityRow(LegalEntity Entity, Instant ChangedAt) : ProjectionRow;

/// <summary>Table <c>payment_method</c>.</summary>
public sealed record PaymentMethodRow(string Id, string Account, string Gateway, string Token, bool IsDefault, Instant CreatedAt, Instant? DetachedAt) : ProjectionRow;

/// <summary>Table <c>subscription</c>. A taken external id refuses the turn.</summary>
public sealed record SubscriptionRow(string Id, string Account, string? ExternalId, string Status, string Plan, int PlanVersion, Instant CreatedAt) : ProjectionRow
{
    /// <summary>The id of its own payment method, or null: its invoices are retried with it.</summary>
    public string? PaymentMethod { get; init; }

    /// <summary>The pause of collection, or null: its drafts are issued by it.</summary>
    public CollectionPause? CollectionPause { get; init; }
}

/// <summary>Table <c>set_aside_line</c>: a line that could not be rated; resolved, it waits no longer.</summary>
public sealed record SetAsideRow(SetAsideLine Line, string Account, string Subscription, string Clock, Instant? ResolvedAt, string? Invoice) : ProjectionRow;

/// <summary>Table <c>plan_version</c>: an immutable definition as JSON. A taken (code, version) refuses the turn.</summary>
public sealed record PlanVersionRow(string Code, int Version, string DefinitionJson, Instant CreatedAt) : ProjectionRow;

/// <summary>Table <c>plan</c>: the newest version and whether it is archived.</summary>
public sealed record PlanRow(string Code, string Name, int LatestVersion, Instant CreatedAt, Instant? ArchivedAt) : ProjectionRow;

/// <summary>Table <c>coupon</c>: an immutable definition as JSON, and whether it is archived; redemptions are counted beside it.</summary>
public sealed record CouponRow(Coupon Coupon, Instant CreatedAt, Instant? ArchivedAt) : ProjectionRow;

/// <summary>Table <c>dunning_policy</c>.</summary>
public sealed record DunningPolicyRow(DunningPolicy Policy, Instant CreatedAt) : ProjectionRow;

/// <summary>Table <c>meter</c>.</summary>
public sealed record MeterRow(Meter Meter, Instant CreatedAt, Instant? ArchivedAt) : ProjectionRow;

/// <summary>Table <c>usage_owner</c>: a subscription prices a meter from an instant on, or until one.</summary>
public sealed record UsageOwnerRow(string Account, string Meter, string Subscription, Instant CreatedAt, Instant? Since, Instant? Until) : ProjectionRow;

/// <summary>Table <c>usage_view</c>: the hours of an account's meter are kept by what a price looks at, from now on. One that is there stays.</summary>
public sealed record UsageViewRow(string Account, string Meter, UsageView View) : ProjectionRow;

/// <summary>Table <c>usage_closed</c>: a span whose usage is billed, or closed without a line.</summary>
public sealed record UsageClosedRow(string Account, string Subscription, ClosedUsage Closed, string? Line, string? Cause, Instant ClosedAt) : ProjectionRow;

/// <summary>Table <c>commitment_closed</c>: the account of a minimum commitment that is over, or what late usage has moved of it.</summary>
public sealed record CommitmentClosedRow(string Subscription, ClosedCommitment Closed, Instant ClosedAt) : ProjectionRow;

/// <summary>Table <c>usage_recheck</c>: a closed span and those beside it of its item are to be looked at again.</summary>
public sealed record UsageRecheckRow(string Subscription, string Item, Instant SpanStart) : ProjectionRow;

/// <summary>Table <c>usage_recheck</c>: a closed span was looked at again, as it was asked for by this mark; asked for again, the row stays.</summary>
public sealed record UsageRecheckedRow(string Subscription, string Item, Instant SpanStart, long Mark) : ProjectionRow;

/// <summary>
/// Column <c>provisional</c> of table <c>wallet_grant</c>: what usage that is not billed yet has used of a grant. Refuses the turn
/// (condition <c>wallet</c>) where a turn has billed usage to the grant, set it back or ended it since it was read.
/// </summary>
public sealed record ProvisionalRow(Grant Seen, decimal Amount) : ProjectionRow;

/// <summary>Table <c>test_clock</c>.</summary>
public sealed record TestClockRow(string Id, string? Name, Instant Now, bool Advancing, Instant CreatedAt, bool Deleted) : ProjectionRow;

/// <summary>Table <c>plan_migration</c>.</summary>
public sealed record PlanMigrationRow(string Id, string Plan, int Version, Instant CreatedAt, Instant? FinishedAt) : ProjectionRow;

/// <summary>Table <c>plan_migration_result</c>: what became of a subscription. The last try counts.</summary>
public sealed record MigrationResultRow(string Migration, string Subscription, string Status, string? Code, string? Detail, Instant At) : ProjectionRow;

/// <summary>Table <c>alert</c>: an immutable definition, and whether it is archived.</summary>
public sealed record AlertRow(Alert Alert) : ProjectionRow;

/// <summary>
/// Table <c>alert_firing</c>: a new row, or the recovery of one. Refuses the turn (condition <c>alert</c>) where another has told it.
/// </summary>
public sealed record AlertFiringRow(AlertFiring Firing, string Account, bool Recurring) : ProjectionRow;
