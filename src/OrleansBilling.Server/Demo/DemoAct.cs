using System.Collections.Immutable;

namespace OrleansBilling.Server.Demo;

/// <summary>A step of the scene: the clock moves to an instant, then someone may do something.</summary>
/// <param name="To">Where the clock moves.</param>
/// <param name="Customer">The key of who acts; null where time passes only.</param>
/// <param name="Deed">What is done.</param>
/// <param name="Saying">Said before it is done.</param>
internal sealed record DemoAct(DateTimeOffset To, string? Customer = null, DemoDeed Deed = DemoDeed.None, string Saying = "")
{
    /// <summary>
    /// The acts in order. Month ends are passed at 18:00 UTC, when the boundary of every customer's zone has passed; the
    /// last one lies ten days into the seventh month, so that retries and bank debits of its invoices have ended.
    /// </summary>
    public static ImmutableArray<DemoAct> All { get; } =
    [
        new(At(2, 1, 18)),
        new(At(2, 10, 12)),
        new(At(2, 14, 18)),
        new(At(2, 28, 18)),
        new(At(3, 20, 12), "indigo", DemoDeed.CancelAtPeriodEnd, "Indigo Studio asks to leave at the end of its month."),
        new(At(3, 27, 12), "indigo", DemoDeed.Uncancel, "Indigo Studio changes its mind."),
        new(At(3, 31, 18)),
        new(At(4, 30, 18)),
        new(At(5, 15, 12), "harbour", DemoDeed.CancelNow, "Harbour Foods leaves enterprise in the middle of its year; the unused days are credited."),
        new(At(5, 16, 12), "harbour", DemoDeed.SubscribeToStarter, "Harbour Foods takes starter, paid from that credit."),
        new(At(5, 31, 18)),
        new(At(6, 30, 18)),
        new(At(7, 31, 18)),
        new(At(8, 10, 12)),
    ];

    private static DateTimeOffset At(int month, int day, int hour) => new(2026, month, day, hour, 0, 0, TimeSpan.Zero);
}

/// <summary>What a customer does in an act.</summary>
internal enum DemoDeed
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Ends the subscription at the end of its period.</summary>
    CancelAtPeriodEnd,

    /// <summary>Takes that back.</summary>
    Uncancel,

    /// <summary>Ends the subscription at once.</summary>
    CancelNow,

    /// <summary>Subscribes to starter without a trial.</summary>
    SubscribeToStarter,
}
