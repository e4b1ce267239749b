using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>
/// An account kept by hand for <c>full_difference</c>: a month, or the rest of one after a pause, costs the dearest that was owned
/// in it, since a decrease moves no money. A pause and the end give back by days.
/// </summary>
internal sealed class DifferenceOracle
{
    private readonly HandCalendar _calendar;
    private decimal _price;
    private decimal _dearest;
    private Instant _from;
    private bool _isPaused;
    private decimal _owed;

    public DifferenceOracle(Instant start, string zone, decimal price)
    {
        _calendar = new HandCalendar(start, zone, ProrationPolicy.Day);
        (_price, _dearest, _from) = (price, price, start);
    }

    public void Owns(Instant at, decimal price)
    {
        Until(at);
        _price = price;
        _dearest = Math.Max(_dearest, price);
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
        (_dearest, _from) = (_price, at);
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
            (_dearest, _from) = (_price, _calendar.From);
        }
    }

    private void End(Instant at) => _owed += _isPaused ? 0 : _dearest * _calendar.Days(_from, at);
}
