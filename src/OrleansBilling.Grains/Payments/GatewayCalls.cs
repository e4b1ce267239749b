using Microsoft.Extensions.Logging;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Grains.Payments;

/// <summary>
/// Calls a gateway for an attempt or a refund, under the key of its committed row and within a limit of time. Whatever goes
/// wrong on the way is an unknown outcome, never a decline.
/// </summary>
public sealed partial class GatewayCalls(PaymentGateways gateways, ILogger<GatewayCalls> logger)
{
    /// <summary>How long an answer is waited for. Shorter than a grain call may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Sends an attempt that is committed as sent.</summary>
    public Task<AttemptOutcome> ChargeAsync(PaymentAttempt attempt, Instant now) =>
        AskAsync(attempt.Gateway, attempt.Id, (gateway, cancellation) => gateway.ChargeAsync(
            new ChargeRequest(attempt.Id, attempt.Token, attempt.Amount, attempt.Currency, attempt.Account, attempt.Invoice, now),
            cancellation));

    /// <summary>
    /// Asks what became of an attempt. Where the gateway is certain that it never saw it, it is sent again under the same key.
    /// </summary>
    public async Task<AttemptOutcome> FindOrChargeAsync(PaymentAttempt attempt, Instant now)
    {
        var unseen = false;
        var found = await AskAsync(attempt.Gateway, attempt.Id, async (gateway, cancellation) =>
        {
            var outcome = await gateway.FindChargeAsync(attempt.Id, now, cancellation);
            unseen = outcome is null;
            return outcome ?? new GatewayOutcome.Unknown("unseen", now);
        });
        return unseen ? await ChargeAsync(attempt, now) : found;
    }

    /// <summary>Sends a pending refund; a repeat is harmless, since the refund's id is its key.</summary>
    public Task<AttemptOutcome> RefundAsync(InvoiceState state, Refund refund, Instant now)
    {
        var charge = InvoiceDecider.ChargeOf(state, refund.Payment);
        return AskAsync(charge.Gateway, refund.Id, (gateway, cancellation) => gateway.RefundAsync(
            new RefundRequest(refund.Id, charge.GatewayReference ?? charge.Id, refund.Amount, refund.Currency, now),
            cancellation));
    }

    private async Task<AttemptOutcome> AskAsync(
        string name, string key, Func<IPaymentGateway, CancellationToken, Task<GatewayOutcome>> call)
    {
        var gateway = gateways.Of(name);
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            // A gateway that does not heed the token must not hold the grain either.
            return Read(await call(gateway, limit.Token).WaitAsync(Limit, limit.Token));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogUnknown(logger, e, name, key);
            return new AttemptOutcome.Unknown();
        }
    }

    private static AttemptOutcome Read(GatewayOutcome outcome) => outcome switch
    {
        GatewayOutcome.Succeeded succeeded => new AttemptOutcome.Succeeded(succeeded.Reference),
        GatewayOutcome.Declined declined => new AttemptOutcome.Declined(declined.Code, declined.Advice, declined.Reference),
        GatewayOutcome.Processing processing => new AttemptOutcome.Processing(processing.Reference, processing.AskAgainAt),
        GatewayOutcome.Unknown => new AttemptOutcome.Unknown(),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, message: null),
    };

    [LoggerMessage(1, LogLevel.Warning, "The outcome of {Gateway} for {Key} is not known; it will be asked for")]
    private static partial void LogUnknown(ILogger logger, Exception exception, string gateway, string key);
}
