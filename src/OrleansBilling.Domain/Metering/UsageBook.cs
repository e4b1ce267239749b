namespace OrleansBilling.Domain.Metering;

/// <summary>
/// The usage that was read for a decision. What a decision asks for and was not read counts as nothing and is noted: whoever
/// decides reads it and decides again, until nothing is missing. So each step asks for what it bills where it bills it.
/// </summary>
/// <param name="find">What is known; null where a need is not.</param>
public sealed class UsageBook(Func<UsageNeed, MeteredUsage?> find)
{
    private readonly Dictionary<string, MeteredUsage> _read = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UsageNeed> _missing = new(StringComparer.Ordinal);

    /// <summary>Nothing was read.</summary>
    public static UsageBook Unread() => new(static _ => null);

    /// <summary>What was asked for and was not read.</summary>
    public IReadOnlyCollection<UsageNeed> Missing => _missing.Values;

    /// <summary>Keeps what was read for a need.</summary>
    public void Learn(UsageNeed need, MeteredUsage used)
    {
        _read[need.Key] = used;
        _missing.Remove(need.Key);
    }

    /// <summary>The usage that answers a need.</summary>
    public MeteredUsage Of(UsageNeed need)
    {
        var key = need.Key;
        if ((_read.TryGetValue(key, out var read) ? read : find(need)) is { } used)
        {
            return used;
        }

        _missing[key] = need;
        return MeteredUsage.None;
    }
}
