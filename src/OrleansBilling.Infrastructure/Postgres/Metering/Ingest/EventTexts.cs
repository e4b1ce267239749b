using System.Collections.Concurrent;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>Lends the buffers in which events are read.</summary>
internal static class EventTexts
{
    private const int Kept = 64;
    private static readonly ConcurrentBag<EventText> Free = [];

    /// <summary>A buffer that nobody else uses.</summary>
    public static EventText Rent() => Free.TryTake(out var text) ? text : new EventText();

    /// <summary>Gives it back.</summary>
    public static void Return(EventText text)
    {
        if (Free.Count < Kept)
        {
            Free.Add(text);
        }
    }
}
