namespace OrleansBilling.Architecture.Tests.Contracts;

/// <summary>Compares two texts line by line, for people.</summary>
internal static class Pinned
{
    /// <summary>The lines that only one of the texts has, in order: <c>-</c> as pinned, <c>+</c> as it is now. Empty where they are equal.</summary>
    public static string Difference(string pinned, string now)
    {
        var before = pinned.ReplaceLineEndings("\n").Split('\n');
        var after = now.ReplaceLineEndings("\n").Split('\n');
        var common = new int[before.Length + 1, after.Length + 1];
        for (var i = before.Length - 1; i >= 0; i--)
        {
            for (var j = after.Length - 1; j >= 0; j--)
            {
                common[i, j] = before[i] == after[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var lines = new List<string>();
        for (int i = 0, j = 0; i < before.Length || j < after.Length;)
        {
            if (i < before.Length && j < after.Length && before[i] == after[j])
            {
                (i, j) = (i + 1, j + 1);
            }
            else if (j == after.Length || (i < before.Length && common[i + 1, j] >= common[i, j + 1]))
            {
                lines.Add("- " + before[i++]);
            }
            else
            {
                lines.Add("+ " + after[j++]);
            }
        }

        return string.Join('\n', lines);
    }
}
