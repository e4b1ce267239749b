using NodaTime;

namespace OrleansBilling.Grains.Payments;

/// <summary>
/// A payment gateway. Every call carries a key derived from a committed row, so that a repeat is harmless.
/// </summary>
public interface IPaymentGateway
{
    /// <summary><c>sandbox</c>, <c>stripe</c> or <c>square</c>.</summary>
    string Name { get; }

    /// <summary>Takes money. A failure of transport is <see cref="GatewayOutcome.Unknown"/>, never a decline.</summary>
    Task<GatewayOutcome> ChargeAsync(ChargeRequest request, CancellationToken cancellation);

    /// <summary>What became of a charge; null where the gateway is certain that it never saw the key.</summary>
    Task<GatewayOutcome?> FindChargeAsync(string idempotencyKey, Instant now, CancellationToken cancellation);

    /// <summary>Sends money back.</summary>
    Task<GatewayOutcome> RefundAsync(RefundRequest request, CancellationToken cancellation);

    /// <summary>Checks a token before it is stored as a payment method; null where it is good, else the reason.</summary>
    Task<string?> ValidateTokenAsync(string token, CancellationToken cancellation);
}

/// <summary>A charge.</summary>
/// <param name="IdempotencyKey">The attempt's id.</param>
/// <param name="Token">The stored method at the gateway.</param>
/// <param name="Amount">Minor units, above zero.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="Account">Our account, as metadata.</param>
/// <param name="Invoice">Our invoice, as metadata.</param>
/// <param name="Now">The account's clock; only gateways that live on test clocks use it.</param>
public sealed record ChargeRequest(string IdempotencyKey, string Token, long Amount, string Currency, string Account, string Invoice, Instant Now);

/// <summary>A refund.</summary>
public sealed record RefundRequest(string IdempotencyKey, string ChargeReference, long Amount, string Currency, Instant Now);

/// <summary>What a gateway said. A closed set.</summary>
public abstract record GatewayOutcome
{
    /// <summary>The money moved.</summary>
    public sealed record Succeeded(string Reference) : GatewayOutcome;

    /// <summary>Definitely not taken.</summary>
    public sealed record Declined(string Code, string? Advice, string? Reference) : GatewayOutcome;

    /// <summary>Accepted; ask again at the given instant.</summary>
    public sealed record Processing(string Reference, Instant AskAgainAt) : GatewayOutcome;

    /// <summary>Not known (time-out, connection lost): ask again at the given instant; never taken for a failure.</summary>
    public sealed record Unknown(string Reason, Instant AskAgainAt) : GatewayOutcome;
}
