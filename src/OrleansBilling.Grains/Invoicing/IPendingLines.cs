using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>Reads lines that wait for an invoice, and where those stand that have waited.</summary>
public interface IPendingLines
{
    /// <summary>
    /// What the next invoice of a subscription takes, oldest first: lines that name it and, where an account is given, those
    /// of the account that name none. Lines that the account has gathered are left out.
    /// </summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="account">The account that pays; null leaves its own lines out.</param>
    Task<ImmutableArray<LineDraft>> OfNextInvoiceAsync(string subscription, string? account);

    /// <summary>By line id: where lines stand that have waited; those that still wait, or were removed, are left out.</summary>
    Task<IReadOnlyDictionary<string, BilledLine>> StandingAsync(IReadOnlyCollection<string> lines);

    /// <summary>A line of an account that waits, or null.</summary>
    Task<PendingLineRecord?> FindAsync(string account, string line);

    /// <summary>How many lines made by hand of an account wait, and of which account a subscription is and whether it has ended.</summary>
    Task<PendingLineFacts> FactsAsync(string account, string? subscription);
}

/// <summary>A line that waits, as its row keeps it.</summary>
/// <param name="Line">The line.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record PendingLineRecord(PendingLine Line, NodaTime.Instant CreatedAt);

/// <summary>What a line made by hand is decided on.</summary>
/// <param name="Waiting">Lines made by hand of the account that wait.</param>
/// <param name="SubscriptionAccount">The account of the subscription that it names; null where there is none.</param>
/// <param name="SubscriptionEnded">True where that has ended: no invoice of it will come.</param>
public sealed record PendingLineFacts(long Waiting, string? SubscriptionAccount, bool SubscriptionEnded);
