using System.Security.Cryptography;
using System.Text;

namespace OrleansBilling.Server.Http.Auth;

/// <summary>The secret of an API key: <c>obk_</c>, 160 random bits, and a check sum that finds typing errors without the database.</summary>
internal static class ApiKeySecret
{
    /// <summary>How secrets begin; secret scanners look for it.</summary>
    public const string Prefix = "obk_";

    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int RandomLength = 32;
    private const int CheckLength = 6;

    /// <summary>A new secret.</summary>
    public static string New()
    {
        var random = RandomNumberGenerator.GetString(Alphabet, RandomLength);
        return Prefix + random + CheckOf(random);
    }

    /// <summary>
    /// False for a secret of our form whose check sum is wrong. Secrets of another form (one may be set as the bootstrap
    /// key) are possible.
    /// </summary>
    public static bool IsPossible(string secret) =>
        !secret.StartsWith(Prefix, StringComparison.Ordinal)
        || secret.Length != Prefix.Length + RandomLength + CheckLength
        || secret.EndsWith(CheckOf(secret.Substring(Prefix.Length, RandomLength)), StringComparison.Ordinal);

    /// <summary>What is stored: the secret has 160 bits of its own, so that a plain hash cannot be guessed back.</summary>
    public static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>What is shown of a stored key.</summary>
    public static string Last4(string secret) => secret.Length <= 8 ? "****" : secret[^4..];

    private static string CheckOf(string random)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(random));
        return string.Create(CheckLength, hash, static (chars, bytes) =>
        {
            for (var i = 0; i < chars.Length; i++)
            {
                chars[i] = Alphabet[bytes[i] & 31];
            }
        });
    }
}
