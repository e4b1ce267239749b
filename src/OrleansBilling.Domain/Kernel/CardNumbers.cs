using System.Globalization;

namespace OrleansBilling.Domain.Kernel;

/// <summary>
/// Finds card numbers in text: 13 to 19 digits, alone or in groups, that begin as a card brand's do and pass Luhn.
/// The product never takes one: free text that holds one is refused, and logs show it redacted.
/// </summary>
public static class CardNumbers
{
    private const int Shortest = 13;
    private const int Longest = 19;
    private const string Separators = " -./_\u00a0\u2009\u2010\u2011\u2012\u2013\u2014\u202f";

    /// <summary>Prefixes of the brands as inclusive ranges: American Express, Diners, JCB, Visa, Mastercard, Maestro, Discover, UnionPay, Mir, RuPay.</summary>
    private static readonly (int From, int To, int Digits)[] Brands =
    [
        (34, 34, 2), (37, 37, 2), (300, 305, 3), (3095, 3095, 4), (36, 36, 2), (38, 39, 2), (3528, 3589, 4),
        (4, 4, 1), (51, 55, 2), (2221, 2720, 4), (2200, 2204, 4),
        (5018, 5018, 4), (5020, 5020, 4), (5038, 5038, 4), (5893, 5893, 4), (6304, 6304, 4), (6759, 6763, 4),
        (508, 508, 3), (6011, 6011, 4), (62, 62, 2), (644, 649, 3), (65, 65, 2), (81, 82, 2),
    ];

    /// <summary>True where the text holds what looks like a card number.</summary>
    public static bool Contains(string text) => Find(text, 0) is not null;

    /// <summary>The text with every card number replaced by <c>[card number removed]</c>.</summary>
    public static string Redact(string text)
    {
        if (Find(text, 0) is not { } found)
        {
            return text;
        }

        var result = new System.Text.StringBuilder(text.Length);
        var done = 0;
        for (Range? next = found; next is { } range; next = Find(text, done))
        {
            result.Append(text, done, range.Start.Value - done).Append("[card number removed]");
            done = range.End.Value;
        }

        return result.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>The first card number at or after a position. It begins and ends where a group of digits does.</summary>
    private static Range? Find(string text, int from)
    {
        for (var start = from; start < text.Length; start++)
        {
            if (Digit(text[start]) is not null && (start == 0 || start == from || Digit(text[start - 1]) is null)
                && EndOfCard(text, start) is { } end)
            {
                return new Range(start, end);
            }
        }

        return null;
    }

    private static int? EndOfCard(string text, int start)
    {
        Span<int> digits = stackalloc int[Longest];
        int? found = null;
        var count = 0;
        for (var at = start; at < text.Length; at++)
        {
            if (Digit(text[at]) is not { } digit)
            {
                var two = at > start && Digit(text[at - 1]) is null;
                if (two || !Separators.Contains(text[at]))
                {
                    break;
                }

                continue;
            }

            if (count == Longest)
            {
                break;
            }

            digits[count++] = digit;
            var groupEnds = at + 1 == text.Length || Digit(text[at + 1]) is null;
            if (groupEnds && count >= Shortest && HasBrand(digits[..count]) && PassesLuhn(digits[..count]))
            {
                found = at + 1;
            }
        }

        return found;
    }

    private static bool HasBrand(ReadOnlySpan<int> digits)
    {
        var prefixes = (digits[0], (digits[0] * 10) + digits[1], (digits[0] * 100) + (digits[1] * 10) + digits[2],
            (digits[0] * 1000) + (digits[1] * 100) + (digits[2] * 10) + digits[3]);
        foreach (var (low, high, length) in Brands)
        {
            var prefix = length switch { 1 => prefixes.Item1, 2 => prefixes.Item2, 3 => prefixes.Item3, _ => prefixes.Item4 };
            if (prefix >= low && prefix <= high)
            {
                return true;
            }
        }

        return false;
    }

    private static bool PassesLuhn(ReadOnlySpan<int> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[digits.Length - 1 - i];
            var doubled = i % 2 == 1 ? digit * 2 : digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }

        return sum % 10 == 0;
    }

    /// <summary>The value of a decimal digit of any script, or null.</summary>
    private static int? Digit(char c)
    {
        if (c < 128)
        {
            return char.IsAsciiDigit(c) ? c - '0' : null;
        }

        var value = CharUnicodeInfo.GetDecimalDigitValue(c);
        return value < 0 ? null : value;
    }
}
