using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Domain.Tests.Invoicing;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Wallets;

/// <summary>A wallet whose turns are applied one after the other, as its rows would be, with all that they wrote.</summary>
internal sealed class Purse
{
    public static readonly Instant Start = Instant.FromUtc(2026, 1, 1, 0, 0);
    private int _turns;

    public Purse(WalletOrder order, BillingFacts? billing = null)
    {
        Billing = billing ?? Drafts.Facts();
        Keep(WalletDecider.Open("wal_1", order, Billing.Account, Ids(), Now).Value);
    }

    public static Purse OfMoney(BillingFacts? billing = null) => new(new WalletOrder { Currency = "usd" }, billing);

    public static Purse OfTokens(decimal value = 0.5m) => new(new WalletOrder { Unit = "token", UnitValue = value });

    public BillingFacts Billing { get; }

    public Instant Now { get; private set; } = Start;

    public WalletState State { get; private set; } = null!;

    public List<WalletMovement> Movements { get; } = [];

    public List<JournalEntry> Entries { get; } = [];

    public List<Invoice> Invoices { get; } = [];

    public List<PendingLine> Waiting { get; } = [];

    public decimal Available => State.Available(Now);

    public Purse At(Instant now)
    {
        Now = now;
        return this;
    }

    public Grant Grant(GrantOrder order)
    {
        Do(state => WalletDecider.Grant(state, order, Billing, Ids(), Now));
        return State.Grants[^1];
    }

    public Grant Grant(decimal amount, Instant? expires = null, int priority = 0) =>
        Grant(new GrantOrder(amount) { ExpiresAt = expires, Priority = priority });

    public Refusal? Hold(string id, decimal amount, Duration? lasts = null) =>
        Do(state => WalletDecider.Hold(state, id, amount, lasts ?? Duration.FromHours(1), Ids(), Now));

    public Refusal? Commit(string id, decimal amount, OverHold over = OverHold.Refuse) =>
        Do(state => WalletDecider.Commit(state, id, amount, over, Billing.Account, Ids(), Now));

    public Refusal? Release(string id) => Do(state => WalletDecider.Release(state, id, Ids(), Now));

    public Refusal? Debit(decimal amount) => Do(state => WalletDecider.Debit(state, $"debit_{_turns}", amount, "test", Ids(), Now));

    public Refusal? Void(string grant) => Do(state => WalletDecider.VoidGrant(state, grant, Ids(), Now));

    public void Update(Func<Wallet, Wallet> change) => Do(state => WalletDecider.Update(state, change, Ids(), Now));

    public void Due() => Keep(WalletDecider.Due(State, Billing, Ids(), Now));

    /// <summary>A look at usage that is not billed yet has seen what it used of a grant.</summary>
    public void Look(int grant, decimal used) => State = State with { Grants = State.Grants.SetItem(grant, State.Grants[grant] with { Provisional = used }) };

    /// <summary>Usage of a grant's time is not billed yet.</summary>
    public void Await(int grant) => State = State with { Grants = State.Grants.SetItem(grant, State.Grants[grant] with { AwaitsUsage = true }) };

    /// <summary>All usage is billed.</summary>
    public Purse Settled()
    {
        State = State with { Grants = [.. State.Grants.Select(static grant => grant with { AwaitsUsage = false })] };
        return this;
    }

    /// <summary>An invoice bills usage of a span.</summary>
    public void Bill(Period span, long amount)
    {
        if (amount > 0)
        {
            Bill(new LineDraft(LineKind.Usage, "Calls", span, amount, Explain.Empty) { Price = "calls" });
        }
    }

    /// <summary>An invoice bills a line; gives what prepaid credit has paid of it, and its id.</summary>
    public InvoiceLine? Bill(LineDraft line)
    {
        var ids = Ids();
        ImmutableArray<PrepaidGrant> held = [.. State.Grants.Select(grant => new PrepaidGrant(State.Wallet, grant))];
        if (Domain.Wallets.Purse.Open(State.Wallet.Account, held, Paid(line.CreditedLine, held), ids, Now) is not { } purse)
        {
            return null;
        }

        var computed = InvoiceCalculator.Compute([line], [], TaxSettings.None, State.Wallet.Currency, ids, new PrepaidUse(purse, $"inv_{_turns}"));
        var used = computed.Prepaid;
        var fresh = used.Wallets.Grants.Where(static write => write.Before is null).Select(static write => write.Grant);
        Keep(new WalletTurn(State with { Grants = [.. used.Wallets.After(held).Select(static each => each.Grant), .. fresh] }, used));
        return computed.Lines[0];
    }

    private PaidLines Paid(string? line, ImmutableArray<PrepaidGrant> held) => line is null ? PaidLines.None : new(
        [
            .. Movements.Where(movement => movement.Line?.Line == line).GroupBy(static use => (use.Line!.Invoice, use.Line.Line, use.Grant, use.Line.Cycle)).Select(static part => new PaidPart(
                part.Key.Invoice, part.Key.Line, part.Key.Grant, part.Key.Cycle, part.Where(static use => use.Line!.Paid > 0).Sum(static use => use.Line!.Paid),
                part.Sum(static use => use.Line!.Paid), -part.Sum(static use => use.Amount), -part.Sum(static use => use.Value))),
        ],
        held);

    /// <summary>The invoice of a sold grant has come to something.</summary>
    public void Sale(string grant, InvoiceStatus status) => State = State with
    {
        Grants = [.. State.Grants.Select(one => one.Id == grant ? one with { Sale = status } : one)],
    };

    public long Booked(LedgerAccount account) => Entries.SelectMany(entry => entry.Postings)
        .Sum(posting => (posting.Debit == account ? posting.Amount : 0) - (posting.Credit == account ? posting.Amount : 0));

    /// <summary>What must hold after any turn.</summary>
    public void Check()
    {
        foreach (var grant in State.Grants)
        {
            var moved = Movements.Where(movement => movement.Grant == grant.Id).ToList();
            Assert.Equal(grant.Remaining, moved.Sum(movement => movement.Amount));
            Assert.InRange(grant.Held, 0, grant.Remaining);
            Assert.True(grant.Deferred >= 0 && (grant.Remaining != 0 || grant.Deferred == 0 || grant.Status is GrantStatus.Pending), $"{grant}");
        }

        Assert.Equal(State.Grants.Sum(grant => grant.Held), State.Holds.Where(hold => hold.Status is HoldStatus.Held).Sum(hold => hold.Amount));
        Assert.Equal(-State.Grants.Sum(grant => grant.Deferred), Booked(LedgerAccount.PrepaidCredit));
        Assert.Equal(Entries.Count, Entries.Select(entry => entry.Cause).Distinct().Count());
    }

    private Refusal? Do(Func<WalletState, Decided<WalletTurn>> decide)
    {
        var decided = decide(State);
        if (decided.IsAccepted)
        {
            Keep(decided.Value);
        }

        return decided.Refusal;
    }

    private void Keep(WalletTurn turn)
    {
        _turns++;
        State = turn.State;
        Movements.AddRange(turn.Documents.Wallets.Movements);
        Entries.AddRange(turn.Documents.Entries);
        Invoices.AddRange(turn.Documents.Invoices);
        Waiting.AddRange(turn.Documents.PendingLines);
        Check();
    }

    private IdSource Ids() => new($"turn/{_turns}", Now);
}
