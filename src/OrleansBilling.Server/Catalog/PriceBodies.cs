using System.Text.Json.Serialization;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Catalog;

/// <summary>A billing interval.</summary>
internal sealed record IntervalBody
{
    /// <summary>What is counted.</summary>
    public required IntervalUnit Unit { get; init; }

    /// <summary>How many.</summary>
    [Whole(1, 365)]
    public required int Count { get; init; }
}

/// <summary>Publishes a plan, or its next version.</summary>
internal record PlanVersionBody
{
    /// <summary>Shown on invoices.</summary>
    [Text]
    public required string Name { get; init; }

    /// <summary>The currency of the prices' own models.</summary>
    [Text(TextKind.Currency)]
    public required string Currency { get; init; }

    /// <summary>The billing interval.</summary>
    public required IntervalBody Interval { get; init; }

    /// <summary>Local days of trial for new subscriptions.</summary>
    [Whole(0, Limits.TrialDays)]
    public int? TrialDays { get; init; }

    /// <summary>Their order is the order of lines on invoices.</summary>
    [Entries(1, Limits.PricesPerPlan)]
    public required IReadOnlyList<PriceBody> Prices { get; init; }

    /// <summary>The least that is billed per period, in minor units by currency: what is missing at its end is billed as a commitment.</summary>
    [Entries(0, Limits.PricesPerPlan)]
    public IReadOnlyDictionary<string, long>? Minimum { get; init; }

    /// <summary>Prices of the first paid periods, phase after phase.</summary>
    [Entries(0, Limits.PhasesPerPlan)]
    public IReadOnlyList<PhaseBody>? Phases { get; init; }

    /// <summary>Hours after the end of a period for which its usage is waited for before it is billed; 0 bills it at the end.</summary>
    [Whole(0, 744)]
    public int? UsageGraceHours { get; init; }

    /// <summary>When changes to this version take effect where the call does not say.</summary>
    public ChangeDefaultsBody? ChangeDefaults { get; init; }

    /// <summary>What subscribers are entitled to, by code: true, false, a decimal string (of a meter's code the usage meant for a period) or a text.</summary>
    [Entries(0, Limits.EntitlementsPerPlan, KeyLength = Limits.CodeLength), Text(Max = Limits.ReferenceLength)]
    public IReadOnlyDictionary<string, FlagOrText>? Entitlements { get; init; }

