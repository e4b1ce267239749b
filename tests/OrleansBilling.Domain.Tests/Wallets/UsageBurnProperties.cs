using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Subscriptions;
using OrleansBilling.Domain.Wallets;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Wallets;

/// <summary>
/// Usage paid by random grants that begin and end within its spans, with holds and changes of price: each event is paid by the grants of
/// its time, in their order, and what was seen of it just before its close is what the close takes. The oracle counts event by event.
/// </summary>
public sealed class UsageBurnProperties
{
    private static readonly PlanVersion[] Plans =
    [
        Named("unit", Life.Plan(prices: Life.Metered("calls", new PerUnitModel(7)))),
        Named("tiers", Life.Plan(prices: Life.Metered("calls", new GraduatedModel([new Tier(30, 10), new Tier(null, 3)])))),
        Named("packs", Life.Plan(prices: Life.Metered("calls", new PackageModel(10, 55, 5)))),
        Named("volume", Life.Plan(prices: Life.Metered("calls", new VolumeModel([new Tier(30, 10), new Tier(null, 3)])))),
        Named("late", Life.Plan(prices: Life.Metered("calls", new PerUnitModel(7)))) with { UsageGraceHours = 60 },
    ];

    [Fact]
    public void Each_event_is_paid_by_the_grants_of_its_time_and_seen_before_as_it_is_billed()
    {
        var paid = 0L;
        Gen.Int.Sample(seed => Interlocked.Add(ref paid, new World(seed).Live()), iter: 500);
        Assert.NotEqual(0, paid);
    }

    private sealed class World
    {
        private readonly Random _random;
        private readonly GrantRows _rows;
        private readonly Life _life;
        private readonly bool _withCoupons;
        private Instant _now = Life.Utc("2026-01-10");

        public World(int seed)
        {
            _random = new Random(seed);
            _withCoupons = _random.Next(2) == 0;
            GrantRows? rows = null;
            _life = new Life(Plans[_random.Next(Plans.Length)])
            {
                Reads = (known, _) => known with { Billing = known.Billing with { Prepaid = rows?.Living ?? [] } },
                Watch = Seen,
            };
            _rows = rows = new GrantRows(_life.Facts().Billing.Account) { AwaitsUsage = true };
            _rows.Wallet("wal_a", _now, null, _random.Next(-1, 2)).Wallet("wal_b", _now, 2m, _random.Next(-1, 2), _random.Next(3) == 0 ? ["other"] : ["calls"]);
            _life.Start(_now);
        }

        /// <returns>Minor units that grants have paid.</returns>
        public long Live()
        {
            for (var i = 0; i < 30; i++)
            {
                _now += Duration.FromHours(_random.Next(0, 120));
                _life.Until(_now);
                Step();
            }

            _now += Duration.FromHours(1);
            _life.Cancel(_now, _now);
            _life.Until(_now + Duration.FromDays(5));
            return _rows.Movements.Sum(static movement => movement.Line?.Paid ?? 0);
        }

        private void Step()
        {
            var wallet = _random.Next(2) == 0 ? "wal_a" : "wal_b";
            switch (_random.Next(_withCoupons ? 11 : 10))
            {
                case <= 4:
                    var since = _life.State.Items.Select(static item => item.Usage?.From).Max() ?? _now;
                    _life.Use(since + Duration.FromTicks((_now - since).TotalTicks * _random.NextDouble()), _random.Next(1, 40));
                    break;
                case <= 7:
                    var from = _now + Duration.FromHours(_random.Next(2) * _random.Next(0, 400));
                    _rows.Grant(wallet, new GrantOrder(_random.Next(1, 400))
                    {
                        EffectiveAt = from,
                        ExpiresAt = _random.Next(2) == 0 ? from + Duration.FromHours(_random.Next(1, 600)) : null,
                        Priority = _random.Next(-1, 2),
                    }, _now);
                    break;
                case 8:
                    _rows.Look(Provisional(_life.State, _now));
                    var asked = _random.Next(1, 200);
                    var free = Grants(_now).Where(grant => grant.Wallet == wallet).Sum(static grant => Math.Max(0, grant.Remaining - grant.Held - grant.Provisional));
                    Assert.Equal(free, _rows.Available(wallet, _now));
                    Assert.Equal(asked <= free, _rows.Hold(wallet, asked, _now));
                    break;
                case 10:
                    var code = $"c{_life.Invoices.Count}-{_now.ToUnixTimeTicks()}";
                    var duration = (CouponDuration)_random.Next(3);
                    _life.AddCoupon(_now, new CouponFacts(
                        _random.Next(2) == 0 ? Promos.Percent(_random.Next(1, 101), duration, code, duration is CouponDuration.Repeating ? 2 : null) : Promos.Amount(_random.Next(1, 400), duration, code, duration is CouponDuration.Repeating ? 2 : null),
                        0, null));
                    break;
                default:
                    _life.Change(_now, Plans[_random.Next(Plans.Length)]);
                    break;
            }
        }

        private ImmutableDictionary<string, decimal> Provisional(SubscriptionState state, Instant at) =>
            ProvisionalBurn.Of("acct_1", _rows.Living, AccruedUsage.Of(state, _life.Facts(), at, parted: true), [], at);

        private IEnumerable<Grant> Grants(Instant at) => _rows.Grants.Where(grant => grant.EffectiveAt <= at && !(grant.ExpiresAt <= at));

