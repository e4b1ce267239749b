using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Kernel;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Wallets;

/// <summary>
/// The prepaid credit of an account while one document is made: gives back what credited lines had been paid with, then pays
/// lines (rules.md, "Prepaid credits"). Resets at or before the document's instant are applied first; a grant that has expired
/// may still pay usage of its time, and lapses in a turn of its wallet. Lives within one decision.
/// </summary>
/// <remarks>
/// A unit is worth <see cref="Wallet.UnitValue"/>. A grant pays whole minor units, at most what it is worth rounded down; what
/// it gives for them is rounded up at the twelfth decimal of a unit, and is everything where nothing of worth would be left.
/// A fraction of a minor unit stays in the grant.
/// </remarks>
public sealed class Purse
{
    /// <summary>Decimals to which parts of units are kept.</summary>
    internal const int UnitDecimals = 12;

    private readonly ImmutableArray<WalletChange> _wallets;
    private readonly List<PaidPart> _paid;
    private readonly ILookup<string, int> _placesOfLine;
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refilled = new(StringComparer.Ordinal);
    private readonly HashSet<string> _watched;
    private readonly Instant _at;

    private Purse(IReadOnlyCollection<PrepaidGrant> grants, IEnumerable<PaidPart> paid, IdSource ids, Instant at)
    {
        _at = at;
        _watched = grants.Where(static held => held.IsWatched).Select(static held => held.Wallet.Id).ToHashSet(StringComparer.Ordinal);
        _paid = [.. paid];
        _placesOfLine = Enumerable.Range(0, _paid.Count).ToLookup(i => _paid[i].Line, StringComparer.Ordinal);
        _wallets =
        [
            .. grants.GroupBy(static held => held.Wallet.Id, StringComparer.Ordinal).OrderBy(static wallet => wallet.Key, StringComparer.Ordinal)
                .Select(wallet => new WalletChange(new WalletState(wallet.First().Wallet, [.. wallet.Select(static held => AwaitingUsage(held.Grant))], []), ids, at)),
        ];
        foreach (var wallet in _wallets)
        {
            GrantCalendar.CatchUp(wallet, lapses: false);
        }
    }

    /// <summary>Opens the purse of an account; null where it has nothing to use and nothing to get back.</summary>
    /// <param name="account">The account to which the document is issued.</param>
    /// <param name="grants">What it may use.</param>
    /// <param name="paid">What lines that may be credited were paid with; only grants of the account are given anything back.</param>
    /// <param name="ids">Ids of this turn.</param>
    /// <param name="at">The instant for which the document is made: grants count or do not count then.</param>
    public static Purse? Open(string account, ImmutableArray<PrepaidGrant> grants, PaidLines paid, IdSource ids, Instant at)
    {
        // What is paid was read last: where both have seen a grant, it is the younger one.
        var held = paid.Grants.Concat(grants).Where(each => each.Grant.Account == account).DistinctBy(static each => each.Grant.Id, StringComparer.Ordinal).ToList();
        return held.Count == 0 ? null : new Purse(held, paid.Parts, ids, at);
    }

    /// <summary>The grants that count at the document's instant and have something free, in the order of use.</summary>
    internal ImmutableArray<(Wallet Wallet, Grant Grant)> Usable() => Usable(grant => grant.CountsAt(_at));

    /// <summary>The grants that counted throughout a span and have something free, in the order of use: they pay usage of it.</summary>
    internal ImmutableArray<(Wallet Wallet, Grant Grant)> UsableIn(Period span) => Usable(grant => grant.CountsThroughout(span));

    private ImmutableArray<(Wallet Wallet, Grant Grant)> Usable(Func<Grant, bool> counts) => BurnOrder.Of(
        _wallets.SelectMany(static wallet => wallet.State.Grants, static (wallet, grant) => (wallet.State.Wallet, Grant: grant))
            .Where(pair => pair.Grant.Free > 0 && counts(pair.Grant)));

    /// <summary>Whole minor units that a grant can pay.</summary>
    internal static long WorthOf(Wallet wallet, Grant grant) => Rounding.WholeUnits(wallet.ValueOf(grant.Free));

    /// <summary>Pays parts of lines of an invoice with one grant; together at most what it is worth.</summary>
    /// <param name="wallet">The grant's wallet.</param>
    /// <param name="grant">The grant, as <see cref="Usable()"/> or <see cref="UsableIn"/> gave it.</param>
    /// <param name="parts">Minor units above zero, by line.</param>
    /// <param name="invoice">The invoice.</param>
    /// <param name="isUsage">True where they are usage: what it had provisionally used is used now.</param>
    internal void Use(Wallet wallet, Grant grant, IReadOnlyList<(string Line, long Paid)> parts, string invoice, bool isUsage)
    {
        var change = ChangeOf(wallet.Id);
        var total = parts.Sum(static part => part.Paid);
        var amount = AmountFor(wallet, grant.Free, total);
        var (paid, taken) = (0L, 0m);
        foreach (var part in parts)
        {
            paid += part.Paid;
            var next = paid == total ? amount : AmountFor(wallet, amount, paid);
            grant = change.Take(
                grant, MovementKind.Applied, next - taken, $"invoice:{invoice}:prepaid:{wallet.Id}", _at, new LineUse(invoice, part.Line, part.Paid, grant.Cycle));
            taken = next;
        }

        if (isUsage)
        {
            change.Write(grant with { Provisional = grant.Provisional - amount });
        }

        _used.Add(wallet.Id);
    }

