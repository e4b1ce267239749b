using NodaTime;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Schedule;

/// <summary>A test clock.</summary>
/// <param name="Name">What it is for, or null.</param>
/// <param name="Now">Its time.</param>
/// <param name="Target">Where it advances to; null while it stands.</param>
/// <param name="Ran">Rows of due work run by the last advance.</param>
/// <param name="CreatedAt">Where it started.</param>
/// <param name="Deleted">True once it was removed.</param>
public sealed record TestClockState(string? Name, Instant Now, Instant? Target, long Ran, Instant CreatedAt, bool Deleted);

/// <summary>How a test clock is shown over HTTP.</summary>
internal sealed record TestClockView(string Id, string Object, string? Name, Instant Now, string Status, long Ran, Instant CreatedAt)
{
    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;

    public static TestClockView Of(string id, TestClockState state) =>
        new(id, "test_clock", state.Name, state.Now, state.Target is null ? "ready" : "advancing", state.Ran, state.CreatedAt);
}
