using System.Collections.Immutable;
using System.Globalization;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Metering;

/// <summary>
/// Usage that a decision has to know before it can bill a price: of one meter, in one span of time, as far as it belongs to the
/// subscription that decides.
/// </summary>
/// <param name="Meter">Code of the meter.</param>
/// <param name="Span">From when to when; an event at its end belongs to what follows.</param>
public sealed record UsageNeed(string Meter, Period Span)
{
    private static readonly ImmutableSortedDictionary<string, ImmutableArray<string>> NoFilters = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>The price's filters, beside the meter's own.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Filters { get; init; } = NoFilters;

    /// <summary>Properties by whose values the quantity is split: a matrix's dimensions.</summary>
    public ImmutableArray<string> GroupBy { get; init; } = [];

    /// <summary>How the price looks at single events; null where it does not.</summary>
    public EventTerms? Single { get; init; }

    /// <summary>Only what had arrived by then; null is all there is.</summary>
    public ArrivedBy? Arrived { get; init; }

    /// <summary>The same text for needs that the same usage answers.</summary>
    public string Key => string.Join(
        '\u001f',
        [Meter, Text(Span.Start), Text(Span.End), Single?.ToString() ?? "", .. GroupBy, .. Filters.SelectMany(filter => filter.Value.Prepend(filter.Key + "=")), .. ArrivedKey]);

    private IEnumerable<string> ArrivedKey => Arrived is { } arrived
        ? [Text(arrived.Named), .. arrived.Unnamed.SelectMany(part => new[] { Text(part.Time.Start), Text(part.Time.End), Text(part.Until) })]
        : [];

    /// <summary>What a model needs to know of a span.</summary>
    /// <param name="meter">Code of the meter.</param>
    /// <param name="price">The price, for its filters.</param>
    /// <param name="model">The model that rates.</param>
    /// <param name="span">The span.</param>
    public static UsageNeed Of(string meter, Price price, PricingModel model, Period span) => new(meter, span)
    {
        Filters = price.Filters,
        GroupBy = model is MatrixModel matrix ? matrix.Dimensions : [],
        Single = EventTerms.Of(model),
    };

    // To the tick: the plain text of an instant ends with its second.
    private static string Text(NodaTime.Instant at) => at.ToUnixTimeTicks().ToString(CultureInfo.InvariantCulture);
}
