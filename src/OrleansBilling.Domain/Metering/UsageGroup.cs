using System.Collections.Immutable;

namespace OrleansBilling.Domain.Metering;

/// <summary>By which properties events are kept apart, and which of them count.</summary>
public static class UsageGroup
{
    /// <summary>The group of everything.</summary>
    public const string Whole = "";

    // Values hold no control characters.
    private const char Separator = '\u001f';
    private const string Missing = "-";
    private const char Given = '=';

    /// <summary>The values of an event's group as text, in the order of the names; a property may be missing.</summary>
    public static string Of(ImmutableArray<string> names, ImmutableSortedDictionary<string, string> properties) => names.IsDefaultOrEmpty
        ? Whole
        : string.Join(Separator, names.Select(name => properties.TryGetValue(name, out var value) ? Given + value : Missing));

    /// <summary>The values of a group; null for a property that is missing.</summary>
    public static ImmutableArray<string?> Values(string group) => group == Whole
        ? []
        : [.. group.Split(Separator).Select(value => value == Missing ? null : value[1..])];

    /// <summary>The part of a group that some of its names make up.</summary>
    /// <param name="group">A group by <paramref name="names"/>.</param>
    /// <param name="names">All names of it.</param>
    /// <param name="wanted">Some of these names, in any order.</param>
    public static string Part(string group, ImmutableArray<string> names, ImmutableArray<string> wanted)
    {
        if (wanted.IsDefaultOrEmpty)
        {
            return Whole;
        }

        var values = group.Split(Separator);
        return string.Join(Separator, wanted.Select(name => values[names.IndexOf(name)]));
    }

    /// <summary>True where an event has one of the values of every filter.</summary>
    public static bool Matches(
        ImmutableSortedDictionary<string, ImmutableArray<string>> filters, ImmutableSortedDictionary<string, string> properties)
    {
        foreach (var (name, values) in filters)
        {
            if (!properties.TryGetValue(name, out var value) || !values.Contains(value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The same of a rolled-up group, whose names hold every filter.</summary>
    public static bool Matches(
        ImmutableSortedDictionary<string, ImmutableArray<string>> filters, ImmutableArray<string> names, string group)
    {
        if (filters.IsEmpty)
        {
            return true;
        }

        var values = Values(group);
        return filters.All(filter => values[names.IndexOf(filter.Key)] is { } value && filter.Value.Contains(value));
    }
}
