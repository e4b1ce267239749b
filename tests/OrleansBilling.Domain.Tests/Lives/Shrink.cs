namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>Makes a failing life small: leaves acts out and puts numbers to nought while it still fails.</summary>
internal static class Shrink
{
    /// <summary>Plays; where it fails, the smallest life found that still does is told.</summary>
    public static void Holds<T>(T script, Func<T, IEnumerable<T>> smaller, Func<T, string> told, Action<T> play)
    {
        if (Record.Exception(() => play(script)) is not { } failure)
        {
            return;
        }

        for (var found = true; found;)
        {
            found = false;
            foreach (var next in smaller(script).ToList())
            {
                if (Record.Exception(() => play(next)) is { } still)
                {
                    (script, failure, found) = (next, still, true);
                    break;
                }
            }
        }

        throw new InvalidOperationException($"{told(script)}: {failure.Message}", failure);
    }

    /// <summary>The list with one element less, and with one element made smaller.</summary>
    public static IEnumerable<T[]> List<T>(T[] list, Func<T, IEnumerable<T>> smaller)
    {
        for (var i = 0; i < list.Length; i++)
        {
            yield return [.. list[..i], .. list[(i + 1)..]];
        }

        for (var i = 0; i < list.Length; i++)
        {
            foreach (var next in smaller(list[i]).Where(next => !Equals(next, list[i])))
            {
                yield return [.. list[..i], next, .. list[(i + 1)..]];
            }
        }
    }

    public static IEnumerable<Act> Of(Act act) =>
        [act with { Hours = 0 }, act with { Hours = act.Hours / 24 * 24 }, act with { Plan = 0 }, act with { Policy = 0 }, act with { When = 1 }, act with { Quantity = 1 }];

    public static IEnumerable<Deed> Of(Deed deed) =>
    [
        deed with { Hours = 0 }, deed with { Hours = deed.Hours / 24 * 24 }, deed with { Plan = 0 }, deed with { Policy = 0 }, deed with { When = 3 },
        deed with { Count = 1 }, deed with { Share = 0 },
    ];

    public static IEnumerable<WorldScript> Of(WorldScript script) =>
        List(script.Deeds, Of).Select(deeds => script with { Deeds = deeds })
            .Concat(new[]
            {
                script with { Start = 0 }, script with { Zone = 0 }, script with { Anchor = 0 }, script with { Plan = 0 }, script with { Money = 2 }, script with { Terms = 0 },
            }.Where(next => next != script));
}
