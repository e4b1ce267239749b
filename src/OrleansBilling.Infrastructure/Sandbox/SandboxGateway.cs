using NodaTime;
using OrleansBilling.Grains.Payments;

namespace OrleansBilling.Infrastructure.Sandbox;

/// <summary>
/// A gateway for development and tests that behaves like a remote one: it keeps its own books in its own transactions, honours
/// idempotency keys, declines, delays, loses answers, and settles debits days later on the account's clock.
/// </summary>
public sealed class SandboxGateway(SandboxStore store, SandboxBooks books, TimeProvider time) : IPaymentGateway
{
    private static readonly Duration AskAgain = Duration.FromMinutes(1);

    /// <inheritdoc/>
    public string Name => "sandbox";

    /// <inheritdoc/>
    /// <exception cref="SandboxException">Another request used the key (<c>idempotency_error</c>), or a control says that the
    /// gateway is away (<c>gateway_unavailable</c>).</exception>
    public async Task<GatewayOutcome> ChargeAsync(ChargeRequest request, CancellationToken cancellation)
    {
        var answer = await store.ChargeAsync(request);
        if (answer.DelayMs > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(answer.DelayMs), time, cancellation);
        }

        if (answer.Charge is not { } charge)
        {
            throw new SandboxException("gateway_unavailable", "The sandbox was told to be away for this call.");
        }

        if (charge.Token != request.Token || charge.Amount != request.Amount || charge.Currency != request.Currency || charge.Invoice != request.Invoice)
        {
            throw new SandboxException("idempotency_error", "This idempotency key was used with other parameters.");
        }

        return charge is { AnswerLost: true, Calls: 1 }
            ? new GatewayOutcome.Unknown("The connection ended before an answer came.", request.Now + AskAgain)
            : Told(charge);
    }

    /// <inheritdoc/>
    public async Task<GatewayOutcome?> FindChargeAsync(string idempotencyKey, Instant now, CancellationToken cancellation) =>
        await books.FindAsync(idempotencyKey, now, cancellation) is { } charge ? Told(charge) : null;

    /// <inheritdoc/>
    public Task<GatewayOutcome> RefundAsync(RefundRequest request, CancellationToken cancellation) => books.RefundAsync(request, cancellation);

    /// <inheritdoc/>
    public Task<string?> ValidateTokenAsync(string token, CancellationToken cancellation) => Task.FromResult(SandboxTokens.Refuse(token));

    private static GatewayOutcome Told(SandboxCharge charge) => charge.Status switch
    {
        "succeeded" => new GatewayOutcome.Succeeded(charge.Reference),
        "declined" => new GatewayOutcome.Declined(charge.DeclineCode!, charge.Advice, charge.Reference),
        _ => new GatewayOutcome.Processing(charge.Reference, charge.SettlesAt!.Value),
    };
}
