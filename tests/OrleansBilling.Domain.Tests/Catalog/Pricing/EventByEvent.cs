using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

/// <summary>Prices event by event, by the words of the rule alone: what every faster way must equal.</summary>
internal static class EventByEvent
{
    /// <summary>What events, in event order, add up to by a percentage or a dynamic price.</summary>
    public static EventSums Of(PricingModel model, IReadOnlyList<decimal> values)
    {
        if (model is not PercentageModel percentage)
        {
            var paying = values.Where(one => one >= 0).ToList();
            return new EventSums(values.Count, 0, paying.Count, paying.Sum(), 0, 0) { BelowZero = values.Count - paying.Count };
        }

        var (free, paid, value, atMinimum, atMaximum) = (0L, 0L, 0m, 0L, 0L);
        var (freeEventsUsed, freeValueUsed, ended) = (0, 0m, percentage.FreeEvents is not > 0 && percentage.FreeValue is not > 0);
        foreach (var each in values.Where(one => one >= 0))
        {
            ended = ended || freeEventsUsed >= (percentage.FreeEvents ?? int.MaxValue) || freeValueUsed >= (percentage.FreeValue ?? decimal.MaxValue);
            var left = each;
            if (!ended)
            {
                freeEventsUsed++;
                left = freeValueUsed + each - (percentage.FreeValue ?? decimal.MaxValue);
                freeValueUsed += each;
                if (left <= 0)
                {
                    free++;
                    continue;
                }
            }

            var price = (left * percentage.Rate / 100m) + percentage.FixedAmount;
            if (percentage.MaxPerEvent is { } maximum && price > maximum)
            {
                atMaximum++;
            }
            else if (percentage.MinPerEvent is { } minimum && price < minimum)
            {
                atMinimum++;
            }
            else
            {
                paid++;
                value += left;
            }
        }

        return new EventSums(values.Count, free, paid, value, atMinimum, atMaximum) { BelowZero = values.Count(one => one < 0) };
    }

    /// <summary>Minor units before minimum, maximum and rounding.</summary>
    public static decimal PriceOf(PricingModel model, IReadOnlyList<decimal> values)
    {
        var sums = Of(model, values);
        return model is PercentageModel percentage
            ? (sums.Value * percentage.Rate / 100m) + (sums.Paid * percentage.FixedAmount) + (sums.AtMinimum * (percentage.MinPerEvent ?? 0)) + (sums.AtMaximum * (percentage.MaxPerEvent ?? 0))
            : sums.Value;
    }
}
