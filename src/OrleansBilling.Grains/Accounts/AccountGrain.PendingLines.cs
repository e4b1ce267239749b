using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Accounts;

/// <summary>Lines that a person leaves waiting for the next invoice.</summary>
public sealed partial class AccountGrain
{
    /// <inheritdoc/>
    public Task<CommandAnswer> AddPendingLine(CommandKey key, Instant now, PendingLineOrder order) =>
        ExecuteAsync(key, async () => (Billing: await billingFacts.FindAsync(Id), Lines: await pendingLines.FactsAsync(Id, order.Subscription)), (state, read) =>
        {
            if (state is null || read.Billing is not { Account: var facts })
            {
                return NotFound();
            }

            if (facts.BilledTo is not null)
            {
                return Refusal.Rule("billed_to_another", "Another account pays for this one. Add the line to that account, or bill it by an invoice of its own.");
            }

            if (order.Subscription is { } named && RefusalOf(named, read.Lines) is { } refusal)
            {
                return refusal;
            }

            var decided = PendingLines.ByHand(order, facts, read.Lines.Waiting, new IdSource($"{key.Scope}/{key.Key}", now).Next("line"), now);
            if (decided.Refusal is { } refused)
            {
                return refused;
            }

            var line = decided.Value;
            var told = BillingEvent.Of(
                "pending_line.created", Id, line.Draft.Id!, ("amount", line.Draft.Amount), ("currency", line.Currency), ("description", line.Draft.Description),
                ("subscription", line.Draft.Subscription));
            return TurnDecision<AccountState>.Commit(
                state,
                Write(facts, now, Documents.None with { PendingLines = [line], Events = [told] }),
                PendingLineView.Render(new PendingLineRecord(line, now)),
                status: 201);
        });

    /// <inheritdoc/>
    public Task<CommandAnswer> RemovePendingLine(CommandKey key, Instant now, string line) =>
        ExecuteAsync(key, async () => (Billing: await billingFacts.FindAsync(Id), Found: await pendingLines.FindAsync(Id, line)), (state, read) =>
        {
            if (state is null || read.Billing is not { Account: var facts })
            {
                return NotFound();
            }

            if (read.Found is not { Line: var found } record)
            {
                return Refusal.NotFound("pending_line_not_found", $"No line {line} waits on this account; it may have been invoiced: see its invoices.");
            }

            if (found.Source is not PendingSource.Manual)
            {
                return Refusal.Rule("pending_line_not_manual", "A subscription counts on this line. Only lines added by hand can be removed; add one of the opposite amount instead.");
            }

            var told = BillingEvent.Of("pending_line.removed", Id, line, ("amount", found.Draft.Amount), ("currency", found.Currency));
            return TurnDecision<AccountState>.Commit(
                state, Write(facts, now, Documents.None with { PendingDropped = [line], Events = [told] }), PendingLineView.Render(record));
        });

    /// <summary>The facts are checked: a change of the currency that comes in between would leave the line in the old one.</summary>
    private TurnWrite Write(AccountFacts facts, Instant now, Documents documents) =>
        new() { Account = Id, At = now, Documents = documents, FactsSeen = new FactsSeen(Id, facts.Version) };

    private Refusal? RefusalOf(string subscription, PendingLineFacts read) =>
        read.SubscriptionAccount != Id
            ? Refusal.NotFound("subscription_not_found", $"The account has no subscription {subscription}.", "subscription")
            : read.SubscriptionEnded
                ? Refusal.Rule("subscription_ended", "The subscription has ended: no invoice of it will come. Leave subscription out, or bill the line by an invoice of its own.", "subscription")
                : null;
}
