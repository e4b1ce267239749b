using System.Security.Cryptography;
using System.Text;
using NodaTime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Commands;

/// <summary>The identity of a changing request, and the ids derived from it.</summary>
internal static class IdempotencyKey
{
    /// <summary>The header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>Set on answers that an earlier request made.</summary>
    public const string ReplayedHeader = "Idempotent-Replayed";

    private const string OwnPrefix = "auto/";
    private const long LastMillisecond = 253_402_300_799_999;

    /// <summary>The key of a request. Without the header it is random, so that only this request repeats under it.</summary>
    /// <exception cref="ProblemException">400 <c>invalid_idempotency_key</c>.</exception>
    public static CommandKey Of(HttpContext context, Caller caller, ReadOnlySpan<byte> canonicalBody)
    {
        var method = context.Request.Method;
        var path = context.Request.Path.Value ?? "";
        var given = context.Request.Headers[Header];
        var key = given.Count == 0 ? OwnPrefix + Guid.CreateVersion7().ToString("N") : Checked(given.ToString());
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(method + " " + path + context.Request.QueryString.Value + "\n"));
        hash.AppendData(canonicalBody);
        return new CommandKey(
            caller.KeyId, key, Convert.ToHexStringLower(hash.GetHashAndReset()), new Actor(caller.KeyId, caller.Role, $"{method} {path}"));
    }

    /// <summary>
    /// The id of a resource that a request creates. Under a caller's key it is a hash of (scope, key) alone, so that two requests
    /// with one key meet in one grain whenever they arrive; else it is new and sorts by time.
    /// </summary>
    public static string NewId(string prefix, CommandKey key, Instant now)
    {
        var seed = key.Scope + "\n" + key.Key;
        if (key.Key.StartsWith(OwnPrefix, StringComparison.Ordinal))
        {
            return new IdSource(seed, now).Next(prefix);
        }

        var bits = BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes("time\n" + seed)));
        return new IdSource(seed, Instant.FromUnixTimeMilliseconds((long)(bits % LastMillisecond))).Next(prefix);
    }

    private static string Checked(string key)
    {
        var valid = key.Length is > 0 and <= Limits.IdempotencyKeyLength
            && !key.StartsWith(OwnPrefix, StringComparison.Ordinal)
            && !key.AsSpan().ContainsAnyExceptInRange('!', '~');
        return valid
            ? key
            : throw Problem.Invalid("invalid_idempotency_key", $"Send 1 to {Limits.IdempotencyKeyLength} printable ASCII characters without blanks.", Header).Exception();
    }
}
