using System.Buffers.Binary;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>
/// Turns the text of a decimal into PostgreSQL's binary numeric, without a number in between. Equal values give equal bytes,
/// however they were written: zeros that say nothing are dropped.
/// </summary>
internal static class NumericText
{
    /// <summary>Bytes of the longest numeric that is read.</summary>
    public const int MaxBytes = 8 + (2 * 8);

    private const int MaxWhole = 13;
    private const int MaxDecimals = 12;

    /// <summary>Writes the numeric, and answers its length; 0 where the text is no decimal within the limits.</summary>
    /// <param name="text">Digits with at most one point and a sign before; no exponent, no blanks.</param>
    /// <param name="target">At least <see cref="MaxBytes"/>.</param>
    public static int Encode(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var negative = text.Length > 0 && text[0] == '-';
        var digits = negative ? text[1..] : text;
        var point = digits.IndexOf((byte)'.');
        var whole = point < 0 ? digits : digits[..point];
        var rest = point < 0 ? default : digits[(point + 1)..];
        if (whole.IsEmpty || (point >= 0 && rest.IsEmpty) || whole.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || rest.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return 0;
        }

        whole = whole.TrimStart((byte)'0');
        rest = rest.TrimEnd((byte)'0');
        if (whole.Length > MaxWhole || rest.Length > MaxDecimals || IsAboveLimit(whole, rest))
        {
            return 0;
        }

        return Write(whole, rest, negative, target);
    }

    private static bool IsAboveLimit(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> rest) =>
        whole.Length == MaxWhole && (whole[0] != '1' || whole[1..].ContainsAnyExcept((byte)'0') || rest.Length > 0);

    private static int Write(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> rest, bool negative, Span<byte> target)
    {
        // Digits to the base of 10,000: of the whole part aligned at the point from the right, of the rest from the left.
        Span<short> groups = stackalloc short[8];
        var count = 0;
        var before = (whole.Length + 3) / 4;
        for (int end = whole.Length - ((before - 1) * 4), start = 0; start < whole.Length; start = end, end += 4)
        {
            groups[count++] = Group(whole[start..end], pad: 0);
        }

        for (var start = 0; start < rest.Length; start += 4)
        {
            var part = rest[start..Math.Min(rest.Length, start + 4)];
            groups[count++] = Group(part, pad: 4 - part.Length);
        }

        var (first, last) = (0, count);
        while (first < last && groups[first] == 0)
        {
            first++;
        }

        while (last > first && groups[last - 1] == 0)
        {
            last--;
        }

        var written = last - first;
        BinaryPrimitives.WriteInt16BigEndian(target, (short)written);
        BinaryPrimitives.WriteInt16BigEndian(target[2..], (short)(written == 0 ? 0 : before - 1 - first));
        BinaryPrimitives.WriteInt16BigEndian(target[4..], (short)(negative && written > 0 ? 0x4000 : 0));
        BinaryPrimitives.WriteInt16BigEndian(target[6..], (short)rest.Length);
        for (var i = 0; i < written; i++)
        {
            BinaryPrimitives.WriteInt16BigEndian(target[(8 + (i * 2))..], groups[first + i]);
        }

        return 8 + (written * 2);
    }

    private static short Group(ReadOnlySpan<byte> digits, int pad)
    {
        var value = 0;
        foreach (var digit in digits)
        {
            value = (value * 10) + (digit - '0');
        }

        for (; pad > 0; pad--)
        {
            value *= 10;
        }

        return (short)value;
    }
}
