using OrleansBilling.Domain.Catalog;

namespace OrleansBilling.Grains.Catalog;

/// <summary>Reads published plan versions. They are immutable, so implementations may cache them for ever.</summary>
public interface ICatalog
{
    /// <summary>A plan version, or null. <paramref name="version"/> null is the newest, which is never cached.</summary>
    ValueTask<PlanVersion?> FindAsync(string code, int? version);
}
