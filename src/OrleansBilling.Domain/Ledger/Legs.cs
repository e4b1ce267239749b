namespace OrleansBilling.Domain.Ledger;

/// <summary>
/// Collects signed amounts by account and pairs them into postings, which name one account debited and one credited.
/// </summary>
public sealed class Legs
{
    private readonly List<(LedgerAccount Account, long Amount)> _debits = [];
    private readonly List<(LedgerAccount Account, long Amount)> _credits = [];

    /// <summary>Adds a leg: positive amounts debit, negative ones credit, nought adds nothing. Minor units.</summary>
    public void Add(LedgerAccount account, long amount)
    {
        if (amount != 0)
        {
            (amount > 0 ? _debits : _credits).Add((account, Math.Abs(amount)));
        }
    }

    /// <summary>The postings, as few as pairing in order gives.</summary>
    /// <exception cref="InvalidOperationException">Debits and credits differ.</exception>
    public List<Posting> Match()
    {
        if (_debits.Sum(leg => leg.Amount) != _credits.Sum(leg => leg.Amount))
        {
            throw new InvalidOperationException("The legs of a journal entry do not balance.");
        }

        var postings = new List<Posting>();
        var credit = 0;
        long used = 0;
        foreach (var (account, amount) in _debits)
        {
            for (var left = amount; left > 0;)
            {
                var (other, otherAmount) = _credits[credit];
                var part = Math.Min(left, otherAmount - used);
                postings.Add(new Posting(account, other, part));
                left -= part;
                used += part;
                if (used == otherAmount)
                {
                    credit++;
                    used = 0;
                }
            }
        }

        return postings;
    }
}
