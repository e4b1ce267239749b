namespace OrleansBilling.Architecture.Tests;

/// <summary>How guards are asserted: nothing found in the product, and each fault found in its fixture.</summary>
internal static class Guarded
{
    /// <summary>Fails with all that a guard found.</summary>
    public static void Clean(IEnumerable<string> found)
    {
        var all = found.ToList();
        Assert.True(all.Count is 0, "The guard found:\n" + string.Join('\n', all));
    }

    /// <summary>Fails where a guard misses any of the expected faults.</summary>
    public static void Reports(IEnumerable<string> found, params string[] expected)
    {
        var all = found.ToList();
        foreach (var fault in expected)
        {
            Assert.True(all.Exists(it => it.Contains(fault, StringComparison.Ordinal)), $"The guard did not report {fault}, but only:\n{string.Join('\n', all)}");
        }
    }
}
