using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Payments;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>An issued invoice: its commands. See <see cref="IInvoiceGrain"/>.</summary>
[CollectionAgeLimit(Minutes = 2)]
public sealed partial class InvoiceGrain(
    IInvoiceRows rows,
    ICreditNoteRows notes,
    ICreditableInvoices creditable,
    IBillingFacts accounts,
    ITurnCommitter committer,
    ICommandLog commands,
    ICoupons coupons,
    IPaymentMethods methods,
    IAttemptGate gate,
    GatewayCalls gateways)
    : InvoiceTurnGrain(rows, accounts, committer, commands), IInvoiceGrain
{
    /// <inheritdoc/>
    public async Task<CommandAnswer> Pay(CommandKey key, Instant now, string? paymentMethod)
    {
        if (await BeginAsync(key) is { } answer)
        {
            return answer;
        }

        // The ids of the attempt come from the key alone, so that a repeat of a request that was cut off finds its attempt.
        var derived = PayIds(key);
        if (!State.Attempts.Any(attempt => derived.Contains(attempt.Id)))
        {
            await ApplyCreditsAsync(now);
            PaymentMethodRef? method = null;
            if (paymentMethod is not null)
            {
                method = await methods.FindAsync(State.Account, paymentMethod);
                if (method is null)
                {
                    return CommandAnswers.Of(Refusal.NotFound("payment_method_not_found", "The account has no such payment method.", "payment_method"));
                }
            }

            var decided = await TurnAsync(
                now,
                facts => InvoiceDecider.Pay(State, facts, method, KeyIds(key), now),
                new TurnOptions(FactsMatter: method is null));
            if (decided.Refusal is { } refusal)
            {
                return Told(CommandAnswers.Of(refusal), now);
            }
        }

        if (State.Attempts.Any(attempt => attempt.IsOpen))
        {
            await CollectAsync(now, ask: true);
        }

        return await AnswerAsync(key, now, 200, await RenderAsync());
    }

    /// <inheritdoc/>
    public async Task<CommandAnswer> Void(CommandKey key, Instant now)
    {
        if (await BeginAsync(key) is { } answer)
        {
            return answer;
        }

        await ApplyCreditsAsync(now);
        var ids = CreditedBy(await WholeAsync());
        var credited = await creditable.ReadAsync(ids);
        return await CommandAsync(key, now, facts => InvoiceDecider.Void(State, facts, credited, now), again: async () =>
        {
            // Credit that has been sent meanwhile counts as any other: it is applied first.
            await ApplyCreditsAsync(now);
            credited = await creditable.ReadAsync(ids);
        });
    }

    /// <inheritdoc/>
    public Task<CommandAnswer> MarkUncollectible(CommandKey key, Instant now) =>
        ChangeAsync(key, now, facts => InvoiceDecider.MarkUncollectible(State, facts, now));

    /// <inheritdoc/>
    public Task<CommandAnswer> RecordPayment(CommandKey key, Instant now, long amount, string reference, string method) =>
        ChangeAsync(key, now, facts => InvoiceDecider.RecordPayment(State, facts, amount, reference, method, Ids(now), now));

    /// <inheritdoc/>
    public async Task<CommandAnswer> Refund(CommandKey key, Instant now, string payment, long? amount, string reason)
    {
        if (await BeginAsync(key) is { } answer)
        {
            return answer;
        }

        var id = KeyIds(key).Next("re");
        if (Find(id) is null)
        {
            await ApplyCreditsAsync(now);
            var decided = await TurnAsync(now, facts => InvoiceDecider.RequestRefund(State, facts, payment, amount, reason, id, now));
            if (decided.Refusal is { } refusal)
            {
                return Told(CommandAnswers.Of(refusal), now);
            }
        }

        if (Find(id) is { Status: RefundStatus.Pending } pending)
        {
            await SendRefundAsync(pending, now);
        }

        return await AnswerAsync(key, now, 201, RefundView.Render(Find(id)!));
    }

    private async Task<CommandAnswer> ChangeAsync(
        CommandKey key, Instant now, Func<Domain.Dunning.CollectionFacts, Decided<InvoiceTurn>> decide)
    {
        if (await BeginAsync(key) is { } answer)
        {
            return answer;
        }

        await ApplyCreditsAsync(now);
        return await CommandAsync(key, now, decide);
    }

    private Refund? Find(string refund) => State.Refunds.FirstOrDefault(item => item.Id == refund);

    /// <summary>Ids that depend on the request's key and on the invoice, not on the time of the call.</summary>
    private IdSource KeyIds(CommandKey key) => new($"{State.Id}/{key.Scope}/{key.Key}", State.IssuedAt);

    /// <summary>The ids that the attempt of a payment request can have: with a new payment, or of one that was pending.</summary>
    private string[] PayIds(CommandKey key)
    {
        var pending = KeyIds(key).Next("att");
        var ids = KeyIds(key);
        _ = ids.Next("pay");
        return [pending, ids.Next("att")];
    }
}
