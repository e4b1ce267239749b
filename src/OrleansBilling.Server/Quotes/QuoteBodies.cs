using NodaTime;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Server.Catalog;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Subscriptions;

namespace OrleansBilling.Server.Quotes;

/// <summary>Asks for the periods that a subscription would have.</summary>
internal sealed record ScheduleQuoteBody
{
    /// <summary>Start of the subscription.</summary>
    public required Instant StartAt { get; init; }

    /// <summary>IANA zone.</summary>
    [Text(TextKind.TimeZone)]
    public required string TimeZone { get; init; }

    /// <summary>Length of a period.</summary>
    public required IntervalBody Interval { get; init; }

    /// <summary>Where periods begin; <c>start</c> unless given.</summary>
    public AnchorBody? Anchor { get; init; }

    /// <summary>Local days of trial before the first paid period.</summary>
    [Whole(0, Limits.TrialDays)]
    public int? TrialDays { get; init; }

    /// <summary>Paid periods to show.</summary>
    [Whole(1, Limits.QuotedPeriods)]
    public required int Periods { get; init; }
}

/// <summary>A period of a quoted schedule.</summary>
/// <param name="Start">First instant.</param>
/// <param name="End">First instant after it.</param>
/// <param name="Kind">trial, partial or full.</param>
/// <param name="Fraction">Part of the nominal period in local days, such as <c>9/30</c>.</param>
internal sealed record QuotedPeriodView(Instant Start, Instant End, string Kind, string Fraction);

/// <summary>A quoted schedule.</summary>
internal sealed record ScheduleQuoteView(IReadOnlyList<QuotedPeriodView> Data);

/// <summary>A period.</summary>
internal sealed record PeriodBody
{
    /// <summary>First instant.</summary>
    public required Instant Start { get; init; }

    /// <summary>First instant after it.</summary>
    public required Instant End { get; init; }
}

/// <summary>A price of a whole period.</summary>
internal sealed record QuotedAmountBody
{
    /// <summary>Minor units.</summary>
    [Whole(0, Limits.AmountMax)]
    public required long Amount { get; init; }
}

/// <summary>Asks what a change within a period costs.</summary>
internal sealed record ProrationQuoteBody
{
    /// <summary>ISO 4217.</summary>
    [Text(TextKind.Currency)]
    public required string Currency { get; init; }

    /// <summary>IANA zone.</summary>
    [Text(TextKind.TimeZone)]
    public required string TimeZone { get; init; }

    /// <summary>Length of the period.</summary>
    public required IntervalBody Interval { get; init; }

    /// <summary>The whole nominal period.</summary>
    public required PeriodBody Period { get; init; }

    /// <summary>The instant of the change.</summary>
    public required Instant ChangeAt { get; init; }

    /// <summary>The old price; alone it means an end.</summary>
    public QuotedAmountBody? Old { get; init; }

    /// <summary>The new price; alone it means a start.</summary>
    public QuotedAmountBody? New { get; init; }

    /// <summary>How parts of the period are measured; <c>day</c> unless given.</summary>
    public ProrationPolicy? Policy { get; init; }
}

/// <summary>An amount and the share of the period that it stands for.</summary>
internal sealed record ProratedView(long Amount, string Fraction);

/// <summary>What a change costs: the charge less the credit.</summary>
internal sealed record ProrationQuoteView(string Currency, ProratedView Credit, ProratedView Charge, long Net);

/// <summary>Units that share property values.</summary>
internal sealed record QuotedGroupBody
{
    /// <summary>Value by dimension.</summary>
    [Entries(0, 10)]
    public required IReadOnlyDictionary<string, string> Values { get; init; }

    /// <summary>Units.</summary>
    [Decimal(Signed = true)]
    public required decimal Quantity { get; init; }
}

/// <summary>An event to be priced.</summary>
internal sealed record QuotedEventBody
{
    /// <summary>Its value in minor units, as a decimal string.</summary>
    [Decimal(OrWhole = true)]
    public required decimal Value { get; init; }
}

/// <summary>Asks what a quantity costs.</summary>
internal sealed record PriceQuoteBody
{
    /// <summary>ISO 4217.</summary>
    [Text(TextKind.Currency)]
    public required string Currency { get; init; }

    /// <summary>How a quantity becomes an amount.</summary>
    public required ModelBody Model { get; init; }

    /// <summary>Units; the sum of the groups, else 1, unless given.</summary>
    [Decimal(Signed = true)]
    public decimal? Quantity { get; init; }

    /// <summary>Units by property values, for matrix prices.</summary>
    [Entries(0, 1000)]
    public IReadOnlyList<QuotedGroupBody>? Groups { get; init; }

    /// <summary>Events in their order, for percentage and dynamic prices.</summary>
    [Entries(0, 1000)]
    public IReadOnlyList<QuotedEventBody>? Events { get; init; }

    /// <summary>Units billed before in this period.</summary>
    [Decimal(Signed = true)]
    public decimal? PreviousQuantity { get; init; }

    /// <summary>Minor units billed before in this period; unless given, what the units before cost as pieces that others follow.</summary>
    public long? PreviousAmount { get; init; }

    /// <summary>Where the piece stands in its period; <c>only</c> unless given.</summary>
    public PiecePosition? Position { get; init; }
}

/// <summary>A step of a price.</summary>
/// <param name="Description">For people.</param>
/// <param name="Operation">What was done.</param>
/// <param name="Quantity">Units, where a step counts them.</param>
/// <param name="UnitAmount">Minor units of one, where a step has one.</param>
/// <param name="Amount">Minor units: a whole number, or a decimal string where it is not whole.</param>
internal sealed record PriceStepView(string Description, string Operation, string? Quantity, string? UnitAmount, object Amount);

/// <summary>What a quantity costs.</summary>
internal sealed record PriceQuoteView(string Currency, long Amount, IReadOnlyList<PriceStepView> Steps);
