namespace OrleansBilling.Domain.Accounts;

/// <summary>
/// A conditional move of an account's credit balance in the deciding transaction. A miss refuses the turn, which reads
/// the balance again and decides again: no grain caches a balance.
/// </summary>
/// <param name="Account">The account.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="Amount">Minor units; negative takes; zero only checks what was seen.</param>
/// <param name="Seen">The balance that the decision saw, where it depends on it; null moves without condition but never below zero.</param>
/// <param name="Cause">The document that causes it.</param>
public sealed record BalanceMove(string Account, string Currency, long Amount, long? Seen, string Cause);

/// <summary>
/// Credit on its way from a negative document to an open invoice whose lines it credits. Until the invoice's turn has
/// applied it, it can be neither spent nor refunded.
/// </summary>
/// <param name="Id"><c>cit_...</c></param>
/// <param name="Account">The account.</param>
/// <param name="Invoice">The open invoice it lowers.</param>
/// <param name="Source">The document that gave it.</param>
/// <param name="Currency">Lower-case code.</param>
/// <param name="Amount">Minor units, above zero.</param>
public sealed record CreditInTransit(string Id, string Account, string Invoice, string Source, string Currency, long Amount);
