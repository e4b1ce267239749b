using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Wallets;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Wallets;

/// <summary>
/// Random lives of a wallet with usage that is billed later: holds, commits, debits, expiries, resets with rollover, sales and top-ups that
/// are paid or come to nothing, invoices of usage and of other lines, credits of their lines, usage that is late or taken back. After every
/// turn what is deferred is what the books say, movements sum to what is left, and nothing is overspent (<see cref="Purse.Check"/>).
/// </summary>
public sealed class WalletUsageProperties
{
    [Fact]
    public void What_is_deferred_is_what_grants_owe_at_every_step_and_nothing_is_overspent()
    {
        var rolledOver = 0;
        Gen.Int.Sample(seed => Interlocked.Add(ref rolledOver, new World(seed).Live()), iter: 300);
        Assert.NotEqual(0, rolledOver);
    }

    private sealed class World
    {
        private readonly Random _random;
        private readonly Purse _purse;
        private readonly List<(Instant At, long Amount)> _used = [];
        private readonly List<InvoiceLine> _lines = [];
        private Instant _since = Purse.Start;

        public World(int seed)
        {
            _random = new Random(seed);
            _purse = _random.Next(2) == 0 ? Purse.OfMoney() : Purse.OfTokens(_random.Next(1, 400) / 100m);
        }

        /// <returns>How often a part that was set apart has rolled over after all.</returns>
        public int Live()
        {
            for (var i = 0; i < 60; i++)
            {
                Pass(_random.Next(0, 60 * 24 * 3));
                Step(i);
                Assert.True(_purse.Available >= 0, $"{_purse.Available}");
                Assert.All(_purse.State.Grants, static grant => Assert.InRange(grant.Burnt + grant.Held, 0, grant.Remaining));
            }

            End();
            return _purse.Movements.Count(movement => movement is { Kind: MovementKind.Granted } && movement.Cause.EndsWith(":expired", StringComparison.Ordinal));
        }

        private void Step(int step)
        {
            var holds = _purse.State.Holds.Where(static hold => hold.Status is HoldStatus.Held).ToList();
            switch (_random.Next(18))
            {
                case 0 or 1:
                    Grant();
                    break;
                case 2:
                    _purse.Grant(new GrantOrder(Amount(500)) { Price = _random.Next(1, 300), ExpiresAt = _random.Next(2) == 0 ? _purse.Now + Duration.FromDays(_random.Next(1, 20)) : null });
                    break;
                case 3:
                    Settle();
                    break;
                case 4:
                    _purse.Hold($"hold_{step}", Amount(300), Duration.FromHours(_random.Next(1, 24 * 20)));
                    break;
                case 5 when holds.Count > 0:
                    _purse.Commit(Of(holds).Id, Amount(300), OverHold.Charge);
                    break;
                case 6 when holds.Count > 0:
                    _purse.Release(Of(holds).Id);
                    break;
                case 7:
                    _purse.Debit(Amount(200));
                    break;
                case 8 when _used.Count > 0:
                    _used.RemoveAt(_random.Next(_used.Count));
                    break;
                case 9:
                    _purse.Update(wallet => wallet with { TopUp = _random.Next(3) == 0 ? null : new TopUp(Amount(100), Amount(200) + 10) });
                    break;
                case 10:
                    Bill();
                    break;
                case 11:
                    Keep(_purse.Bill(new LineDraft(LineKind.OneTime, "Fee", new Period(_purse.Now, _purse.Now), _random.Next(1, 200), Explain.Empty)));
                    break;
                case 12 when _lines.Count > 0:
                    Credit();
                    break;
                case 13 when _purse.State.Grants.FirstOrDefault(static grant => grant.Status is GrantStatus.Active) is { } taken:
                    _purse.Void(taken.Id);
                    break;
                default:
                    _used.Add((_since + Duration.FromTicks((_purse.Now - _since).TotalTicks * _random.NextDouble()), _random.Next(1, 150)));
                    Look();
                    break;
            }
        }

        private void Grant()
        {
            var amount = Amount(500);
            var recurs = _random.Next(2) == 0;
            decimal? maximum = recurs && _random.Next(3) > 0 ? amount + Amount(500) : null;
            _purse.Grant(new GrantOrder(amount)
            {
                Priority = _random.Next(-1, 2),
                ExpiresAt = _random.Next(2) == 0 ? _purse.Now + Duration.FromDays(_random.Next(1, 40)) : null,
                Recurrence = recurs ? new BillingInterval(IntervalUnit.Week, 1) : null,
                RolloverMinimum = maximum is not null && _random.Next(2) == 0 ? 0 : null,
                RolloverMaximum = maximum,
            });
        }