    /// <summary>
    /// Gives back what grants had paid of a line, in proportion to what each has still paid of it; the last of it takes all that
    /// is left. To a grant that has ended or was set back since, it comes back to lapse at once.
    /// </summary>
    /// <param name="line">The line that is credited.</param>
    /// <param name="value">Minor units of it, above zero.</param>
    /// <param name="cause">What gives it back, such as <c>credit_note:cn_...</c>.</param>
    /// <exception cref="InvalidOperationException">Less is left of what was paid, or its grant was not read: an error of the caller.</exception>
    internal void GiveBack(string line, long value, string cause)
    {
        var indexes = _placesOfLine[line].Where(i => _paid[i].Left > 0).ToArray();
        if (indexes.Sum(i => _paid[i].Left) < value)
        {
            throw new InvalidOperationException($"Of line {line} less than {value} was paid by prepaid credit and is left.");
        }

        var shares = Rounding.Split(value, [.. indexes.Select(i => (decimal)_paid[i].Left)]);
        for (var i = 0; i < shares.Length; i++)
        {
            if (shares[i] > 0)
            {
                _paid[indexes[i]] = GiveBack(_paid[indexes[i]], shares[i], cause);
            }
        }
    }

    /// <summary>Gives back everything that grants have still paid of all lines that were read.</summary>
    /// <returns>Minor units given back.</returns>
    internal long GiveBackAll(string cause)
    {
        long value = 0;
        foreach (var places in _placesOfLine)
        {
            var left = places.Sum(i => _paid[i].Left);
            value += left;
            if (left > 0)
            {
                GiveBack(places.Key, left, cause);
            }
        }

        return value;
    }

    /// <summary>What is written about the wallets that were used or refilled; others stay as they are.</summary>
    internal Documents Done()
    {
        var documents = Documents.None;
        foreach (var change in _wallets.Where(change => _used.Contains(change.State.Wallet.Id) || _refilled.Contains(change.State.Wallet.Id)))
        {
            var wallet = change.State.Wallet;
            var made = change.Done().Documents;
            made = made with { Wallets = made.Wallets with { Grants = [.. made.Wallets.Grants.Select(static write => write.AsMove())] } };
            // A use may ask for a top-up or an alert; what came back may have an expiry ahead for which no row of due work stands any more.
            documents = documents.And(wallet.TopUp is null && !_watched.Contains(wallet.Id) && !_refilled.Contains(wallet.Id)
                ? made
                : made with { Wallets = made.Wallets with { Changed = [new WalletRef(wallet.Id, wallet.Account)] } });
        }

        return documents;
    }

    /// <summary>What is still paid, and the grants as they stand, once what this purse did is written.</summary>
    internal PaidLines After(PaidLines read) => read with
    {
        Parts = [.. _paid],
        Grants = [.. read.Grants.Select(held => _wallets.FirstOrDefault(change => _refilled.Contains(change.State.Wallet.Id) && change.State.Grants.FindIndex(held.Grant.Id) >= 0) is { } change
            ? held with { Grant = change.Grant(held.Grant.Id) }
            : held)],
    };

    private PaidPart GiveBack(PaidPart part, long value, string cause)
    {
        var change = _wallets.FirstOrDefault(wallet => wallet.State.Grants.FindIndex(part.Grant) >= 0)
            ?? throw new InvalidOperationException($"Grant {part.Grant} was not read before the decision.");
        var whole = value == part.Left;
        var amount = whole ? part.Amount : Rounding.Quantity(part.Amount * value / part.Left, QuantityRounding.Floor, UnitDecimals);
        var deferred = whole ? part.Deferred : Rounding.ToMinorUnits(part.Deferred * (decimal)value / part.Left);
        change.GiveBack(change.Grant(part.Grant), amount, deferred, $"{cause}:prepaid:{change.State.Wallet.Id}", _at, new LineUse(part.Invoice, part.Line, -value, part.Cycle));
        _refilled.Add(change.State.Wallet.Id);
        return part with { Left = part.Left - value, Amount = part.Amount - amount, Deferred = part.Deferred - deferred };
    }

    /// <summary>Usage of before may stand on this very document: what a reset ends waits for it, and a turn of the wallet lapses the rest.</summary>
    private static Grant AwaitingUsage(Grant grant) => grant.Recurrence is null || grant.AwaitsUsage ? grant : grant with { AwaitsUsage = true };

    private WalletChange ChangeOf(string wallet) => _wallets.First(change => change.State.Wallet.Id == wallet);

    /// <summary>What a value takes of an amount: everything where that is worth no more.</summary>
    private static decimal AmountFor(Wallet wallet, decimal free, long value) =>
        wallet.ValueOf(free) <= value ? free : Math.Min(free, Rounding.Quantity(value / wallet.UnitValue, QuantityRounding.Ceil, UnitDecimals));
}
