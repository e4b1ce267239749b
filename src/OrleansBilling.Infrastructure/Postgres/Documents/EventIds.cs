using System.Security.Cryptography;
using NodaTime;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// Ids of events, given when they are written: time, then the place within the turn, then chance, so that a list by id
/// tells the events of one turn in their order.
/// </summary>
internal static class EventIds
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static string Next(Instant at, int place)
    {
        Span<byte> chance = stackalloc byte[8];
        RandomNumberGenerator.Fill(chance);
        var high = ((ulong)at.ToUnixTimeMilliseconds() << 16) | (ushort)Math.Min(place, ushort.MaxValue);
        return "evt_" + string.Create(26, new UInt128(high, BitConverter.ToUInt64(chance)), static (chars, value) =>
        {
            for (var i = chars.Length - 1; i >= 0; i--)
            {
                chars[i] = Alphabet[(int)(uint)(value & 31)];
                value >>= 5;
            }
        });
    }
}
