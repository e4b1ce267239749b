using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>
/// A percentage of each event's value. Free events and free value both end as soon as one is used up, in event order; of
/// the event that uses up the free value, the rest is paid. The fixed amount is for paid events only; minimum and maximum
/// per event apply after it. An event below zero counts as none. Any number of events makes at most six steps.
/// </summary>
internal static class PercentagePricing
{
    public static void Rate(PercentageModel model, RatingInput input, RatingSheet sheet)
    {
        if (input.PreviousEvents.IsEmpty && input.HasPrevious)
        {
            sheet.Add(input.PreviousAmount, ExplainSteps.Given("Events billed before", input.PreviousAmount));
        }

        if (input.Sums is { } sums)
        {
            Write(model, sums, sheet);
            return;
        }

        var tally = new EventTally(EventTerms.Of(model), input.PreviousEvents.IsEmpty ? input.PreviousQuantity : 0);
        foreach (var value in input.PreviousEvents)
        {
            tally.Take(value);
        }

        foreach (var value in input.Events)
        {
            tally.Take(value);
        }

        var added = tally.Sums;
        if (input.Events.IsEmpty)
        {
            // Events that are all priced alike, by their number and their value.
            added = added with { Paid = added.Paid + input.EventCount, Value = added.Value + (input.EventCount > 0 ? input.Quantity : 0) };
        }

        Write(model, added, sheet);
    }

    private static void Write(PercentageModel model, EventSums sums, RatingSheet sheet)
    {
        if (sums.IsTooLarge)
        {
            throw new OverflowException("The value of the events does not fit.");
        }

        if (sums.Free > 0)
        {
            sheet.Multiply("multiply", "Free events", sums.Free, 0);
        }

        if (sums.Paid > 0)
        {
            sheet.Percent($"Percentage of {sums.Paid} events", sums.Value, model.Rate);
        }

        if (sums.Paid > 0 && model.FixedAmount != 0)
        {
            sheet.Multiply("multiply", "Fixed amount per event", sums.Paid, model.FixedAmount);
        }

        if (sums.AtMinimum > 0)
        {
            sheet.Multiply("multiply", "Events at the minimum", sums.AtMinimum, model.MinPerEvent!.Value);
        }

        if (sums.AtMaximum > 0)
        {
            sheet.Multiply("multiply", "Events at the maximum", sums.AtMaximum, model.MaxPerEvent!.Value);
        }

        if (sums.BelowZero > 0)
        {
            sheet.Multiply("multiply", "Events below zero", sums.BelowZero, 0);
        }
    }
}
