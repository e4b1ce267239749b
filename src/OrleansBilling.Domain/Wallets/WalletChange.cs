using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;

namespace OrleansBilling.Domain.Wallets;

/// <summary>
/// Gathers what one decision does to a wallet, so that rows, movements and entries can never differ. Lives within one
/// decision.
/// </summary>
internal sealed class WalletChange(WalletState state, IdSource ids, Instant now)
{
    private readonly WalletState _before = state;
    private readonly List<string> _newHolds = [];
    private readonly List<WalletMovement> _movements = [];
    private readonly List<(string Cause, string? Invoice, Instant At, List<Posting> Postings)> _entries = [];
    private readonly List<BillingEvent> _events = [];
    private Documents _others = Documents.None;

    public WalletState State { get; private set; } = state;

    public IdSource Ids => ids;

    public Instant Now => now;

    /// <summary>The version of the settings where this change writes them.</summary>
    public long VersionAfter => _before.Wallet.Version + 1;

    public Grant Grant(string id) => State.Grants.First(grant => grant.Id == id);

    public void Set(Wallet wallet) => State = State with { Wallet = wallet };

    public void Write(Grant grant) => State = State with
    {
        Grants = State.Grants.FindIndex(grant.Id) is var index && index >= 0 ? State.Grants.SetItem(index, grant) : State.Grants.Add(grant),
    };

    public void Open(Hold hold)
    {
        _newHolds.Add(hold.Id);
        State = State with { Holds = State.Holds.Add(hold) };
    }

    public void End(Hold hold) => State = State with { Holds = [.. State.Holds.Select(known => known.Id == hold.Id ? hold : known)] };

    public void Add(Documents documents) => _others = _others.And(documents);

    /// <summary>
    /// Moves an amount of a grant, with its part of what is deferred: all that is left goes with the last of the amount.
    /// </summary>
    /// <param name="grant">As it stands in this change.</param>
    /// <param name="kind">What it stands for.</param>
    /// <param name="amount">Taken where negative.</param>
    /// <param name="cause">Names the entry; one entry gathers the movements of one cause.</param>
    /// <param name="at">The effective instant.</param>
    /// <param name="line">The line that it pays, or null.</param>
    public Grant Take(Grant grant, MovementKind kind, decimal amount, string cause, Instant at, LineUse? line = null)
    {
        if (amount == 0)
        {
            return grant;
        }

        var value = grant.DeferredFor(amount);
        var after = grant with { Remaining = grant.Remaining - amount, Deferred = grant.Deferred - value };
        Write(after);
        Moved(after, kind, -amount, -value, cause, at, line);
        Post(cause, grant.Invoice, at, WalletPostings.Of(grant, kind, value));
        return after;
    }

    /// <summary>Adds an amount of given credit to a grant, deferred at its worth.</summary>
    public Grant Give(Grant grant, decimal amount, string cause, Instant at)
    {
        if (amount == 0)
        {
            return grant;
        }

        var value = Rounding.ToMinorUnits(State.Wallet.ValueOf(amount));
        var after = grant with { Remaining = grant.Remaining + amount, Deferred = grant.Deferred + value };
        Write(after);
        Moved(after, MovementKind.Granted, amount, value, cause, at);
        Post(cause, grant.Invoice, at, WalletPostings.Of(grant, MovementKind.Granted, value));
        return after;
    }

