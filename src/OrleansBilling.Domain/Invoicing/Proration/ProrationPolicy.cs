namespace OrleansBilling.Domain.Invoicing.Proration;

/// <summary>How a part of a period is measured and charged (rules.md, "Shares of a period").</summary>
public enum ProrationPolicy
{
    /// <summary><c>day</c>: unused local days over the days of the nominal period. The default.</summary>
    Day,

    /// <summary><c>second</c>: unused time over the length of the nominal period.</summary>
    Second,

    /// <summary><c>day_30</c>: every month has thirty days; days and weeks fall back to <see cref="Day"/>.</summary>
    Day30,

    /// <summary><c>full_difference</c>: the whole difference of the prices, whatever the time; a decrease moves no money.</summary>
    FullDifference,

    /// <summary><c>none</c>: nothing until the next period.</summary>
    None,
}

/// <summary>How the API spells the policies.</summary>
public static class ProrationPolicyNames
{
    /// <summary>The spelling of a policy, such as <c>day_30</c>.</summary>
    public static string Of(ProrationPolicy policy) => policy switch
    {
        ProrationPolicy.Second => "second",
        ProrationPolicy.Day => "day",
        ProrationPolicy.Day30 => "day_30",
        ProrationPolicy.FullDifference => "full_difference",
        ProrationPolicy.None => "none",
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, message: null),
    };

    /// <summary>The policy of a spelling, or null where it is unknown.</summary>
    public static ProrationPolicy? Find(string? name) => name switch
    {
        "second" => ProrationPolicy.Second,
        "day" => ProrationPolicy.Day,
        "day_30" => ProrationPolicy.Day30,
        "full_difference" => ProrationPolicy.FullDifference,
        "none" => ProrationPolicy.None,
        _ => null,
    };
}
