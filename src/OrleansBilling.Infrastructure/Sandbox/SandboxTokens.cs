using System.Collections.Frozen;
using System.Globalization;
using NodaTime;

namespace OrleansBilling.Infrastructure.Sandbox;

/// <summary>What a charge with a token comes to, before anything else interferes.</summary>
/// <param name="Status"><c>succeeded</c>, <c>declined</c> or <c>processing</c>.</param>
internal sealed record SandboxVerdict(string Status)
{
    public string? DeclineCode { get; init; }

    public string? Advice { get; init; }

    public Instant? SettlesAt { get; init; }

    /// <summary>It went through, and the caller is not told.</summary>
    public bool AnswerLost { get; init; }

    public static SandboxVerdict Succeeded { get; } = new("succeeded");

    public static SandboxVerdict Declined(string code, string? advice = null) => new("declined") { DeclineCode = code, Advice = advice };
}

/// <summary>The tokens of the sandbox and their meaning (docs/api.md, "Accounts").</summary>
internal static class SandboxTokens
{
    /// <summary>Declines so many times, then succeeds.</summary>
    public const string DeclinePrefix = "tok_decline_then_succeed_";

    private const int MostDeclines = 100;
    private const int SepaDays = 3;
    private const int AchDays = 4;

    private static readonly FrozenDictionary<string, SandboxVerdict> Fixed = new Dictionary<string, SandboxVerdict>(StringComparer.Ordinal)
    {
        ["tok_visa"] = SandboxVerdict.Succeeded,
        ["tok_mastercard"] = SandboxVerdict.Succeeded,
        ["tok_amex"] = SandboxVerdict.Succeeded,
        ["tok_dispute"] = SandboxVerdict.Succeeded,
        ["tok_timeout"] = SandboxVerdict.Succeeded with { AnswerLost = true },
        ["tok_insufficient_funds"] = SandboxVerdict.Declined("insufficient_funds", "try_again_later"),
        ["tok_card_declined"] = SandboxVerdict.Declined("card_declined", "try_again_later"),
        ["tok_expired_card"] = SandboxVerdict.Declined("expired_card", "confirm_card_data"),
        ["tok_lost_card"] = SandboxVerdict.Declined("lost_card", "do_not_try_again"),
        ["tok_issuer_unavailable"] = SandboxVerdict.Declined("issuer_not_available", "try_again_later"),
        ["tok_authentication_required"] = SandboxVerdict.Declined("authentication_required"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Why a token cannot be stored, or null.</summary>
    public static string? Refuse(string token) =>
        Fixed.ContainsKey(token) || token is "tok_sepa" or "tok_ach" || Declines(token) is not null
            ? null
            : "The sandbox does not know this token. Use tok_visa, or one of the others in the documentation.";

    /// <summary>True where the verdict depends on how often the token was declined before.</summary>
    public static bool Counts(string token) => Declines(token) is not null;

    /// <summary>What a charge comes to.</summary>
    /// <param name="token">A known token.</param>
    /// <param name="declinedBefore">How often this account's charges with it were declined before.</param>
    /// <param name="now">The account's clock.</param>
    public static SandboxVerdict Decide(string token, int declinedBefore, Instant now)
    {
        if (Fixed.TryGetValue(token, out var verdict))
        {
            return verdict;
        }

        if (token is "tok_sepa" or "tok_ach")
        {
            return new SandboxVerdict("processing") { SettlesAt = BusinessDays.Later(now, token is "tok_sepa" ? SepaDays : AchDays) };
        }

        return Declines(token) is { } declines && declinedBefore >= declines
            ? SandboxVerdict.Succeeded
            : SandboxVerdict.Declined(Declines(token) is null ? "invalid_account" : "card_declined", Declines(token) is null ? null : "try_again_later");
    }

    private static int? Declines(string token) =>
        token.StartsWith(DeclinePrefix, StringComparison.Ordinal)
            && int.TryParse(token.AsSpan(DeclinePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count <= MostDeclines
            ? count
            : null;
}
