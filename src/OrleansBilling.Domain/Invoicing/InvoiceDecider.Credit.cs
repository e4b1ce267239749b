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
    /// <param name="state">The invoice.</param>
    /// <param name="facts">Of collection.</param>
    /// <param name="credit">What arrives.</param>
    /// <param name="ids">Gives the ids of a new attempt.</param>
    /// <param name="now">The account's clock.</param>
    /// <param name="arriving">Minor units of all credit on its way, this one included; null where there is no other.</param>
    public static Decided<InvoiceTurn> CreditArrived(
        InvoiceState state, CollectionFacts facts, CreditInTransit credit, IdSource ids, Instant now, long? arriving = null)
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
            var tax = TaxWithin(state, credit.Amount, arriving ?? credit.Amount);
            change.Set(change.State with { CreditSettled = state.CreditSettled + credit.Amount });
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

    /// <summary>
    /// The tax that a credit bears of that which all credits of the invoice's lines took back: in proportion, rounded (rules.md,
    /// "Tax"); the last one takes what is left, so that together they are exact.
    /// </summary>
    private static long TaxWithin(InvoiceState state, long part, long arriving)
    {
        var all = state.CreditSettled + arriving;
        long Upto(long credited) => all == 0 ? 0 : Rounding.ToMinorUnits((decimal)credited * state.CreditedTax / all);
        return Upto(state.CreditSettled + part) - Upto(state.CreditSettled);
    }
}
