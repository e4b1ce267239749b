namespace OrleansBilling.Domain.Metering;

/// <summary>
/// The usage that was read for a decision. What a decision asks for and was not read counts as nothing and is noted: whoever
/// decides reads it and decides again, until nothing is missing. So each step asks for what it bills where it bills it.
/// </summary>
/// <param name="find">What was read; null where a need was not.</param>
public sealed class UsageBook(Func<UsageNeed, MeteredUsage?> find)
{
    private readonly Dictionary<string, UsageNeed> _missing = new(StringComparer.Ordinal);

    /// <summary>Nothing was read.</summary>
    public static UsageBook Unread() => new(static _ => null);

    /// <summary>What was asked for and was not read.</summary>
    public IReadOnlyCollection<UsageNeed> Missing => _missing.Values;

    /// <summary>The usage that answers a need.</summary>
    public MeteredUsage Of(UsageNeed need)
    {
        if (find(need) is { } used)
        {
            return used;
        }

        _missing[need.Key] = need;
        return MeteredUsage.None;
    }
}
