using System.Globalization;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>What a single event costs by, beside its value.</summary>
public enum EventClass
{
    /// <summary>The percentage of its value and the fixed amount; of a dynamic price, its amount.</summary>
    Paid,

    /// <summary>The minimum per event.</summary>
    AtMinimum,

    /// <summary>The maximum per event.</summary>
    AtMaximum,
}

/// <summary>
/// How a price looks at single events: percentages with free events, free value or bounds per event, and dynamic prices. Without a
/// free part the order of the events does not matter, and with one only until it is used up.
/// </summary>
/// <param name="Property">The property that holds each event's amount, in minor units; null takes the event's value.</param>
/// <param name="Percentage">Rate, free part and bounds per event; null for a dynamic price.</param>
public sealed record EventTerms(string? Property, PercentageModel? Percentage)
{
    /// <summary>True where the first events, or the first value, are free.</summary>
    public bool HasFree => Percentage is { FreeEvents: > 0 } or { FreeValue: > 0 };

    /// <summary>True where what one event costs has a bound.</summary>
    public bool IsBounded => Percentage is { MinPerEvent: not null } or { MaxPerEvent: not null };

    /// <summary>The same text for terms that put every event into the same class: the free part does not matter to it.</summary>
    public string Key => Percentage is { } model && IsBounded
        ? string.Create(CultureInfo.InvariantCulture, $"%{model.Rate}+{model.FixedAmount}>{model.MinPerEvent}<{model.MaxPerEvent}")
        : $"={Property}";

    /// <summary>How a model looks at single events; null where their number and their sum tell its price.</summary>
    public static EventTerms? Of(PricingModel model) => model switch
    {
        DynamicModel dynamic => new EventTerms(dynamic.Property, null),
        PercentageModel { FreeEvents: > 0 } or PercentageModel { FreeValue: > 0 } or PercentageModel { MinPerEvent: not null } or PercentageModel { MaxPerEvent: not null } =>
            Of((PercentageModel)model),
        _ => null,
    };

    /// <summary>How a percentage looks at single events.</summary>
    public static EventTerms Of(PercentageModel model) => new(
        null, new PercentageModel(model.Rate, model.FixedAmount, model.FreeEvents, model.FreeValue, model.MinPerEvent, model.MaxPerEvent));

    /// <summary>The amount or value by which an event is priced.</summary>
    public decimal AmountOf(Meter meter, UsageEvent found) => found.AmountOf(meter, Property);

    /// <summary>What decides the price of an event.</summary>
    /// <param name="paid">Its value, or the part of it that is not free.</param>
    public EventClass ClassOf(decimal paid)
    {
        if (Percentage is not { } model)
        {
            return EventClass.Paid;
        }

        var price = (paid * model.Rate / 100m) + model.FixedAmount;
        return price > model.MaxPerEvent ? EventClass.AtMaximum
            : price < model.MinPerEvent ? EventClass.AtMinimum
            : EventClass.Paid;
    }
}
