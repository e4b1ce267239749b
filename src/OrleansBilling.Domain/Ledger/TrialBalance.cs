using System.Collections.Immutable;

namespace OrleansBilling.Domain.Ledger;

/// <summary>The sums of one account, in minor units.</summary>
/// <param name="Account">The account.</param>
/// <param name="Debit">Sum of what was debited.</param>
/// <param name="Credit">Sum of what was credited.</param>
public sealed record TrialBalanceRow(LedgerAccount Account, long Debit, long Credit)
{
    /// <summary>Debit less credit.</summary>
    public long Net => Debit - Credit;
}

/// <summary>
/// The sums of all postings of one currency by account. Its total is nought by the shape of a posting; that it is shown
/// lets Finance see it.
/// </summary>
/// <param name="Rows">Accounts with postings, in the order of the chart.</param>
public sealed record TrialBalance(ImmutableArray<TrialBalanceRow> Rows)
{
    /// <summary>All debits less all credits; anything but nought is a fault of the ledger.</summary>
    public long Total => Rows.Sum(row => row.Net);

    /// <summary>Debit less credit of an account; nought where it has no postings.</summary>
    public long Net(LedgerAccount account) => Rows.FirstOrDefault(row => row.Account == account)?.Net ?? 0;

    /// <summary>Sums postings of one currency.</summary>
    /// <exception cref="ArgumentException">A posting has no amount above zero, or one account on both sides.</exception>
    /// <exception cref="OverflowException">A sum does not fit 64 bits.</exception>
    public static TrialBalance Of(IEnumerable<Posting> postings)
    {
        var sums = new Dictionary<LedgerAccount, (long Debit, long Credit)>();
        foreach (var posting in postings)
        {
            if (posting.Amount <= 0 || posting.Debit == posting.Credit)
            {
                throw new ArgumentException($"Not a posting: {posting}.", nameof(postings));
            }

            var debit = sums.GetValueOrDefault(posting.Debit);
            sums[posting.Debit] = debit with { Debit = debit.Debit + posting.Amount };
            var credit = sums.GetValueOrDefault(posting.Credit);
            sums[posting.Credit] = credit with { Credit = credit.Credit + posting.Amount };
        }

        return new TrialBalance(
            [.. LedgerAccount.All.Where(sums.ContainsKey).Select(account => new TrialBalanceRow(account, sums[account].Debit, sums[account].Credit))]);
    }
}
