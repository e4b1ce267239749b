using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>Each event carries its own amount, in minor units; the price is their sum. One below zero costs nothing.</summary>
internal static class DynamicPricing
{
    public static void Rate(RatingInput input, RatingSheet sheet)
    {
        if (input.PreviousEvents.IsEmpty && input.HasPrevious)
        {
            sheet.Add(input.PreviousAmount, ExplainSteps.Given("Events billed before", input.PreviousAmount));
        }

        if (input.Sums is { IsTooLarge: true })
        {
            throw new OverflowException("The amounts of the events do not fit.");
        }

        var sum = input.PreviousEvents.Sum() + input.Events.Sum() + (input.Sums?.Value ?? 0);
        var belowZero = input.Sums?.BelowZero ?? 0;
        sheet.Add(sum, ExplainSteps.Given($"Amounts of {input.PreviousEvents.Length + input.Events.Length + (input.Sums?.Events ?? 0) - belowZero} events", sum));
        if (belowZero > 0)
        {
            sheet.Multiply("multiply", "Events below zero", belowZero, 0);
        }
    }
}
