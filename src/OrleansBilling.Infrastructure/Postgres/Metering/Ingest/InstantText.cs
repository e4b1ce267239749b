namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>Reads RFC 3339 instants from UTF-8 into microseconds since 1970; digits after the sixth are dropped.</summary>
internal static class InstantText
{
    private const long Minute = 60_000_000;

    /// <summary>False where the text is no such instant of the years 1900 to 9998.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || (text[10] | 0x20) != 't' || text[13] != ':' || text[16] != ':'
            || !Digits(text[..4], out var year) || !Digits(text[5..7], out var month) || !Digits(text[8..10], out var day)
            || !Digits(text[11..13], out var hour) || !Digits(text[14..16], out var minute) || !Digits(text[17..19], out var second)
            || year is < 1900 or > 9998 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        var rest = text[19..];
        long fraction = 0;
        if (rest[0] == '.')
        {
            var length = rest[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            if (length is < 1 or > 18)
            {
                return false;
            }

            for (var i = 0; i < 6; i++)
            {
                fraction = (fraction * 10) + (i < length ? rest[1 + i] - '0' : 0);
            }

            rest = rest[(1 + length)..];
        }

        if (!TryOffset(rest, out var offset))
        {
            return false;
        }

        var days = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc).Ticks / TimeSpan.TicksPerDay - (DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerDay);
        microseconds = (((((days * 24) + hour) * 60) + minute - offset) * Minute) + (second * 1_000_000L) + fraction;
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length == 1)
        {
            return (text[0] | 0x20) == 'z';
        }

        if (text.Length != 6 || text[3] != ':' || text[0] is not ((byte)'+' or (byte)'-')
            || !Digits(text[1..3], out var hours) || !Digits(text[4..6], out var rest) || hours > 18 || rest > 59)
        {
            return false;
        }

        minutes = ((hours * 60) + rest) * (text[0] == '-' ? -1 : 1);
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        return true;
    }
}
