using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Domain.Tests.Invoicing;

namespace OrleansBilling.Domain.Tests.Wallets;

/// <summary>The rows of an account's wallets, as invoices read and write them: every write meets its condition, every movement is kept.</summary>
internal sealed class GrantRows(AccountFacts? account = null)
{
    private readonly Dictionary<string, Wallet> _wallets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Grant> _grants = new(StringComparer.Ordinal);
    private readonly AccountFacts _account = (account ?? Drafts.Account()) with { DefaultMethod = null };
    private int _turn;

    public List<WalletMovement> Movements { get; } = [];

    public List<JournalEntry> Entries { get; } = [];

    public IReadOnlyCollection<Grant> Grants => _grants.Values;

    /// <summary>The ids of its wallets.</summary>
    public IReadOnlyCollection<string> Wallets => _wallets.Keys;

    /// <summary>What an invoice reads with the account's facts.</summary>
    public ImmutableArray<PrepaidGrant> Living =>
        [.. _grants.Values.Where(grant => grant.Status is GrantStatus.Active && (grant.Remaining > 0 || grant.Recurrence is not null)).Select(Held)];

    /// <summary>True where usage of every grant's time may not be billed yet: what has expired waits.</summary>
    public bool AwaitsUsage { get; init; }

    /// <summary>Opens a wallet in money, or in units where a value is given.</summary>
    public GrantRows Wallet(string id, Instant now, decimal? unitValue = null, int priority = 0, params string[] appliesTo)
    {
        var order = new WalletOrder
        {
            Currency = unitValue is null ? _account.Currency.Code : null,
            Unit = unitValue is null ? null : "token",
            UnitValue = unitValue,
            Priority = priority,
            AppliesTo = [.. appliesTo],
        };
        Keep(WalletDecider.Open(id, order, _account, Ids(now), now).Value.Documents);
        return this;
    }

    /// <summary>Grants to a wallet; sold ones are paid at once.</summary>
    public Grant Grant(string wallet, GrantOrder order, Instant now)
    {
        var turn = WalletDecider.Grant(StateOf(wallet), order, Drafts.Facts(account: _account), Ids(now), now).Value;
        Keep(turn.Documents);
        var grant = turn.State.Grants[^1];
        if (grant.Status is GrantStatus.Pending)
        {
            _grants[grant.Id] = grant with { Sale = InvoiceStatus.Paid };
            Due(wallet, now);
        }

        return _grants[grant.Id];
    }

    /// <summary>Runs what is due on a wallet.</summary>
    public void Due(string wallet, Instant now) => Keep(WalletDecider.Due(StateOf(wallet), Drafts.Facts(account: _account), Ids(now), now).Documents);

    /// <summary>Sets an amount apart; false where there is less.</summary>
    public bool Hold(string wallet, decimal amount, Instant now)
    {
        var decided = WalletDecider.Hold(StateOf(wallet), $"hold_{_turn}", amount, WalletDecider.MaxHold, Ids(now), now);
        if (decided.IsAccepted)
        {
            Keep(decided.Value.Documents);
        }

        return decided.IsAccepted;
    }

    /// <summary>Writes what a look at usage has seen.</summary>
    public void Look(ImmutableDictionary<string, decimal> used)
    {
        foreach (var grant in _grants.Values.ToList())
        {
            _grants[grant.Id] = grant with { Provisional = used.GetValueOrDefault(grant.Id) };
        }
    }

    /// <summary>What a wallet has available.</summary>
    public decimal Available(string wallet, Instant now) => StateOf(wallet).Available(now);

