namespace OrleansBilling.Infrastructure.Postgres.Metering;

/// <summary>What can be set about usage events (<c>Billing__Usage__Name</c>).</summary>
public sealed record UsageOptions
{
    /// <summary>Days for which an (account, id) counts once; older events are refused.</summary>
    public int WindowDays { get; init; } = 35;

    /// <summary>Days for which events are kept; what they were rolled up to stays.</summary>
    public int RetentionDays { get; init; } = 400;

    /// <summary>Transactions of this process that write events at one time.</summary>
    public int Writers { get; init; } = 1;

    /// <summary>Events of one transaction at most.</summary>
    public int GroupSize { get; init; } = 10_000;

    /// <summary>Requests' parts of up to 1,000 events that wait for a writer at most; with more, requests answer 503.</summary>
    public int Queue { get; init; } = 64;

    /// <summary>Requests that are read and checked at one time at most.</summary>
    public int Requests { get; init; } = 32;

    /// <summary>Milliseconds between two rounds of rolling up.</summary>
    public int RollUpMilliseconds { get; init; } = 500;

    /// <summary>Memory for filters of the keys of earlier days, in MB: 64 hold 44 million keys.</summary>
    public int FilterMegabytes { get; init; } = 64;

    /// <summary>Whether events of unknown accounts and meters are kept apart; else they are rejected.</summary>
    public bool KeepUnknown { get; init; }

    /// <summary>Days that an event may lie ahead of its account's clock: clocks of callers run ahead.</summary>
    public const int DaysAhead = 1;

    /// <summary>Days for which keys are kept: an event that is new enough to be taken again is still known.</summary>
    public int KeyDays => WindowDays + DaysAhead + 1;

    /// <summary>What cannot be used, a sentence each.</summary>
    public IEnumerable<string> Faults()
    {
        if (WindowDays is < 1 or > 366)
        {
            yield return $"Billing__Usage__WindowDays is {WindowDays}. Use 1 to 366.";
        }

        if (RetentionDays < KeyDays || RetentionDays > 4000)
        {
            yield return $"Billing__Usage__RetentionDays is {RetentionDays}. Use {KeyDays} (the window and two days more) to 4000.";
        }

        if (Writers is < 1 or > 8 || GroupSize is < 1000 or > 50_000 || Queue is < 1 or > 10_000 || Requests is < 1 or > 1000 || RollUpMilliseconds is < 10 or > 60_000 || FilterMegabytes is < 0 or > 8192)
        {
            yield return "Billing__Usage: use 1 to 8 Writers, a GroupSize of 1000 to 50000, a Queue of 1 to 10000, 1 to 1000 Requests, 10 to 60000 RollUpMilliseconds, and 0 to 8192 FilterMegabytes.";
        }
    }
}
