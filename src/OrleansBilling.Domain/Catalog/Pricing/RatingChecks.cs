using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>What stands against rating an input at all.</summary>
internal static class RatingChecks
{
    public static Refusal? Check(PricingModel model, RatingInput input)
    {
        if (input.Quantity < 0)
        {
            return Negative("A quantity cannot be negative.", "quantity");
        }

        if (input.PreviousQuantity < 0)
        {
            return Negative("A quantity billed before cannot be negative.", "previous_quantity");
        }

        if (input.Groups.Any(group => group.Quantity < 0) || input.PreviousGroups.Any(group => group.Quantity < 0))
        {
            return Negative("The quantity of a group cannot be negative.", "groups");
        }

        if (input.Events.Any(value => value < 0) || input.PreviousEvents.Any(value => value < 0))
        {
            return Negative("The value of an event cannot be negative.", "events");
        }

        if (model is PercentageModel or DynamicModel && input is { Events.IsEmpty: true, Sums: null, Quantity: > 0 } && (input.EventCount == 0 || !PricesAlike(model)))
        {
            return Refusal.Rule("events_needed", "This model prices single events: give their values.", "events");
        }

        // What was billed before is taken for its price, which it is not where a percentage came off it.
        if (input.PercentOff != 0 && input.HasPrevious && model switch
        {
            PercentageModel or DynamicModel => input is { PreviousEvents.IsEmpty: true, Sums: null },
            MatrixModel => input.PreviousGroups.IsEmpty,
            _ => false,
        })
        {
            return Refusal.Rule("previous_events_needed", "A negotiated percentage comes off the whole period: give the events before.", "previous_events");
        }

        return model is PercentageModel { FreeEvents: > 0 } && input.HasPrevious && input is { PreviousEvents.IsEmpty: true, Sums: null }
            ? Refusal.Rule("previous_events_needed", "Free events continue over pieces: give the values of the events before.", "previous_events")
            : null;
    }

    /// <summary>True for a percentage to which single events do not matter: none is free, none bounded.</summary>
    private static bool PricesAlike(PricingModel model) =>
        model is PercentageModel { FreeEvents: null or 0, FreeValue: null or 0, MinPerEvent: null, MaxPerEvent: null };

    private static Refusal Negative(string detail, string field) => Refusal.Rule("negative_quantity", detail, field);
}
