using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Issues invoices of the subscription anew.</summary>
public sealed partial class SubscriptionGrain
{
    /// <inheritdoc/>
    public async Task<CommandAnswer> ReissueInvoice(CommandKey key, Instant now, string invoice)
    {
        if (State is null)
        {
            return CommandAnswers.Of(SubscriptionRefusals.NotFound(Id));
        }

        var caughtUp = await CatchUpAsync(now, null);
        var answer = await ExecuteAsync(key, () => ReadForReissueAsync(invoice), (state, read) =>
        {
            if (read.Load is not { } load)
            {
                return Refusal.NotFound("invoice_not_found", "There is no such invoice.");
            }

            var context = new StepContext(now, now, new IdSource($"{key.Scope}/{key.Key}", now), $"reissue:{Id}:{state!.Revision + 1}");
            var decided = SubscriptionReissue.Reissue(state, load.State, read.Facts, context, (billing, terms, revision) => InvoiceReissue.Make(
                load.State, read.Document!.Lines, billing, load.Arriving, load.BlockedMethods,
                read.Facts.Invoices, revision, context.Cause, now, context.Ids, terms));
            return decided.Refusal is { } refusal
                ? refusal
                : TurnDecision<SubscriptionState>.Commit(
                    decided.Value.Step.State,
                    SubscriptionTurns.Write(state, decided.Value.Step, read.Facts, now),
                    AnswerJson.Write(new { invoice = decided.Value.Reissued.New.Id }));
        });
        return answer with { HandedOver = caughtUp.AddRange(answer.HandedOver), At = now };
    }

    private async Task<ReissueFacts> ReadForReissueAsync(string invoice)
    {
        // The header first: its version refuses the turn where anything has changed since.
        var load = await invoiceRows.FindAsync(invoice);
        // With the lines that wait, wherever the account has them go: a credit among them may be of this invoice.
        var facts = await ReadFactsAsync(State!, null, withInvoices: true);
        if (load is null)
        {
            return new ReissueFacts(facts, null, null);
        }

        var document = (await invoiceRows.LoadAsync([invoice], int.MaxValue, CancellationToken.None)).Single().Document;
        var credited = await creditable.ReadAsync([.. document.Lines.Select(line => line.Draft.CreditedInvoice).OfType<string>().Distinct(StringComparer.Ordinal)]);
        return new ReissueFacts(facts with { Invoices = credited }, load, document);
    }
}

/// <summary>What the reissue of an invoice reads; null parts do not exist.</summary>
/// <param name="Facts">The subscription's own, with the invoices that the old one credits.</param>
/// <param name="Load">The old header.</param>
/// <param name="Document">The old document with all of its lines.</param>
internal sealed record ReissueFacts(SubscriptionFacts Facts, InvoiceLoad? Load, InvoiceDocument? Document);
