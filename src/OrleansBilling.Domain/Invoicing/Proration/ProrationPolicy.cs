namespace OrleansBilling.Domain.Invoicing.Proration;

/// <summary>How a part of a period is charged or credited (rules.md, "Shares of a period").</summary>
public enum ProrationPolicy
{
    /// <summary>By local days; the day of a change belongs to the new terms.</summary>
    Day,

    /// <summary>By the exact length of time.</summary>
    Second,

    /// <summary>By months of 30 days.</summary>
    Day30,

    /// <summary>The difference to the new price, never below zero.</summary>
    FullDifference,

    /// <summary>Nothing until the next period.</summary>
    None,
}