        private void Seen(SubscriptionState? before, SubscriptionStep step)
        {
            var lines = step.Documents.Invoices.SelectMany(static invoice => invoice.Lines).Where(static line => line.Draft is { Kind: LineKind.Usage, Amount: > 0 }).ToList();
            if (lines.Count == 0 || before is null)
            {
                _rows?.Keep(step.Documents);
                return;
            }

            // What waited for stragglers may close at the very instant at which what runs does.
            lines.Sort(static (a, b) => a.Draft.Period.Start.CompareTo(b.Draft.Period.Start));
            // What coupons leave is parted as the usage was, and not event by event.
            var expected = lines.TrueForAll(static line => line.DiscountAmount == 0) ? Oracle([.. lines.Select(static line => line.Draft)]) : null;
            var line = lines[^1];
            // Of what waits for stragglers and what runs beside it only the one is billed; a change ends a volume price before the end that was
            // ahead, and coupons of another period are at work.
            var isAhead = line.Draft.Period.End == before.CurrentPeriod.End || (line.Draft.Plan != "volume" && before.Coupons.IsEmpty);
            var seen = before.UsageWaiting.IsEmpty && isAhead ? Provisional(before, line.Draft.Period.End) : null;
            _rows.Keep(step.Documents);

            var moved = step.Documents.Wallets.Movements.Where(movement => lines.Exists(line => movement.Line?.Line == line.Id)).GroupBy(static movement => movement.Grant, StringComparer.Ordinal)
                .ToDictionary(static grant => grant.Key, static grant => (Paid: grant.Sum(static part => part.Line!.Paid), Amount: -grant.Sum(static part => part.Amount)), StringComparer.Ordinal);
            Assert.Equal(Shown(expected ?? moved.ToDictionary(static grant => grant.Key, static grant => (decimal)grant.Value.Paid)), Shown(moved.ToDictionary(static grant => grant.Key, static grant => (decimal)grant.Value.Paid)));
            Assert.Equal(lines.Sum(static line => line.WalletAmount), moved.Values.Sum(static grant => grant.Paid));
            if (seen is not null)
            {
                Assert.Equal(Shown(moved.ToDictionary(static grant => grant.Key, static grant => grant.Value.Amount)), Shown(seen));
            }
        }

        /// <summary>What each grant pays of lines, event by event in their order.</summary>
        private Dictionary<string, decimal> Oracle(List<LineDraft> lines)
        {
            var dues = lines.ConvertAll(Dues).SelectMany(static due => due);
            var left = _rows.Living.Where(static held => held.Wallet.AppliesTo.IsEmpty || held.Wallet.AppliesTo.Contains("calls"))
                .OrderBy(static held => held.Wallet.Priority).ThenBy(static held => held.Grant.Priority).ThenBy(static held => held.Grant.ExpiresAt ?? Instant.MaxValue)
                .ThenBy(static held => held.Grant.CreatedAt).ThenBy(static held => held.Grant.Id, StringComparer.Ordinal)
                .Select(static held => (held.Grant, Worth: (held.Grant.Remaining - held.Grant.Held) * held.Wallet.UnitValue)).ToList();
            var paid = new Dictionary<string, decimal>(StringComparer.Ordinal);
            foreach (var (at, amount) in dues)
            {
                var due = amount;
                for (var i = 0; i < left.Count && due > 0; i++)
                {
                    var (grant, worth) = left[i];
                    var part = grant.EffectiveAt <= at && !(grant.ExpiresAt <= at) ? Math.Min(due, worth) : 0;
                    left[i] = (grant, worth - part);
                    paid[grant.Id] = paid.GetValueOrDefault(grant.Id) + part;
                    due -= part;
                }
            }

            return paid;
        }

        /// <summary>What each event of a line is due.</summary>
        private List<(Instant At, decimal Due)> Dues(LineDraft line)
        {
            var price = PriceOf(line.Plan!);
            var events = _life.Used.Where(used => line.Period.Start <= used.At && used.At < line.Period.End).OrderBy(static used => used.At).ThenBy(static used => used.Batch).ToList();
            List<(Instant At, decimal Due)> dues = [];
            var used = 0m;
            foreach (var each in events)
            {
                dues.Add((each.At, price(used + each.Value!.Value) - price(used)));
                used += each.Value!.Value;
            }

            Assert.Equal(line.Amount, dues.Sum(static due => due.Due));
            return line.Plan == "volume" ? [(line.Period.End - Duration.FromTicks(10), line.Amount)] : dues;
        }

        private static Func<decimal, decimal> PriceOf(string plan) => plan switch
        {
            "tiers" => static quantity => (Math.Min(quantity, 30) * 10) + (Math.Max(quantity - 30, 0) * 3),
            "packs" => static quantity => Math.Ceiling(Math.Max(quantity - 5, 0) / 10) * 55,
            "volume" => static quantity => quantity <= 30 ? quantity * 10 : quantity * 3,
            _ => static quantity => quantity * 7,
        };

        private static string Shown(IEnumerable<KeyValuePair<string, decimal>> parts) => string.Join(
            ", ", parts.Where(static part => part.Value != 0).OrderBy(static part => part.Key, StringComparer.Ordinal).Select(static part => FormattableString.Invariant($"{part.Key} {part.Value:0.####}")));
    }
}
