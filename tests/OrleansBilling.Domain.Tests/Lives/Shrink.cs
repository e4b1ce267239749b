namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>Makes a failing life small: leaves deeds out and puts numbers to nought while it still fails.</summary>
internal static class Shrink
{
    /// <summary>Plays; where it fails, the smallest life found that still does is told.</summary>
    public static void Holds(WorldScript script, Action<WorldScript> play)
    {
        if (Failure(script, play) is not { } failure)
        {
            return;
        }

        for (var smaller = true; smaller;)
        {
            smaller = false;
            foreach (var next in Smaller(script).ToList())
            {
                if (Failure(next, play) is { } still)
                {
                    (script, failure, smaller) = (next, still, true);
                    break;
                }
            }
        }

        throw new InvalidOperationException($"{script}: {failure.Message}", failure);
    }

    private static Exception? Failure(WorldScript script, Action<WorldScript> play) => Record.Exception(() => play(script));

    private static IEnumerable<WorldScript> Smaller(WorldScript script)
    {
        for (var i = 0; i < script.Deeds.Length; i++)
        {
            yield return script with { Deeds = [.. script.Deeds[..i], .. script.Deeds[(i + 1)..]] };
        }

        foreach (var next in new[] { script with { Start = 0 }, script with { Zone = 0 }, script with { Anchor = 0 }, script with { Plan = 0 }, script with { Money = 2 }, script with { Terms = 0 } })
        {
            if (next != script)
            {
                yield return next;
            }
        }

        for (var i = 0; i < script.Deeds.Length; i++)
        {
            var deed = script.Deeds[i];
            foreach (var next in new[] { deed with { Hours = 0 }, deed with { Hours = deed.Hours / 24 * 24 }, deed with { Plan = 0 }, deed with { Policy = 0 }, deed with { When = 3 }, deed with { Count = 1 }, deed with { Share = 0 } })
            {
                if (next != deed)
                {
                    yield return script with { Deeds = [.. script.Deeds[..i], next, .. script.Deeds[(i + 1)..]] };
                }
            }
        }
    }
}
