namespace OrleansBilling.Domain.Kernel;

/// <summary>
/// The only place where money is rounded or split (rules.md, "Money").
/// </summary>
public static class Rounding
{
    /// <summary>Rounds an exact amount in minor units half away from zero to a whole one.</summary>
    /// <exception cref="OverflowException">The amount does not fit 64 bits.</exception>
    public static long ToMinorUnits(decimal exact) =>
        decimal.ToInt64(decimal.Round(exact, 0, MidpointRounding.AwayFromZero));

    /// <summary>
    /// Splits a whole amount over weights so that the parts always sum to it: each part gets its floor, the units
    /// left over go to the largest remainders, ties to the earlier part.
    /// </summary>
    /// <param name="total">Minor units; negative totals split as their positive mirror image.</param>
    /// <param name="weights">Not negative. Where all are zero the first part takes everything.</param>
    public static long[] Split(long total, IReadOnlyList<decimal> weights)
    {
        var parts = new long[weights.Count];
        if (weights.Count == 0)
        {
            return total == 0 ? parts : throw new ArgumentException("An amount cannot be split over no parts.", nameof(weights));
        }

        decimal sum = 0;
        foreach (var weight in weights)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(weight);
            sum += weight;
        }

        if (sum == 0)
        {
            parts[0] = total;
            return parts;
        }

        var magnitude = Math.Abs((decimal)total);
        var remainders = new (decimal Remainder, int Index)[weights.Count];
        decimal given = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            var exact = magnitude * weights[i] / sum;
            var floor = decimal.Floor(exact);
            parts[i] = decimal.ToInt64(floor);
            remainders[i] = (exact - floor, i);
            given += floor;
        }

        var left = decimal.ToInt64(magnitude - given);
        foreach (var (_, index) in remainders.OrderByDescending(r => r.Remainder).ThenBy(r => r.Index).Take((int)left))
        {
            parts[index]++;
        }

        if (total < 0)
        {
            for (var i = 0; i < parts.Length; i++)
            {
                parts[i] = -parts[i];
            }
        }

        return parts;
    }
}
