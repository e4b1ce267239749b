namespace OrleansBilling.Server.Demo;

/// <summary>A ledger account of the scene's customers in one currency, minor units.</summary>
internal sealed record DemoBook(string Currency, string Account, long Debit, long Credit)
{
    /// <summary>Debits less credits.</summary>
    public long Balance => Debit - Credit;
}

/// <summary>Adds postings up.</summary>
internal static class DemoBooks
{
    /// <summary>Debits and credits by currency and ledger account, in that order.</summary>
    public static IReadOnlyList<DemoBook> Of(IEnumerable<DemoPosting> postings) =>
    [
        .. postings
            .SelectMany(posting => new[]
            {
                new DemoBook(posting.Currency, posting.Debit, posting.Amount, 0),
                new DemoBook(posting.Currency, posting.Credit, 0, posting.Amount),
            })
            .GroupBy(leg => (leg.Currency, leg.Account))
            .Select(group => new DemoBook(group.Key.Currency, group.Key.Account, group.Sum(leg => leg.Debit), group.Sum(leg => leg.Credit)))
            .OrderBy(book => book.Currency, StringComparer.Ordinal)
            .ThenBy(book => book.Account, StringComparer.Ordinal),
    ];

    /// <summary>The balance of one ledger account; 0 where it has none.</summary>
    public static long BalanceOf(this IEnumerable<DemoBook> books, string currency, string account) =>
        books.Where(book => book.Currency == currency && book.Account == account).Sum(book => book.Balance);
}
