using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>The hashes by which events are known.</summary>
internal static class EventHash
{
    private const byte Separator = 0x1f;

    /// <summary>The key of an event: 48 bits of its id, then 80 bits of account and id.</summary>
    public static UInt128 KeyOf(ReadOnlySpan<byte> account, ReadOnlySpan<byte> id)
    {
        Span<byte> both = stackalloc byte[account.Length + 1 + id.Length];
        account.CopyTo(both);
        both[account.Length] = Separator;
        id.CopyTo(both[(account.Length + 1)..]);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(both, hash);
        var low = BinaryPrimitives.ReadUInt128BigEndian(hash) & ((UInt128.One << 80) - 1);
        return ((UInt128)PrefixOf(id) << 80) | low;
    }

    /// <summary>A hash of bytes, to tell one content from another.</summary>
    public static long Of(ReadOnlySpan<byte> bytes) => unchecked((long)Mix(bytes));

    /// <summary>The 48 bits with which all keys of an id begin, whatever the account.</summary>
    public static ulong PrefixOf(ReadOnlySpan<byte> id) => Mix(id) >> 16;

    // FNV-1a over words with a last mixing: to tell one content from another, not to withstand an attack.
    private static ulong Mix(ReadOnlySpan<byte> bytes)
    {
        unchecked
        {
            var hash = 14_695_981_039_346_656_037UL ^ (ulong)bytes.Length;
            for (; bytes.Length >= 8; bytes = bytes[8..])
            {
                hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * 0x9E37_79B9_7F4A_7C15UL;
                hash ^= hash >> 29;
            }

            foreach (var one in bytes)
            {
                hash = (hash ^ one) * 1_099_511_628_211UL;
            }

            hash ^= hash >> 33;
            hash *= 0xFF51_AFD7_ED55_8CCDUL;
            hash ^= hash >> 33;
            hash *= 0xC4CE_B9FE_1A85_EC53UL;
            return hash ^ (hash >> 33);
        }
    }
}
