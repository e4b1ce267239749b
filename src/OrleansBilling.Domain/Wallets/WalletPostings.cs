using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Ledger;

namespace OrleansBilling.Domain.Wallets;

/// <summary>
/// How movements of prepaid credit are booked. Credit is deferred (<see cref="LedgerAccount.PrepaidCredit"/>) until it is
/// used; what ends unused is breakage where the customer paid for it, and promotional credit taken back where he did not.
/// </summary>
internal static class WalletPostings
{
    /// <summary>The posting of a movement of deferred money; null where nothing is deferred.</summary>
    /// <param name="grant">The grant.</param>
    /// <param name="kind">What the movement stands for.</param>
    /// <param name="value">Minor units, not negative.</param>
    public static Posting? Of(Grant grant, MovementKind kind, long value)
    {
        if (value == 0)
        {
            return null;
        }

        return kind switch
        {
            // The invoice that sold it has booked the price as revenue; it is deferred from there.
            MovementKind.Granted => new Posting(grant.IsSold ? LedgerAccount.Revenue : LedgerAccount.PromotionalCredit, LedgerAccount.PrepaidCredit, value),
            MovementKind.Restored => new Posting(LedgerAccount.Revenue, LedgerAccount.PrepaidCredit, value),
            MovementKind.Committed or MovementKind.Debited or MovementKind.Applied => new Posting(LedgerAccount.PrepaidCredit, LedgerAccount.Revenue, value),
            // The void of its invoice took the revenue back; nobody has paid for what ends now.
            _ when grant.Sale is InvoiceStatus.Void => Unsold(value),
            _ => new Posting(LedgerAccount.PrepaidCredit, grant.IsSold ? LedgerAccount.Breakage : LedgerAccount.PromotionalCredit, value),
        };
    }

    /// <summary>What was deferred for a grant whose invoice was voided: the void takes the revenue back, so it goes there.</summary>
    public static Posting? Unsold(long value) =>
        value == 0 ? null : new Posting(LedgerAccount.PrepaidCredit, LedgerAccount.Revenue, value);
}
