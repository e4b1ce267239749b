using NodaTime;

namespace OrleansBilling.Domain.Wallets;

/// <summary>What a movement of a grant stands for.</summary>
public enum MovementKind
{
    /// <summary>Added: the grant itself, or what a reset added.</summary>
    Granted,

    /// <summary>Used at the commit of a hold.</summary>
    Committed,

    /// <summary>Taken by hand.</summary>
    Debited,

    /// <summary>Used on an invoice.</summary>
    Applied,

    /// <summary>Given back by a void, a credit note or a proration of a line it had paid.</summary>
    Restored,

    /// <summary>Ended unused: expired, or released after its grant had.</summary>
    Expired,

    /// <summary>Ended unused at a reset.</summary>
    Reset,

    /// <summary>Taken back with its grant.</summary>
    Voided,
}

/// <summary>A movement of a grant: rows that are only ever added. The movements of a grant sum to what remains of it.</summary>
/// <param name="Id"><c>wm_...</c></param>
/// <param name="Wallet">The wallet.</param>
/// <param name="Grant">The grant.</param>
/// <param name="Account">The account.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="Amount">In the wallet's amounts; negative where it takes.</param>
/// <param name="Value">Minor units of deferred money that moved with it; negative where it takes.</param>
/// <param name="At">Its effective instant.</param>
/// <param name="Cause">The hold, invoice, debit or grant that caused it.</param>
public sealed record WalletMovement(
    string Id, string Wallet, string Grant, string Account, MovementKind Kind, decimal Amount, long Value, Instant At, string Cause)
{
    /// <summary>The line that it paid or gave back; null for all other movements.</summary>
    public LineUse? Line { get; init; }
}

/// <summary>What a movement paid of a line. The movements of a line and a grant sum to what that grant has still paid of it.</summary>
/// <param name="Invoice">The invoice of the line.</param>
/// <param name="Line">The line.</param>
/// <param name="Paid">Minor units of the line; negative where they were given back.</param>
/// <param name="Cycle">The grant's cycle when it paid.</param>
public sealed record LineUse(string Invoice, string Line, long Paid, int Cycle);
