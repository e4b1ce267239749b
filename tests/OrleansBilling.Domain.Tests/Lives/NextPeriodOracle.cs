using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>
/// An account kept by hand for <c>none</c>: nothing until the next month. A month is what it was when it began: paid whole in
/// advance, or owed by its days at its end. A pause gives nothing back; a resume in a paid month costs nothing, another one
/// the rest of the month by its days.
/// </summary>
internal sealed class NextPeriodOracle
{
    private readonly HandCalendar _calendar;
    private (decimal Price, bool InAdvance) _owned;
    private bool _isPaused;
    private bool _isPaid;
    private decimal _owed;

    /// <summary>What is owed at the end of its time, since when; null where nothing is.</summary>
    private (decimal Price, Instant From)? _runs;

    public NextPeriodOracle(Instant start, string zone, decimal price, bool inAdvance)
    {
        _calendar = new HandCalendar(start, zone, ProrationPolicy.Day);
        _owned = (price, inAdvance);
        Begin(start);
    }

    public void Owns(Instant at, decimal price, bool inAdvance)
    {
        Until(at);
        _owned = (price, inAdvance);
    }

    public void Pauses(Instant at)
    {
        Until(at);
        End(at);
        _isPaused = true;
    }

    public void Resumes(Instant at)
    {
        Until(at);
        _isPaused = false;
        if (!_isPaid)
        {
            Begin(at);
        }
    }

    public decimal Owed(Instant until)
    {
        Until(until);
        End(until);
        return _owed;
    }

    private void Until(Instant at)
    {
        while (_calendar.To <= at)
        {
            End(_calendar.To);
            _calendar.Next();
            _isPaid = false;
            if (!_isPaused)
            {
                Begin(_calendar.From);
            }
        }
    }

    private void Begin(Instant at)
    {
        _isPaid = _owned.InAdvance;
        _owed += _isPaid ? _owned.Price * _calendar.Days(at, _calendar.To) : 0;
        _runs = _isPaid ? null : (_owned.Price, at);
    }

    private void End(Instant at)
    {
        _owed += _runs is { } runs ? runs.Price * _calendar.Days(runs.From, at) : 0;
        _runs = null;
    }
}
