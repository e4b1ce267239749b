using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Schedule;

/// <summary>Finds the grain of a row of due work.</summary>
public interface IDueTargets
{
    /// <summary>The grain that a row is for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No grain of this release has such rows.</exception>
    IDueGrain Of(DueKey key);
}

/// <summary>The product's own targets: <see cref="DueTargets"/>.</summary>
public sealed class ProductDueTargets(IGrainFactory grains) : IDueTargets
{
    /// <inheritdoc/>
    public IDueGrain Of(DueKey key) => DueTargets.Of(grains, key);
}
