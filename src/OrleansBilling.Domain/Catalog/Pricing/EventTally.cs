namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>What any number of events adds up to for a price that looks at single ones.</summary>
/// <param name="Events">All of them.</param>
/// <param name="Free">Those that are wholly free.</param>
/// <param name="Paid">Those priced by their value.</param>
/// <param name="Value">The value, or the amount, of those; without what is free of it.</param>
/// <param name="AtMinimum">Those at the minimum per event.</param>
/// <param name="AtMaximum">Those at the maximum per event.</param>
public sealed record EventSums(long Events, long Free, long Paid, decimal Value, long AtMinimum, long AtMaximum)
{
    /// <summary>No event.</summary>
    public static EventSums None { get; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>Of all, those with a value below zero: they cost nothing, and use nothing of what is free.</summary>
    public long BelowZero { get; init; }

    /// <summary>True where the value does not fit any amount.</summary>
    public bool IsTooLarge { get; init; }
}

/// <summary>
/// Adds events up for a price that looks at single ones, in constant room. While something is free they come in event order, one by
/// one or many that are wholly free together; then in any order, one by one or by class.
/// </summary>
/// <param name="terms">How the price looks at them.</param>
/// <param name="valueBefore">Value that has used of the free value before.</param>
public sealed class EventTally(EventTerms terms, decimal valueBefore = 0)
{
    private decimal _freeValueUsed = valueBefore;
    private bool _freeEnded = !terms.HasFree;
    private long _events;
    private long _free;
    private long _freeEventsUsed;
    private long _paid;
    private long _atMinimum;
    private long _atMaximum;
    private decimal _value;
    private long _belowZero;
    private bool _isTooLarge;

    /// <summary>True while the order of the events matters.</summary>
    public bool FreeRuns
    {
        get
        {
            _freeEnded = _freeEnded || terms.Percentage is not { } model
                || _freeEventsUsed >= (model.FreeEvents ?? long.MaxValue) || _freeValueUsed >= (model.FreeValue ?? decimal.MaxValue);
            return !_freeEnded;
        }
    }

    /// <summary>What was added.</summary>
    public EventSums Sums => new(_events, _free, _paid, _value, _atMinimum, _atMaximum) { BelowZero = _belowZero, IsTooLarge = _isTooLarge };

    /// <summary>Adds the next event.</summary>
    public void Take(decimal value)
    {
        if (value < 0)
        {
            TakeBelowZero(1);
            return;
        }

        _events++;
        try
        {
            if (AfterFree(value) is not { } paid)
            {
                _free++;
                return;
            }

            Add(terms.ClassOf(paid), 1, paid);
        }
        catch (OverflowException)
        {
            _isTooLarge = true;
        }
    }

    /// <summary>Adds events of one class; nothing is free any more.</summary>
    /// <param name="class">What decides their price.</param>
    /// <param name="events">How many.</param>
    /// <param name="value">Their value together, none of them below zero.</param>
    /// <exception cref="InvalidOperationException">Something is free still.</exception>
    public void Take(EventClass @class, long events, decimal value)
    {
        if (FreeRuns)
        {
            throw new InvalidOperationException("While something is free, events are taken one by one.");
        }

        _events += events;
        try
        {
            Add(@class, events, value);
        }
        catch (OverflowException)
        {
            _isTooLarge = true;
        }
    }

    /// <summary>Adds the next events together where all of them are wholly free.</summary>
    /// <param name="events">How many.</param>
    /// <param name="value">Their value together, none of them below zero.</param>
    /// <returns>False where the free part may end among them; then nothing is added.</returns>
    public bool TryTakeFree(long events, decimal value)
    {
        // One that uses up the free value ends the free part for those after it, also for such without value.
        if (!FreeRuns || _freeEventsUsed + events > (terms.Percentage!.FreeEvents ?? long.MaxValue)
            || _freeValueUsed + value >= (terms.Percentage.FreeValue ?? decimal.MaxValue))
        {
            return false;
        }

        _events += events;
        _free += events;
        _freeEventsUsed += events;
        _freeValueUsed += value;
        return true;
    }

    /// <summary>Adds events below zero, in any order.</summary>
    public void TakeBelowZero(long events)
    {
        _events += events;
        _belowZero += events;
    }

    private void Add(EventClass @class, long events, decimal value)
    {
        switch (@class)
        {
            case EventClass.AtMaximum:
                _atMaximum += events;
                break;
            case EventClass.AtMinimum:
                _atMinimum += events;
                break;
            default:
                _paid += events;
                _value += value;
                break;
        }
    }

    /// <summary>The part of the value that is paid; null where the whole event is free.</summary>
    private decimal? AfterFree(decimal value)
    {
        if (!FreeRuns)
        {
            return value;
        }

        _freeEventsUsed++;
        var over = _freeValueUsed + value - (terms.Percentage!.FreeValue ?? decimal.MaxValue);
        _freeValueUsed += value;
        return over > 0 ? over : null;
    }
}