    /// <summary>What prepaid credit has paid of lines, as movements tell it.</summary>
    public PaidLines Paid(IEnumerable<string> invoices, IEnumerable<LineDraft>? waiting = null)
    {
        var named = invoices.ToHashSet(StringComparer.Ordinal);
        var uses = Movements.Where(movement => movement.Line is { } line && named.Contains(line.Invoice)).ToList();
        return new PaidLines(
            [
                .. uses.GroupBy(use => (use.Line!.Invoice, use.Line.Line, use.Grant, use.Line.Cycle)).Select(part => new PaidPart(
                    part.Key.Invoice, part.Key.Line, part.Key.Grant, part.Key.Cycle, part.Where(use => use.Line!.Paid > 0).Sum(use => use.Line!.Paid),
                    part.Sum(use => use.Line!.Paid), -part.Sum(use => use.Amount), -part.Sum(use => use.Value))),
            ],
            [.. uses.Select(use => use.Grant).Distinct().Select(grant => Held(_grants[grant]))])
        {
            Waiting = (waiting ?? []).Where(draft => draft.CarriedWallet != 0).GroupBy(draft => draft.CreditedLine!)
                .ToImmutableDictionary(line => line.Key, line => -line.Sum(draft => draft.CarriedWallet)),
        };
    }

    /// <summary>Minor units that grants have still paid of a line.</summary>
    public long PaidOf(string line) => Movements.Where(movement => movement.Line?.Line == line).Sum(movement => movement.Line!.Paid);

    public long Booked(LedgerAccount account) => Entries.SelectMany(entry => entry.Postings)
        .Sum(posting => (posting.Debit == account ? posting.Amount : 0) - (posting.Credit == account ? posting.Amount : 0));

    /// <summary>Keeps what a decision wrote, as a commit would, and checks what must hold after it.</summary>
    public void Keep(Documents documents)
    {
        _turn++;
        foreach (var wallet in documents.Wallets.Wallets)
        {
            _wallets[wallet.Id] = wallet;
        }

        Assert.Equal(documents.Wallets.Grants.Length, documents.Wallets.Grants.Select(write => write.Grant.Id).Distinct().Count());
        foreach (var write in documents.Wallets.Grants)
        {
            Assert.Equal(write.Before is null ? null : write.Before with { AwaitsUsage = false }, _grants.GetValueOrDefault(write.Grant.Id));
            Assert.True(!write.IsMove || write.Before! with { Remaining = write.Grant.Remaining, Deferred = write.Grant.Deferred, Provisional = write.Grant.Provisional } == write.Grant);
            _grants[write.Grant.Id] = write.Grant with { Provisional = Math.Max(write.Grant.Provisional, 0), AwaitsUsage = false };
        }

        Movements.AddRange(documents.Wallets.Movements);
        Entries.AddRange(documents.Entries);
        Check();
    }

    private void Check()
    {
        foreach (var grant in _grants.Values)
        {
            var moved = Movements.Where(movement => movement.Grant == grant.Id).ToList();
            Assert.Equal((grant.Remaining, grant.Status is GrantStatus.Pending ? 0 : grant.Deferred), (moved.Sum(movement => movement.Amount), moved.Sum(movement => movement.Value)));
            Assert.InRange(grant.Held, 0, grant.Remaining);
            Assert.True(grant.Deferred >= 0 && (grant.Remaining > 0 || grant.Deferred == 0 || grant.Status is GrantStatus.Pending), $"{grant}");
        }

        Assert.All(Movements, movement => Assert.NotEqual(0, movement.Amount));
        Assert.Equal(-_grants.Values.Sum(grant => grant.Deferred), Booked(LedgerAccount.PrepaidCredit));
        Assert.Equal(Entries.Count, Entries.Select(entry => entry.Cause).Distinct().Count());
        Assert.All(Entries, entry => Assert.All(entry.Postings, posting => Assert.True(posting.Amount > 0)));
        foreach (var line in Movements.Where(movement => movement.Line is not null).GroupBy(movement => (movement.Line!.Line, movement.Grant, movement.Line.Cycle)))
        {
            var (paid, amount) = (line.Sum(use => use.Line!.Paid), -line.Sum(use => use.Amount));
            Assert.True(paid >= 0 && amount >= 0 && (paid > 0 || amount == 0), $"{line.Key}: {paid}, {amount}");
        }
    }

    private PrepaidGrant Held(Grant grant) => new(_wallets[grant.Wallet], grant);

    private WalletState StateOf(string wallet) => new(_wallets[wallet], [.. _grants.Values.Where(grant => grant.Wallet == wallet).Select(grant => grant with { AwaitsUsage = AwaitsUsage })], []);

    private IdSource Ids(Instant now) => new($"rows/{_turn}", now);
}
