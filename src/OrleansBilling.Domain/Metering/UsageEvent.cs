using System.Collections.Immutable;
using System.Globalization;
using NodaTime;

namespace OrleansBilling.Domain.Metering;

/// <summary>A usage event as it counts: corrections are applied, voided ones are left out.</summary>
/// <param name="At">When it happened, by the caller's word.</param>
/// <param name="Value">Its number; null where it has none.</param>
/// <param name="Batch">The number of the transaction that took it in.</param>
/// <param name="Number">Its place in that.</param>
public sealed record UsageEvent(Instant At, decimal? Value, long Batch, int Number)
{
    private static readonly ImmutableSortedDictionary<string, string> NoProperties = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The subscription that it names, or null.</summary>
    public string? Subscription { get; init; }

    /// <summary>What else the caller said of it.</summary>
    public ImmutableSortedDictionary<string, string> Properties { get; init; } = NoProperties;

    /// <summary>
    /// The amount or value by which it is priced singly: a property's, else its value. The property that the meter takes its value
    /// of is its value, as corrected. Zero where it says none.
    /// </summary>
    /// <param name="meter">The meter.</param>
    /// <param name="property">The property that holds the amount, or null.</param>
    public decimal AmountOf(Meter meter, string? property) => property is null || property == meter.Property
        ? Value ?? 0
        : Properties.TryGetValue(property, out var text) && decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var amount) ? amount : 0;
}

/// <summary>Which event is the last: by <c>at</c>, then in the order of receipt.</summary>
public readonly record struct UsageMoment(Instant At, long Batch, int Number)
{
    /// <summary>True where this event is later than another one.</summary>
    public bool IsAfter(UsageMoment other) => (At, Batch, Number).CompareTo((other.At, other.Batch, other.Number)) > 0;
}
