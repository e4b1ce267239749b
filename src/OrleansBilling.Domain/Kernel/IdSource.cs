using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace OrleansBilling.Domain.Kernel;

/// <summary>
/// Makes the ids of one turn from a seed, so that deciding the same turn again gives the same ids and a repeat of
/// a half-finished request finishes it instead of making a second document.
/// </summary>
/// <remarks>
/// An id is <c>prefix_</c> + 26 characters of Crockford base 32: 48 bits of time in milliseconds, then 80 bits
/// hashed from (seed, prefix, counter). Ids of one prefix therefore sort by time. Not thread-safe: one per turn.
/// </remarks>
public sealed class IdSource(string seed, Instant now)
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private int _count;

    /// <summary>The next id with the given prefix (without underscore), such as <c>inv</c>.</summary>
    public string Next(string prefix)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{prefix}/{_count++}"), hash);
        Span<byte> bits = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bits, now.ToUnixTimeMilliseconds() << 16);
        hash[..10].CopyTo(bits[6..]);
        return prefix + "_" + Encode(BinaryPrimitives.ReadUInt128BigEndian(bits));
    }

    private static string Encode(UInt128 value) => string.Create(26, value, static (chars, v) =>
    {
        for (var i = chars.Length - 1; i >= 0; i--)
        {
            chars[i] = Alphabet[(int)(uint)(v & 31)];
            v >>= 5;
        }
    });
}
