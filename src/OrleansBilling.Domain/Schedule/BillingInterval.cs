namespace OrleansBilling.Domain.Schedule;

/// <summary>The unit of a billing interval.</summary>
public enum IntervalUnit
{
    /// <summary>Local days.</summary>
    Day,

    /// <summary>Seven local days.</summary>
    Week,

    /// <summary>Calendar months.</summary>
    Month,

    /// <summary>Calendar years.</summary>
    Year,
}

/// <summary>How often a plan bills.</summary>
/// <param name="Unit">Day, week, month or year.</param>
/// <param name="Count">How many of them; at least 1.</param>
public sealed record BillingInterval(IntervalUnit Unit, int Count);
