using NodaTime;

namespace OrleansBilling.Grains.Catalog;

/// <summary>A plan as its grain keeps it; the versions are rows.</summary>
public sealed record PlanState(string Code, string Name, int LatestVersion, Instant CreatedAt)
{
    /// <summary>Since when it takes no new subscriptions, or null.</summary>
    public Instant? ArchivedAt { get; init; }
}
