using System.Text.Json.Serialization;
using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Subscriptions;

/// <summary>Starts a subscription.</summary>
internal sealed record SubscriptionBody
{
    /// <summary>The paying account, by id or external id.</summary>
    [Text(TextKind.Reference)]
    public required string Account { get; init; }

    /// <summary>The plan's code.</summary>
    [Text(TextKind.Code)]
    public required string Plan { get; init; }

    /// <summary>The newest unless given.</summary>
    [Whole(1, int.MaxValue)]
    public int? PlanVersion { get; init; }

    /// <summary>By price code; 1 unless given.</summary>
    [Entries(0, Limits.PricesPerPlan)]
    [Decimal(Signed = true)]
    public IReadOnlyDictionary<string, decimal>? Quantities { get; init; }

    /// <summary>Further plans of the same interval; none twice.</summary>
    [Entries(0, Limits.AddOns)]
    public IReadOnlyList<AddOnBody>? AddOns { get; init; }

    /// <summary>Negotiated prices by price code: of the plan, else of the one further plan that has it.</summary>
    [Entries(0, Limits.PricesPerPlan)]
    public IReadOnlyDictionary<string, PriceOverrideBody>? PriceOverrides { get; init; }

    /// <summary>Now unless given; may lie back.</summary>
    public Instant? StartAt { get; init; }

    /// <summary>Which boundaries; <c>start</c> unless given.</summary>
    public AnchorBody? Anchor { get; init; }

    /// <summary>The policy of the first partial period.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>Local days of trial; the plan's unless given.</summary>
    [Whole(0, Limits.TrialDays)]
    public int? TrialDays { get; init; }

    /// <summary>Instead of <c>trial_days</c>.</summary>
    public Instant? TrialEnd { get; init; }

    /// <summary>What to do where the trial ends without a payment method; <c>invoice</c> unless given.</summary>
    public TrialMissingMethod? TrialMissingMethod { get; init; }

    /// <summary>Codes of coupons to attach, in this order.</summary>
    [Entries(0, Domain.Subscriptions.SubscriptionCoupons.Max), Text(TextKind.Code)]
    public IReadOnlyList<string>? Coupons { get; init; }

    /// <summary>The id of a payment method of the account, charged in place of its default.</summary>
    [Text(TextKind.Reference)]
    public string? PaymentMethod { get; init; }

    /// <summary><c>activate</c> (unless given), or <c>require_payment</c>: active only once the first invoice is paid.</summary>
    public PaymentBehavior? PaymentBehavior { get; init; }

    /// <summary>When it ends, where that is known already.</summary>
    public Instant? EndsAt { get; init; }

    /// <summary>The caller's own name; unique.</summary>
    [Text(TextKind.Reference)]
    public string? ExternalId { get; init; }

    /// <summary>At most 50 pairs.</summary>
    [Entries(0, Limits.MetadataPairs, KeyLength = Limits.MetadataKeyLength), Text(Max = Limits.MetadataValueLength, Empty = true)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>Where periods begin. A closed set, told apart by <c>type</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(StartAnchorBody), "start")]
[JsonDerivedType(typeof(CalendarAnchorBody), "calendar")]
[JsonDerivedType(typeof(DayOfMonthAnchorBody), "day_of_month")]
[JsonDerivedType(typeof(AtAnchorBody), "at")]
internal abstract record AnchorBody;

/// <summary>At the first paid instant.</summary>
internal sealed record StartAnchorBody : AnchorBody;

/// <summary>With the calendar.</summary>
internal sealed record CalendarAnchorBody : AnchorBody;

/// <summary>At a day of the month.</summary>
internal sealed record DayOfMonthAnchorBody : AnchorBody
{
    /// <summary>1 to 31, clamped to the month's last day.</summary>
    [Whole(1, 31)]
    public required int Day { get; init; }
}

/// <summary>At an instant.</summary>
internal sealed record AtAnchorBody : AnchorBody
{
    /// <summary>A boundary.</summary>
    public required Instant At { get; init; }
}

/// <summary>Ends a subscription.</summary>
internal sealed record CancelBody
{
    /// <summary><c>now</c> (unless given), <c>period_end</c>, or an instant within the current period.</summary>
    [Text(TextKind.Reference, Max = 40)]
    public string? When { get; init; }

    /// <summary>How unused time is credited; the price's policy, else <c>day</c>, unless given.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>False leaves out the usage that was not billed before; it is billed unless given.</summary>
    public bool? InvoiceUsage { get; init; }
}

/// <summary>Changes plan, quantities and negotiated prices.</summary>
internal sealed record ChangeBody
{
    /// <summary>The plan's code; plan and version stay unless given.</summary>
    [Text(TextKind.Code)]
    public string? Plan { get; init; }

    /// <summary>The newest of a named plan unless given.</summary>
    [Whole(1, int.MaxValue)]
    public int? PlanVersion { get; init; }

    /// <summary>By price code or item id; an item keeps its quantity unless given, a new one takes 1.</summary>
    [Entries(0, Limits.PricesPerPlan)]
    [Decimal(Signed = true)]
    public IReadOnlyDictionary<string, decimal>? Quantities { get; init; }

    /// <summary>Negotiated prices by price code or item id; an item of the same plan keeps its own unless given.</summary>
    [Entries(0, Limits.PricesPerPlan)]
    public IReadOnlyDictionary<string, PriceOverrideBody>? PriceOverrides { get; init; }

    /// <summary><c>now</c> (unless given), <c>period_end</c>, or an instant within the current period.</summary>
    [Text(TextKind.Reference, Max = 40)]
    public string? When { get; init; }

    /// <summary>How the rest of the period is measured; the price's policy, else <c>day</c>, unless given.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>Whether a new anchor starts at the change; where the interval changes, unless given.</summary>
    public bool? AnchorReset { get; init; }

    /// <summary>Where periods begin from the change on: moves the billing day. Boundaries stay unless given.</summary>
    public AnchorBody? Anchor { get; init; }

    /// <summary>Charges one-time prices of new items; not unless given.</summary>
    public bool? ChargeOneTime { get; init; }

    /// <summary>Whether its lines are billed <c>now</c> (unless given), or wait for the <c>next</c> invoice.</summary>
    public InvoiceTiming? Invoice { get; init; }
}
