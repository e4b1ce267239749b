using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Schedule;

/// <summary>The unit of a billing interval.</summary>
public enum IntervalUnit
{
    /// <summary>Local days.</summary>
    Day,

    /// <summary>Weeks of seven local days.</summary>
    Week,

    /// <summary>Calendar months.</summary>
    Month,

    /// <summary>Calendar years.</summary>
    Year,
}

/// <summary>The length of one billing period, such as one month or two weeks.</summary>
/// <param name="Unit">What is counted.</param>
/// <param name="Count">How many; 1 to 365 days, 52 weeks, 36 months or 5 years.</param>
public sealed record BillingInterval(IntervalUnit Unit, int Count)
{
    /// <summary>Calendar months of the interval (a year is twelve), or null for days and weeks.</summary>
    public int? Months => Unit switch
    {
        IntervalUnit.Month => Count,
        IntervalUnit.Year => Count * 12,
        _ => null,
    };

    /// <summary>Days of the interval (a week is seven), or null for months and years.</summary>
    public int? Days => Unit switch
    {
        IntervalUnit.Day => Count,
        IntervalUnit.Week => Count * 7,
        _ => null,
    };

    /// <summary>The largest count of a unit.</summary>
    public static int MaxCount(IntervalUnit unit) => unit switch
    {
        IntervalUnit.Day => 365,
        IntervalUnit.Week => 52,
        IntervalUnit.Month => 36,
        IntervalUnit.Year => 5,
        _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, message: null),
    };

    /// <summary>A validated interval.</summary>
    /// <returns>The interval, or 400 <c>invalid_interval</c> where the count is outside of its limits.</returns>
    public static Decided<BillingInterval> Of(IntervalUnit unit, int count) =>
        Enum.IsDefined(unit) && count >= 1 && count <= MaxCount(unit)
            ? new BillingInterval(unit, count)
            : Refusal.Invalid(
                "invalid_interval",
                "An interval counts 1 to 365 days, 52 weeks, 36 months or 5 years.",
                "interval.count");

    /// <summary>True where both count the same months or the same days: a year is twelve months, a week seven days.</summary>
    public bool IsAsLongAs(BillingInterval other) => Months == other.Months && Days == other.Days;

    /// <summary>For people and logs, such as <c>3 months</c>.</summary>
    public override string ToString()
    {
        var unit = Unit switch
        {
            IntervalUnit.Day => "day",
            IntervalUnit.Week => "week",
            IntervalUnit.Month => "month",
            _ => "year",
        };
        return Count == 1 ? "1 " + unit : $"{Count} {unit}s";
    }
}