        /// <summary>What was sold is paid, or comes to nothing: a card that is declined, an invoice that is voided.</summary>
        private void Settle()
        {
            foreach (var grant in _purse.State.Grants.Where(static grant => grant is { IsSold: true, Sale: null or InvoiceStatus.Uncollectible }))
            {
                _purse.Sale(grant.Id, _random.Next(4) switch { 0 => InvoiceStatus.Void, 1 => InvoiceStatus.Uncollectible, _ => InvoiceStatus.Paid });
            }

            Pass(0);
            _purse.Due();
        }

        private void Look()
        {
            var burnt = ProvisionalBurn.Of(
                _purse.State.Wallet.Account, [.. _purse.State.Grants.Where(static grant => grant is { IsLiving: true, Status: GrantStatus.Active }).Select(grant => new PrepaidGrant(_purse.State.Wallet, grant))],
                [], Line() is { } line ? [line] : [], _purse.Now);
            for (var i = 0; i < _purse.State.Grants.Length; i++)
            {
                _purse.Look(i, burnt.GetValueOrDefault(_purse.State.Grants[i].Id));
            }
        }

        /// <summary>What was used, parted where grants begin or end.</summary>
        private LineDraft? Line()
        {
            ImmutableArray<Instant> bounds = [_since, .. _purse.State.Grants.SelectMany(static grant => grant.Bounds).Where(at => _since < at && at < _purse.Now).Distinct().Order(), _purse.Now];
            ImmutableArray<UsageShare> parts = _since == _purse.Now ? [] :
                [.. bounds.Zip(bounds.Skip(1), (from, to) => new UsageShare(new Period(from, to), _used.Where(used => from <= used.At && used.At < to).Sum(static used => used.Amount)))];
            return parts.Sum(static part => part.Amount) is > 0 and var amount
                ? new LineDraft(LineKind.Usage, "Calls", new Period(_since, _purse.Now), amount, Explain.Empty) { Price = "calls", UsedIn = parts }
                : null;
        }

        private void Bill()
        {
            if (Line() is { } line)
            {
                Keep(_purse.Bill(line));
            }

            (_since, _) = (_purse.Now, 0);
            _used.Clear();
            _purse.Settled().Due();
        }

        private void Keep(InvoiceLine? line)
        {
            if (line is { WalletAmount: > 0 })
            {
                _lines.Add(line);
            }
        }

        /// <summary>A part of a line is credited: what prepaid credit paid of it goes back to its grants.</summary>
        private void Credit()
        {
            var line = Of(_lines);
            var left = _purse.Movements.Where(movement => movement.Line?.Line == line.Id).Sum(static movement => movement.Line!.Paid);
            if (left > 0)
            {
                var back = _random.NextInt64(1, left + 1);
                _purse.Bill(new LineDraft(LineKind.ProrationCredit, "Back", line.Draft.Period, -back, Explain.Empty) { CreditedLine = line.Id, CarriedWallet = -back });
            }
        }

        /// <summary>Time passes; what ends waits where usage of its time is not billed.</summary>
        private void Pass(int minutes)
        {
            _purse.At(_purse.Now + Duration.FromMinutes(minutes));
            for (var i = 0; i < _purse.State.Grants.Length; i++)
            {
                if (_purse.State.Grants[i] is { Status: GrantStatus.Active } grant && (grant.Recurrence is not null || grant.ExpiresAt <= _purse.Now) && !(grant.ExpiresAt <= _since))
                {
                    _purse.Await(i);
                }
            }
        }

        /// <summary>All is billed, holds end, and everything lapses: nothing is deferred any more.</summary>
        private void End()
        {
            Bill();
            _purse.Update(static wallet => wallet with { TopUp = null });
            _purse.At(_purse.Now + Duration.FromDays(40)).Settled().Due();
            foreach (var grant in _purse.State.Grants.Where(static grant => grant.Status is GrantStatus.Active))
            {
                Assert.Null(_purse.Void(grant.Id));
            }

            foreach (var grant in _purse.State.Grants.Where(static grant => grant.Status is GrantStatus.Pending))
            {
                _purse.Sale(grant.Id, InvoiceStatus.Void);
            }

            _purse.Due();
            Assert.Equal((0m, 0L), (_purse.State.Grants.Sum(static grant => grant.Remaining), _purse.Booked(LedgerAccount.PrepaidCredit)));
        }

        private decimal Amount(int most) => _purse.State.Wallet.IsMoney ? _random.Next(1, most) : _random.Next(1, most * 10) / 10m;

        private T Of<T>(List<T> list) => list[_random.Next(list.Count)];
    }
}
