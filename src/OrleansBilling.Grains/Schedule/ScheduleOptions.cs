namespace OrleansBilling.Grains.Schedule;

/// <summary>How due work is paced (section <c>Billing:Schedule</c>).</summary>
public sealed class ScheduleOptions
{
    /// <summary>Rows that all shards of a silo run at one time; default 1,024. The pace of renewals, and what is left for requests.</summary>
    public int MaxInFlight { get; set; } = 1024;

    /// <summary>Rows that a shard takes at one time; default 256.</summary>
    public int BatchSize { get; set; } = 256;

    /// <summary>Accounts that a shard, or a test clock, runs side by side; default 128.</summary>
    public int AccountsAtOnce { get; set; } = 128;

    /// <summary>Tries after which a row of the live clock is left to a person; default 8.</summary>
    public int MaxTries { get; set; } = 8;

    /// <summary>The wait after the first failure; it doubles with each further one up to an hour. Default 5 seconds.</summary>
    public TimeSpan FirstWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Tries on a test clock, one after the other, after which a row is left to a person; default 3.</summary>
    public int MaxTriesOnTestClock { get; set; } = 3;
}
