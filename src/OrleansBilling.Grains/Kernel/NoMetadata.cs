using System.Collections.Immutable;

namespace OrleansBilling.Grains.Kernel;

/// <summary>The <c>metadata</c> of resources that keep none: every resource shows the member.</summary>
public static class NoMetadata
{
    /// <summary>No pairs.</summary>
    public static IReadOnlyDictionary<string, string> Value { get; } = ImmutableSortedDictionary<string, string>.Empty;
}
