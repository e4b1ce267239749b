using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;

namespace OrleansBilling.Domain.Invoicing;

public static partial class InvoiceDecider
{
    /// <summary>
    /// Applies credit that a later document sent here for this invoice's lines. It lowers what is due (a queued attempt is
    /// dropped and queued again with the new amount), what is left goes to the credit balance. On an uncollectible invoice
    /// it lowers what was written off. On a void one, whose lines count as not billed, the credit itself is taken back.
    /// 409 <c>payment_in_progress</c> while an attempt is away: the credit waits for its outcome.
    /// </summary>
    public static Decided<InvoiceTurn> CreditArrived(InvoiceState state, CollectionFacts facts, CreditInTransit credit, IdSource ids, Instant now)
    {
        if (Away(state) is not null)
        {
            return InProgress();
        }

        var change = new InvoiceChange(state, facts, now);
        change.Arrived(credit.Id);
        var cause = $"credit:{credit.Id}:arrived";
        if (state.Status is InvoiceStatus.Void)
        {
            var tax = TaxWithin(state, credit.Amount);
            change.Post(
                cause,
                new Posting(LedgerAccount.CreditInTransit, LedgerAccount.Revenue, credit.Amount - tax),
                new Posting(LedgerAccount.CreditInTransit, LedgerAccount.TaxPayable, tax));
            change.Tell("invoice.credited", state.Id, ("credit", credit.Id), ("amount", credit.Amount), ("applied", 0L), ("to_balance", 0L));
            return change.Done();
        }

        var applied = Math.Min(state.AmountRemaining, credit.Amount);
        var rest = credit.Amount - applied;
        change.Post(
            cause,
            new Posting(LedgerAccount.CreditInTransit, Owed(state), applied),
            new Posting(LedgerAccount.CreditInTransit, LedgerAccount.CustomerCredit, rest));
        change.GiveCredit(rest, cause);
        change.Set(change.State with { CreditSettled = state.CreditSettled + credit.Amount });
        change.Tell("invoice.credited", state.Id, ("credit", credit.Id), ("source", credit.Source), ("amount", credit.Amount), ("applied", applied), ("to_balance", rest));
        Lower(change, applied, ids);
        return change.Done();
    }

    /// <summary>The tax within a part of the document, in proportion, rounded (rules.md, "Tax").</summary>
    private static long TaxWithin(InvoiceState state, long part) =>
        state.Total <= 0 ? 0 : Rounding.ToMinorUnits((decimal)part * state.Tax / state.Total);
}
