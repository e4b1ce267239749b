using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Dunning;

/// <summary>What a dunning policy must keep.</summary>
public static class DunningPolicyRules
{
    /// <summary>Retries of one invoice; gateways and card networks advise against more.</summary>
    public const int MaxRetries = 8;

    /// <summary>The latest day of a retry after the due date.</summary>
    public const int MaxDay = 60;

    /// <summary>What stands against it, or null: at most eight days, from 1 to 60, ascending.</summary>
    public static Refusal? Check(DunningPolicy policy)
    {
        var days = policy.RetryDays;
        var ascending = days.Zip(days.Skip(1)).All(pair => pair.First < pair.Second);
        return days.Length <= MaxRetries && ascending && days.All(day => day is >= 1 and <= MaxDay)
            ? null
            : Refusal.Rule("retry_days_invalid", $"retry_days are at most {MaxRetries} whole days after the due date, from 1 to {MaxDay}, ascending.", "retry_days");
    }
}
