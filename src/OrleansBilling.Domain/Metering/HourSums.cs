using OrleansBilling.Domain.Catalog.Pricing;

namespace OrleansBilling.Domain.Metering;

/// <summary>
/// What the events of hours add up to for a price that looks at single ones: by class, so that no event is needed again once nothing is free,
/// and together, so that hours that are wholly free are passed over.
/// </summary>
public sealed class HourSums
{
    private readonly long[] _events = new long[3];
    private readonly decimal[] _values = new decimal[3];
    private long _belowZero;

    /// <summary>True where the hour does not tell what its events cost: it is read event by event.</summary>
    public bool MustBeRead { get; private set; }

    /// <summary>Says that the hour is read event by event.</summary>
    public void Read() => MustBeRead = true;

    /// <summary>Adds a cell of a class.</summary>
    /// <param name="class">The class.</param>
    /// <param name="cell">What it holds.</param>
    public void Add(EventClass @class, UsageTotals cell)
    {
        _events[(int)@class] += cell.Events;
        _values[(int)@class] += cell.Sum;
        // Those below zero cost nothing, and the cell does not tell them from the others.
        MustBeRead |= cell.Min < 0;
    }

    /// <summary>Adds an event that no cell holds.</summary>
    public void Add(EventTerms terms, decimal amount)
    {
        if (UsageView.IsOdd(amount))
        {
            MustBeRead = true;
            return;
        }

        if (amount < 0)
        {
            _belowZero++;
            return;
        }

        var place = (int)terms.ClassOf(amount);
        _events[place]++;
        _values[place] += amount;
    }

    /// <summary>Takes an event out that a cell holds and that is not to be priced.</summary>
    public void Remove(EventTerms terms, decimal amount)
    {
        if (amount < 0 || UsageView.IsOdd(amount))
        {
            MustBeRead = true;
            return;
        }

        var place = (int)terms.ClassOf(amount);
        _events[place]--;
        _values[place] -= amount;
    }

    /// <summary>Adds the hour to a tally.</summary>
    /// <returns>False where its events have to be added one by one, in order; then nothing is added.</returns>
    public bool TryAddTo(EventTally tally)
    {
        if (MustBeRead)
        {
            return false;
        }

        if (tally.FreeRuns)
        {
            if (!tally.TryTakeFree(_events.Sum(), _values.Sum()))
            {
                return false;
            }

            tally.TakeBelowZero(_belowZero);
            return true;
        }

        foreach (var @class in (ReadOnlySpan<EventClass>)[EventClass.Paid, EventClass.AtMinimum, EventClass.AtMaximum])
        {
            tally.Take(@class, _events[(int)@class], _values[(int)@class]);
        }

        tally.TakeBelowZero(_belowZero);
        return true;
    }
}