    /// <summary>At most 50 pairs, of this version.</summary>
    [Entries(0, Limits.MetadataPairs, KeyLength = Limits.MetadataKeyLength), Text(Max = Limits.MetadataValueLength, Empty = true)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>Publishes version 1 of a plan.</summary>
internal sealed record PlanBody : PlanVersionBody
{
    /// <summary>The plan's name for programs; unique.</summary>
    [Text(TextKind.Code)]
    public required string Code { get; init; }
}

/// <summary>A price of a plan.</summary>
internal sealed record PriceBody
{
    /// <summary>Unique within the plan.</summary>
    [Text(TextKind.Code)]
    public required string Code { get; init; }

    /// <summary>Recurring, usage or one-time.</summary>
    public required PriceKind Kind { get; init; }

    /// <summary>In advance unless given; usage is always in arrears.</summary>
    public BillingTiming? Billing { get; init; }

    /// <summary>The meter; usage prices only.</summary>
    [Text(TextKind.Code)]
    public string? Meter { get; init; }

    /// <summary>Event properties that must match; usage prices only.</summary>
    [Entries(0, 20)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Filters { get; init; }

    /// <summary>How a quantity becomes an amount.</summary>
    public required ModelBody Model { get; init; }

    /// <summary>Models in further currencies.</summary>
    [Entries(0, 50)]
    public IReadOnlyDictionary<string, ModelBody>? CurrencyModels { get; init; }

    /// <summary>Selects tax rates of the account that are limited to codes.</summary>
    [Text(TextKind.Code)]
    public string? TaxCode { get; init; }

    /// <summary>The policy of this price.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>Usage in a trial is charged.</summary>
    public bool? ChargeInTrial { get; init; }
}

/// <summary>A pricing model. A closed set, told apart by <c>type</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(FlatBody), "flat")]
[JsonDerivedType(typeof(PerUnitBody), "per_unit")]
[JsonDerivedType(typeof(PackageBody), "package")]
[JsonDerivedType(typeof(GraduatedBody), "graduated")]
[JsonDerivedType(typeof(VolumeBody), "volume")]
[JsonDerivedType(typeof(PercentageBody), "percentage")]
[JsonDerivedType(typeof(GraduatedPercentageBody), "graduated_percentage")]
[JsonDerivedType(typeof(MatrixBody), "matrix")]
[JsonDerivedType(typeof(DynamicBody), "dynamic")]
internal abstract record ModelBody
{
    /// <summary>At least this much for a whole period.</summary>
    [Decimal(OrWhole = true)]
    public decimal? MinimumAmount { get; init; }

    /// <summary>At most this much for a whole period.</summary>
    [Decimal(OrWhole = true)]
    public decimal? MaximumAmount { get; init; }
}

/// <summary>One amount, whatever the quantity.</summary>
internal sealed record FlatBody : ModelBody
{
    /// <summary>Minor units.</summary>
    [Decimal(WholeOnly = true)]
    public required decimal Amount { get; init; }
}

/// <summary>Each unit costs the same.</summary>
internal sealed record PerUnitBody : ModelBody
{
    /// <summary>Minor units, as a decimal string.</summary>
    public required decimal UnitAmount { get; init; }

    /// <summary>Units that are free.</summary>
    public decimal? FreeUnits { get; init; }
}

/// <summary>Started packages.</summary>
internal sealed record PackageBody : ModelBody
{
    /// <summary>Units of a package.</summary>
    [Decimal(Positive = true)]
    public required decimal PackageSize { get; init; }

    /// <summary>Minor units of a package.</summary>
    [Decimal(WholeOnly = true)]
    public required decimal Amount { get; init; }

    /// <summary>Units that are free.</summary>
    public decimal? FreeUnits { get; init; }
}

/// <summary>A tier; its upper end is inclusive, and null on the last one.</summary>
internal sealed record TierBody
{
    /// <summary>Inclusive; null on the last tier.</summary>
    public decimal? UpTo { get; init; }

    /// <summary>Minor units of one unit.</summary>
    public decimal? UnitAmount { get; init; }

    /// <summary>Minor units once something falls into the tier.</summary>
    [Decimal(OrWhole = true)]
    public decimal? FlatAmount { get; init; }
}

/// <summary>Each unit is charged in the tier into which it falls.</summary>
internal sealed record GraduatedBody : ModelBody
{
    /// <summary>Ascending.</summary>
    [Entries(1, Limits.TiersPerPrice)]
    public required IReadOnlyList<TierBody> Tiers { get; init; }
}

/// <summary>All units are charged in the tier that the quantity reaches.</summary>
internal sealed record VolumeBody : ModelBody
{
    /// <summary>Ascending.</summary>
    [Entries(1, Limits.TiersPerPrice)]
    public required IReadOnlyList<TierBody> Tiers { get; init; }
}

/// <summary>Percent of each event's value.</summary>
internal sealed record PercentageBody : ModelBody
{
    /// <summary>Percent: 1.2 is 1.2 %.</summary>
    public required decimal Rate { get; init; }

    /// <summary>Minor units for each paid event.</summary>
    [Decimal(OrWhole = true)]
    public decimal? FixedAmount { get; init; }

    /// <summary>Events that are free.</summary>
    [Whole(0, int.MaxValue)]
    public int? FreeEvents { get; init; }

    /// <summary>Value that is free.</summary>
    [Decimal(OrWhole = true)]
    public decimal? FreeValue { get; init; }

    /// <summary>Minor units at least for each paid event.</summary>
    [Decimal(OrWhole = true)]
    public decimal? MinPerEvent { get; init; }

    /// <summary>Minor units at most for each paid event.</summary>
    [Decimal(OrWhole = true)]
    public decimal? MaxPerEvent { get; init; }
}

/// <summary>A tier of percentages.</summary>
internal sealed record PercentageTierBody
{
    /// <summary>Inclusive; null on the last tier.</summary>
    public decimal? UpTo { get; init; }

    /// <summary>Percent.</summary>
    public required decimal Rate { get; init; }

    /// <summary>Minor units once something falls into the tier.</summary>
    [Decimal(OrWhole = true)]
    public decimal? FlatAmount { get; init; }
}

/// <summary>The period's value, piece by piece.</summary>
internal sealed record GraduatedPercentageBody : ModelBody
{
    /// <summary>Ascending.</summary>
    [Entries(1, Limits.TiersPerPrice)]
    public required IReadOnlyList<PercentageTierBody> Tiers { get; init; }
}

/// <summary>The unit amount depends on properties of the event.</summary>
internal sealed record MatrixBody : ModelBody
{
    /// <summary>Property names.</summary>
    [Entries(1, 10), Text(TextKind.Code)]
    public required IReadOnlyList<string> Dimensions { get; init; }

    /// <summary>The most specific that fits applies.</summary>
    [Entries(0, Limits.TiersPerPrice)]
    public required IReadOnlyList<CellBody> Cells { get; init; }

    /// <summary>For events that fit no cell.</summary>
    public decimal? DefaultUnitAmount { get; init; }
}

/// <summary>A cell of a matrix.</summary>
internal sealed record CellBody
{
    /// <summary>A value, or a list of values, for each dimension that the cell names.</summary>
    [Entries(0, 10)]
    public required IReadOnlyDictionary<string, OneOrMany> Values { get; init; }

    /// <summary>Minor units of one unit.</summary>
    public required decimal UnitAmount { get; init; }
}

/// <summary>Each event carries its amount.</summary>
internal sealed record DynamicBody : ModelBody
{
    /// <summary>The property that holds it.</summary>
    [Text(TextKind.Code)]
    public required string Property { get; init; }
}
