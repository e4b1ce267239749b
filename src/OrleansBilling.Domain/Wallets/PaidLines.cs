using System.Collections.Immutable;

namespace OrleansBilling.Domain.Wallets;

/// <summary>A grant with the wallet that says what it may pay and what it is worth.</summary>
/// <param name="Wallet">Its settings.</param>
/// <param name="Grant">As its row was seen.</param>
public sealed record PrepaidGrant(Wallet Wallet, Grant Grant)
{
    /// <summary>True where an alert watches what the wallet has available: it has to hear of each use, since others may use it at the same time.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Minor units of a sold one that are booked as breakage so far; read with the invoice that sold it.</summary>
    public long Lapsed { get; init; }
}

/// <summary>What a grant has paid of a line of an invoice, and what of it was not given back yet.</summary>
/// <param name="Invoice">The invoice of the line.</param>
/// <param name="Line">The line.</param>
/// <param name="Grant">The grant.</param>
/// <param name="Cycle">The grant's cycle when it paid: given back after a reset, it lapses.</param>
/// <param name="Paid">Minor units of the line that it paid.</param>
/// <param name="Left">Of <paramref name="Paid"/>, not given back.</param>
/// <param name="Amount">What <paramref name="Left"/> took of the grant, in the wallet's amounts.</param>
/// <param name="Deferred">Minor units of deferred money that went with <paramref name="Amount"/>.</param>
public sealed record PaidPart(string Invoice, string Line, string Grant, int Cycle, long Paid, long Left, decimal Amount, long Deferred);

/// <summary>What prepaid credit has paid of lines that may be given back. Read from the movements of grants.</summary>
/// <param name="Parts">By line and grant, in the order in which they were used.</param>
/// <param name="Grants">The grants that the parts name, as they stand.</param>
public sealed record PaidLines(ImmutableArray<PaidPart> Parts, ImmutableArray<PrepaidGrant> Grants)
{
    /// <summary>Nothing was paid by prepaid credit.</summary>
    public static PaidLines None { get; } = new([], []);

    /// <summary>By line: minor units that credits which wait for an invoice will give back.</summary>
    public ImmutableDictionary<string, long> Waiting { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>Only what was paid of one invoice.</summary>
    public PaidLines OfInvoice(string invoice) => Parts.IsEmpty ? None : this with { Parts = [.. Parts.Where(part => part.Invoice == invoice)] };

    /// <summary>The same once something is written, for a look at what comes next.</summary>
    /// <param name="written">What documents write about wallets.</param>
    /// <param name="waiting">By line: minor units that credits which wait for an invoice from now on will give back, below zero where they wait no longer.</param>
    /// <param name="held">What accounts held before.</param>
    public PaidLines After(WalletDocuments written, IEnumerable<KeyValuePair<string, long>> waiting, IEnumerable<PrepaidGrant> held)
    {
        var moved = written.Movements.Where(static movement => movement.Line is not null).Select(static movement => new PaidPart(
            movement.Line!.Invoice, movement.Line.Line, movement.Grant, movement.Line.Cycle, Math.Max(movement.Line.Paid, 0), movement.Line.Paid, -movement.Amount, -movement.Value));
        var parts = Parts.Concat(moved).GroupBy(static part => (part.Invoice, part.Line, part.Grant, part.Cycle)).Select(static same => same.First() with
        {
            Paid = same.Sum(static part => part.Paid),
            Left = same.Sum(static part => part.Left),
            Amount = same.Sum(static part => part.Amount),
            Deferred = same.Sum(static part => part.Deferred),
        }).ToImmutableArray();
        var named = parts.Select(static part => part.Grant).ToHashSet(StringComparer.Ordinal);
        return new PaidLines(parts, written.After([.. Grants.Concat(held).Where(each => named.Contains(each.Grant.Id)).DistinctBy(static each => each.Grant.Id, StringComparer.Ordinal)]))
        {
            Waiting = Waiting.Concat(waiting).GroupBy(static line => line.Key, StringComparer.Ordinal)
                .ToImmutableDictionary(static line => line.Key, static line => line.Sum(static part => part.Value), StringComparer.Ordinal),
        };
    }

    /// <summary>What prepaid credit has paid of a line, and what of it is neither given back nor about to be.</summary>
    public (long Paid, long Left) Of(string line)
    {
        long paid = 0, left = 0;
        foreach (var part in Parts)
        {
            if (part.Line == line)
            {
                paid += part.Paid;
                left += part.Left;
            }
        }

        return (paid, left - Waiting.GetValueOrDefault(line));
    }
}
