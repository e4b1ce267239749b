namespace OrleansBilling.Grains.Schedule;

/// <summary>Which shard runs the due work of an account. Written into rows, so it never changes for an account.</summary>
public static class Shards
{
    /// <summary>How many there are.</summary>
    public const int Count = 64;

    /// <summary>The shard of an account: 0 to <see cref="Count"/> - 1, the same in every process and release (FNV-1a).</summary>
    public static int Of(string account)
    {
        var hash = 2166136261u;
        foreach (var letter in account)
        {
            hash = unchecked((hash ^ letter) * 16777619u);
        }

        return (int)(hash % Count);
    }

    /// <summary>The key of a shard's grain.</summary>
    public static string KeyOf(int shard) => "shard_" + shard.ToString("D2", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The shard of a grain's key.</summary>
    public static int Parse(string key) => int.Parse(key.AsSpan("shard_".Length), System.Globalization.CultureInfo.InvariantCulture);
}
