using NodaTime;
using OrleansBilling.Domain.Catalog;

namespace OrleansBilling.Grains.Catalog;

/// <summary>Reads the catalog. Published versions are immutable, so implementations may cache them for ever.</summary>
public interface ICatalog
{
    /// <summary>A plan version, or null. <paramref name="version"/> null is the newest, which is never cached.</summary>
    ValueTask<PlanVersion?> FindAsync(string code, int? version);

    /// <summary>What is known of a plan beside its versions, or null. Never cached.</summary>
    Task<PlanHeader?> FindHeaderAsync(string code);

    /// <summary>Meters by code, with whether they take new prices; those that do not exist are left out. Never cached.</summary>
    Task<IReadOnlyDictionary<string, MeterFacts>> ReadMetersAsync(IReadOnlyCollection<string> codes);
}

/// <summary>A plan beside its versions.</summary>
/// <param name="Code">Its code.</param>
/// <param name="Name">Of the newest version.</param>
/// <param name="LatestVersion">Number of the newest version.</param>
/// <param name="CreatedAt">When version 1 was published.</param>
/// <param name="ArchivedAt">Since when it takes no new subscriptions, or null.</param>
public sealed record PlanHeader(string Code, string Name, int LatestVersion, Instant CreatedAt, Instant? ArchivedAt);
