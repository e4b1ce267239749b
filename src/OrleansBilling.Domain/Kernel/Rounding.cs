namespace OrleansBilling.Domain.Kernel;

/// <summary>
/// The only place where money is rounded or split (rules.md, "Money").
/// </summary>
public static class Rounding
{
    /// <summary>
    /// A quotient is cut off at 28 digits, so that thirds and sixths which are equal differ far behind the point, and what should be a
    /// half may lie a hair below it. To this many digits quotients of amounts are exact, and no two different ones are equal.
    /// </summary>
    private const int QuotientDigits = 15;

    /// <summary>Rounds an exact amount in minor units half away from zero to a whole one.</summary>
    /// <exception cref="OverflowException">The amount does not fit 64 bits.</exception>
    public static long ToMinorUnits(decimal exact) =>
        decimal.ToInt64(decimal.Round(exact, 0, MidpointRounding.AwayFromZero));

    /// <summary>The sum of quotients in minor units, rounded half away from zero to a whole one.</summary>
    /// <param name="quotients">Each exact but for what a division cut off.</param>
    /// <exception cref="OverflowException">The sum does not fit 64 bits.</exception>
    public static long SumToMinorUnits(IReadOnlyList<decimal> quotients)
    {
        decimal sum = 0;
        foreach (var quotient in quotients)
        {
            sum += quotient;
        }

        return ToMinorUnits(SumOfQuotients(sum));
    }

    /// <summary>A sum of quotients without what the divisions cut off: not rounded, but to the digits that are exact.</summary>
    public static decimal SumOfQuotients(decimal sum) => decimal.Round(sum, QuotientDigits);

    /// <summary>The whole minor units within an exact amount that is not negative: what is less than one is left out.</summary>
    public static long WholeUnits(decimal exact) => decimal.ToInt64(decimal.Floor(exact));

    /// <summary>Rounds a whole amount half away from zero to a multiple of a step: 1993 by 5 is 1995.</summary>
    /// <param name="amount">Minor units.</param>
    /// <param name="step">Minor units, above zero.</param>
    public static long ToMultiple(long amount, long step) =>
        checked(decimal.ToInt64(decimal.Round((decimal)amount / step, 0, MidpointRounding.AwayFromZero)) * step);

    /// <summary>Rounds a quantity of a meter, which is no money, to some digits after the point.</summary>
    public static decimal Quantity(decimal exact, QuantityRounding mode, int scale) => decimal.Round(exact, scale, mode switch
    {
        QuantityRounding.Ceil => MidpointRounding.ToPositiveInfinity,
        QuantityRounding.Floor => MidpointRounding.ToNegativeInfinity,
        _ => MidpointRounding.AwayFromZero,
    });

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
            // Divided with a remainder, all of one divisor: whatever a quotient would cut off, ties are ties.
            var product = magnitude * weights[i];
            var rest = product % sum;
            var floor = (product - rest) / sum;
            parts[i] = decimal.ToInt64(floor);
            remainders[i] = (rest, i);
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

    /// <summary>
    /// Gives a whole total to parts whose exact values are known and may differ in sign: each part gets its floor, the
    /// units left over go to the largest remainders, ties to the earlier part. Parts that are exactly nought stay so.
    /// </summary>
    /// <remarks>
    /// Turning every sign turns the result and nothing else, so that crediting a whole document takes back exactly what
    /// it charged.
    /// </remarks>
    /// <param name="total">Minor units: the rounded sum of the exact parts, or close to it.</param>
    /// <param name="exact">What each part would get without rounding.</param>
    public static long[] Spread(long total, IReadOnlyList<decimal> exact)
    {
        var parts = new long[exact.Count];
        var takers = new List<(decimal Remainder, int Index)>(exact.Count);
        var turn = IsTurned(exact) ? -1 : 1;
        var left = checked(total * turn);
        for (var i = 0; i < parts.Length; i++)
        {
            var value = decimal.Round(exact[i], QuotientDigits) * turn;
            var floor = decimal.Floor(value);
            parts[i] = decimal.ToInt64(floor);
            left = checked(left - parts[i]);
            if (value != 0)
            {
                takers.Add((value - floor, i));
            }
        }

        if (left != 0 && takers.Count == 0)
        {
            throw new ArgumentException("An amount cannot be spread over parts that are all nought.", nameof(exact));
        }

        if (left != 0)
        {
            GiveLeft(parts, takers, left);
        }

        for (var i = 0; turn < 0 && i < parts.Length; i++)
        {
            parts[i] = -parts[i];
        }

        return parts;
    }

    /// <summary>
    /// Gives a quantity that was rounded to the parts of which it is the sum: each part gets what it is, rounded down to the same digits, and
    /// the units left over go to the largest remainders, ties to the earlier part.
    /// </summary>
    /// <param name="total">The rounded sum of the exact parts.</param>
    /// <param name="exact">The parts.</param>
    /// <param name="scale">Digits after the point of the total.</param>
    public static decimal[] SpreadQuantity(decimal total, IReadOnlyList<decimal> exact, int scale)
    {
        var unit = new decimal(1, 0, 0, isNegative: false, (byte)scale);
        decimal[] parts = [.. exact.Select(value => Quantity(value, QuantityRounding.Floor, scale))];
        var left = total - parts.Sum();
        foreach (var i in Enumerable.Range(0, parts.Length).OrderByDescending(i => exact[i] - parts[i]))
        {
            if (left < unit)
            {
                break;
            }

            parts[i] += unit;
            left -= unit;
        }

        return parts;
    }

    private static bool IsTurned(IReadOnlyList<decimal> exact)
    {
        decimal sum = 0;
        decimal first = 0;
        for (var i = 0; i < exact.Count; i++)
        {
            sum += exact[i];
            first = first == 0 ? exact[i] : first;
        }

        return sum < 0 || (sum == 0 && first < 0);
    }

    private static void GiveLeft(long[] parts, List<(decimal Remainder, int Index)> takers, long left)
    {
        takers.Sort(static (a, b) => a.Remainder == b.Remainder ? a.Index.CompareTo(b.Index) : b.Remainder.CompareTo(a.Remainder));
        var step = Math.Sign(left);
        for (var i = 0; left != 0; i = (i + 1) % takers.Count)
        {
            parts[takers[step > 0 ? i : takers.Count - 1 - i].Index] += step;
            left -= step;
        }
    }
}
