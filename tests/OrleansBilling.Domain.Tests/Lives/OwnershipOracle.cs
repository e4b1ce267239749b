using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>What somebody owns: so much for a whole month, in the first months of the plan something else, less a percentage while it lasts.</summary>
/// <param name="Plan">The plan, whose months are counted.</param>
/// <param name="Price">Minor units of a whole month.</param>
/// <param name="Intro">Minor units of a whole one of the first months.</param>
/// <param name="Months">How many those are.</param>
/// <param name="Minimum">At least so much is billed for a whole month.</param>
internal sealed record Owned(string Plan, decimal Price, decimal Intro = 0, int Months = 0, decimal Minimum = 0)
{
    public decimal PercentOff { get; init; }

    /// <summary>What begins from then on costs the whole price again.</summary>
    public Instant? Until { get; init; }

    /// <summary>What it is at an instant, whatever it becomes later.</summary>
    public Owned At(Instant at) => this with { PercentOff = at >= Until ? 0 : PercentOff, Until = null };
}

/// <summary>
/// An account kept by hand beside the program's, for the policies that measure time: who owns each instant, at what price of a
/// whole month. Written apart from the code that bills: no items and no lines.
/// </summary>
internal sealed class OwnershipOracle
{
    private readonly HandCalendar _calendar;
    private readonly Dictionary<string, (int Count, Instant End)> _months = [];
    private Owned _owned;
    private Instant _at;
    private decimal _price;
    private bool _isPaused;
    private decimal _owed;

    /// <summary>Since when the minimum that holds runs, and what was owed before.</summary>
    private (Instant From, decimal Owed) _stretch;

    public OwnershipOracle(Instant start, string zone, ProrationPolicy policy, Owned owned)
    {
        _calendar = new HandCalendar(start, zone, policy);
        (_owned, _at, _stretch) = (owned, start, (start, 0));
        Begin();
    }

    /// <summary>From an instant on something else is owned.</summary>
    public void Owns(Instant from, Owned owned)
    {
        Until(from);
        if (owned.Minimum != _owned.Minimum)
        {
            EndStretch();
        }

        // What costs the same from here on as before is not cut: what began cheaper stays so until the month ends.
        var isSame = _owned.At(from) == owned.At(from);
        _owned = owned;
        if (!isSame)
        {
            Begin();
        }
    }

    public void Pauses(Instant at)
    {
        Until(at);
        EndStretch();
        _isPaused = true;
    }

    public void Resumes(Instant at)
    {
        Until(at);
        _isPaused = false;
        _stretch = (at, _owed);
        Begin();
    }

    /// <summary>From an instant on months begin on another day.</summary>
    public void Moves(Instant at, int day)
    {
        Until(at);
        EndStretch();
        _calendar.Move(at, day);
        _stretch = (at, _owed);
        Begin();
    }

    /// <summary>What is owed until an instant, exact, in minor units.</summary>
    public decimal Owed(Instant until)
    {
        Until(until);
        EndStretch();
        return _owed;
    }

    private void Until(Instant at)
    {
        while (_calendar.To <= at)
        {
            Account(_calendar.To);
            EndStretch();
            _calendar.Next();
            _stretch = (_at, _owed);
            Begin();
        }

        Account(at);
    }

    private void Account(Instant to)
    {
        _owed += _isPaused ? 0 : _price * _calendar.Part(_at, to);
        _at = to;
    }

    /// <summary>What begins here costs what holds here; the plan has its first, second, next month.</summary>
    private void Begin()
    {
        if (_isPaused)
        {
            return;
        }

        var (count, end) = _months.GetValueOrDefault(_owned.Plan);
        _months[_owned.Plan] = end == _calendar.To ? (count, end) : (count + 1, _calendar.To);
        var price = _months[_owned.Plan].Count <= _owned.Months ? _owned.Intro : _owned.Price;
        _price = price * (100 - _owned.At(_at).PercentOff) / 100;
    }

    /// <summary>What is missing to the minimum, by its days.</summary>
    private void EndStretch()
    {
        if (!_isPaused)
        {
            _owed = Math.Max(_owed, _stretch.Owed + (_owned.Minimum * _calendar.Days(_stretch.From, _at)));
        }

        _stretch = (_at, _owed);
    }
}
