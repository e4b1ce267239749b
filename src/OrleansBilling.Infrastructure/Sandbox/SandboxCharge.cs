using NodaTime;

namespace OrleansBilling.Infrastructure.Sandbox;

/// <summary>A charge as the sandbox keeps it.</summary>
/// <param name="Key">The idempotency key: one key is one charge.</param>
/// <param name="Token">The stored method.</param>
/// <param name="Amount">Minor units.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="Account">The caller's account.</param>
/// <param name="Invoice">The caller's invoice.</param>
/// <param name="Status"><c>succeeded</c>, <c>declined</c> or <c>processing</c>.</param>
/// <param name="Calls">How often it was asked for.</param>
/// <param name="Refunded">Minor units sent back.</param>
/// <param name="CreatedAt">On the account's clock.</param>
public sealed record SandboxCharge(
    string Key,
    string Token,
    long Amount,
    string Currency,
    string Account,
    string Invoice,
    string Status,
    int Calls,
    long Refunded,
    Instant CreatedAt)
{
    /// <summary>Why it was declined.</summary>
    public string? DeclineCode { get; init; }

    /// <summary>What the caller is advised.</summary>
    public string? Advice { get; init; }

    /// <summary>When a debit settles.</summary>
    public Instant? SettlesAt { get; init; }

    /// <summary>The first caller was not told that it went through.</summary>
    public bool AnswerLost { get; init; }

    /// <summary>The sandbox's own name of it.</summary>
    public string Reference => "sbx_" + Key;
}

/// <summary>What the next calls suffer.</summary>
/// <param name="FailNext">So many calls fail.</param>
/// <param name="FailWith"><c>decline</c>, <c>unavailable</c> (nothing is taken, and the caller is not told) or <c>lost_answer</c> (taken, and the caller is not told).</param>
/// <param name="FailCode">The decline code of <c>decline</c>.</param>
/// <param name="DelayMs">Every call takes so much longer.</param>
public sealed record SandboxControl(int FailNext, string FailWith, string FailCode, int DelayMs);

/// <summary>The sandbox refused a call as a program's error, such as another request under a used key.</summary>
public sealed class SandboxException(string code, string message) : Exception(message)
{
    /// <summary>The error's code: <c>idempotency_error</c>, <c>gateway_unavailable</c>.</summary>
    public string Code { get; } = code;
}
