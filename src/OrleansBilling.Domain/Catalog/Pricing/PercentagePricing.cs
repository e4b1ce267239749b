using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>
/// A percentage of each event's value. Free events and free value both end as soon as one is used up, in event order; of
/// the event that uses up the free value, the rest is paid. The fixed amount is for paid events only; minimum and maximum
/// per event apply after it.
/// </summary>
internal static class PercentagePricing
{
    public static void Rate(PercentageModel model, RatingInput input, RatingSheet sheet)
    {
        var tally = new Tally(model, input.PreviousEvents.IsEmpty ? input.PreviousQuantity : 0);
        if (input.PreviousEvents.IsEmpty && input.HasPrevious)
        {
            sheet.Add(input.PreviousAmount, ExplainSteps.Given("Events billed before", input.PreviousAmount));
        }

        foreach (var value in input.PreviousEvents)
        {
            tally.Take(value);
        }

        foreach (var value in input.Events)
        {
            tally.Take(value);
        }

        if (input.Events.IsEmpty)
        {
            tally.Take(input.EventCount, input.Quantity);
        }

        tally.Write(sheet);
    }

    /// <summary>Sorts events by what decides their price, so that any number of them makes at most four steps.</summary>
    private sealed class Tally(PercentageModel model, decimal valueBefore)
    {
        private readonly bool _hasFree = model.FreeEvents is > 0 || model.FreeValue is > 0;
        private bool _freeEnded;
        private decimal _freeValueUsed = valueBefore;
        private int _freeEventsUsed;
        private int _free;
        private decimal _value;
        private long _paid;
        private long _atMinimum;
        private long _atMaximum;

        public void Take(decimal value)
        {
            var paidValue = AfterFree(value);
            if (paidValue is null)
            {
                _free++;
                return;
            }

            var price = (paidValue.Value * model.Rate / 100m) + model.FixedAmount;
            if (model.MaxPerEvent is { } maximum && price > maximum)
            {
                _atMaximum++;
            }
            else if (model.MinPerEvent is { } minimum && price < minimum)
            {
                _atMinimum++;
            }
            else
            {
                _paid++;
                _value += paidValue.Value;
            }
        }

        /// <summary>Events that are all priced alike, by their number and their value.</summary>
        public void Take(long events, decimal value)
        {
            _paid += events;
            _value += events > 0 ? value : 0;
        }

        public void Write(RatingSheet sheet)
        {
            if (_free > 0)
            {
                sheet.Multiply("multiply", "Free events", _free, 0);
            }

            if (_paid > 0)
            {
                sheet.Percent($"Percentage of {_paid} events", _value, model.Rate);
            }

            if (_paid > 0 && model.FixedAmount != 0)
            {
                sheet.Multiply("multiply", "Fixed amount per event", _paid, model.FixedAmount);
            }

            if (_atMinimum > 0)
            {
                sheet.Multiply("multiply", "Events at the minimum", _atMinimum, model.MinPerEvent!.Value);
            }

            if (_atMaximum > 0)
            {
                sheet.Multiply("multiply", "Events at the maximum", _atMaximum, model.MaxPerEvent!.Value);
            }
        }

        /// <summary>The part of the value that is paid; null where the whole event is free.</summary>
        private decimal? AfterFree(decimal value)
        {
            _freeEnded = _freeEnded || !_hasFree
                || _freeEventsUsed >= (model.FreeEvents ?? int.MaxValue)
                || _freeValueUsed >= (model.FreeValue ?? decimal.MaxValue);
            if (_freeEnded)
            {
                return value;
            }

            _freeEventsUsed++;
            var over = _freeValueUsed + value - (model.FreeValue ?? decimal.MaxValue);
            _freeValueUsed += value;
            return over > 0 ? over : null;
        }
    }
}