    /// <summary>
    /// Gives a part back with the deferred money that had gone with it. Where the grant has ended or was set back since the
    /// part was used, it lapses at once: to breakage where the grant was sold.
    /// </summary>
    /// <param name="grant">As it stands in this change.</param>
    /// <param name="amount">In the wallet's amounts, above zero.</param>
    /// <param name="value">Minor units of deferred money.</param>
    /// <param name="cause">Names the entry.</param>
    /// <param name="at">The effective instant.</param>
    /// <param name="line">The line that it had paid.</param>
    public void GiveBack(Grant grant, decimal amount, long value, string cause, Instant at, LineUse line)
    {
        var after = grant with { Remaining = grant.Remaining + amount, Deferred = grant.Deferred + value };
        Write(after);
        Moved(after, MovementKind.Restored, amount, value, cause, at, line);
        Post(cause, grant.Invoice, at, WalletPostings.Of(grant, MovementKind.Restored, value));
        if (grant.Status is not GrantStatus.Active || grant.Cycle != line.Cycle)
        {
            Take(after, grant.Status is GrantStatus.Voided ? MovementKind.Voided : MovementKind.Expired, amount, cause, at);
        }
    }

    public void Moved(Grant grant, MovementKind kind, decimal amount, long value, string cause, Instant at, LineUse? line = null) =>
        _movements.Add(new WalletMovement(ids.Next("wm"), grant.Wallet, grant.Id, grant.Account, kind, amount, value, at, cause) { Line = line });

    public void Post(string cause, string? invoice, Instant at, Posting? posting)
    {
        if (posting is null)
        {
            return;
        }

        var entry = _entries.FirstOrDefault(entry => entry.Cause == cause);
        if (entry.Postings is null)
        {
            _entries.Add(entry = (cause, invoice, at, []));
        }

        // An invoice of many lines moves a grant for each; the books need the sum.
        var same = entry.Postings.FindIndex(known => known.Debit == posting.Debit && known.Credit == posting.Credit);
        if (same < 0)
        {
            entry.Postings.Add(posting);
        }
        else
        {
            entry.Postings[same] = posting with { Amount = entry.Postings[same].Amount + posting.Amount };
        }
    }

    public void Tell(string type, string subject, params (string Name, object? Value)[] data) =>
        _events.Add(BillingEvent.Of(type, State.Wallet.Account, subject, [("wallet", State.Wallet.Id), .. data]));

    /// <summary>Ends the change.</summary>
    public WalletTurn Done()
    {
        var wallet = State.Wallet;
        var own = new Documents
        {
            Entries =
            [
                .. _entries.Select(entry => new JournalEntry(
                    entry.Cause, wallet.Account, entry.Invoice, wallet.Currency.Code, entry.At, entry.Postings)),
            ],
            Events = [.. _events],
            Wallets = new WalletDocuments
            {
                Wallets = wallet == _before.Wallet ? [] : [wallet],
                Grants = [.. GrantWrites()],
                Holds = [.. State.Holds.Where(IsChanged).Select(hold => new HoldWrite(hold, _newHolds.Contains(hold.Id)))],
                Movements = [.. _movements],
            },
        };
        return new WalletTurn(State, _others.And(own));
    }

    private bool IsChanged(Hold hold) => !_before.Holds.Contains(hold);

    private IEnumerable<GrantWrite> GrantWrites()
    {
        foreach (var grant in State.Grants)
        {
            var seen = _before.Grants.FirstOrDefault(known => known.Id == grant.Id);
            if (grant != seen)
            {
                yield return new GrantWrite(grant, seen);
            }
        }
    }
}

/// <summary>What a decision about a wallet makes.</summary>
/// <param name="State">The wallet afterwards.</param>
/// <param name="Documents">What is committed with it; empty where nothing changed.</param>
public sealed record WalletTurn(WalletState State, Documents Documents)
{
    /// <summary>True where there is nothing to commit.</summary>
    public bool IsEmpty => Documents.Wallets.IsEmpty && Documents.Invoices.IsEmpty && Documents.Events.IsEmpty;
}

/// <summary>Finds a grant in a list.</summary>
internal static class GrantList
{
    /// <summary>The index of a grant, or -1.</summary>
    public static int FindIndex(this ImmutableArray<Grant> grants, string id)
    {
        for (var i = 0; i < grants.Length; i++)
        {
            if (grants[i].Id == id)
            {
                return i;
            }
        }

        return -1;
    }
}
