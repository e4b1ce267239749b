using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>
/// Random lives with a matrix price that lacks cells: events, late ones, corrections of values and properties, pieces, retries. After each
/// look a span costs what its standing units cost, each once, and those without a cell from their retry on.
/// </summary>
public sealed class UsageCellsProperties
{
    private static readonly string?[] Regions = ["eu", "us", "mars", "venus", null];

    /// <summary>What prices units without a cell once it is negotiated; from then on it is the item's price.</summary>
    private static readonly PricingModel[] Negotiated =
    [
        UsageCellsTests.Matrix(3, ("eu", 10), ("us", 4), ("mars", 100), ("venus", 7)),
        UsageCellsTests.Matrix(3, ("eu", 10), ("us", 4), ("mars", 100), ("venus", 7)) with { MaximumAmount = 900 },
        new PerUnitModel(6, 5),
        new PerUnitModel(6) { MaximumAmount = 300 },
        new GraduatedModel([new Tier(10, 0), new Tier(30, 9), new Tier(null, 2)]),
        new PackageModel(10, 55, 5),
    ];

    private static readonly (long? Minimum, long? Maximum)[] Bounds = [(null, null), (200, null), (null, 250), (100, 600)];

    private static readonly Gen<(int Model, int Bounds, bool Gathers, bool Carries, int Grace, (int Kind, int Hours, int Value, int Back)[] Steps)> Lives = Gen.Select(
        Gen.Int[0, Negotiated.Length - 1], Gen.Int[0, Bounds.Length - 1], Gen.Bool, Gen.Bool, Gen.Int[0, 1],
        Gen.Select(Gen.Int[0, 12], Gen.Int[0, 200], Gen.Int[0, 40], Gen.Int[0, 1500]).Array[1, 40],
        (model, bounds, gathers, carries, grace, steps) => (model, bounds, gathers, carries, grace, steps));

    [Fact]
    public void A_span_costs_what_its_standing_units_cost_each_once_and_those_without_a_cell_from_their_retry_on() => Lives.Sample(
        drawn =>
        {
            var sold = UsageCellsTests.Matrix(null, ("eu", 10), ("us", 4)) with { MinimumAmount = Bounds[drawn.Bounds].Minimum, MaximumAmount = Bounds[drawn.Bounds].Maximum };
            var plan = Named("regions", Life.Plan(prices: [Life.Flat("base", 100), Life.Metered("calls", sold)])) with { UsageGraceHours = drawn.Grace * 48 };
            var now = Life.Utc("2026-01-10");
            var life = new Life(plan).On(account => account with { Grouping = drawn.Gathers ? InvoiceGrouping.Account : InvoiceGrouping.Subscription }).Start(now);
            var told = new Told(life, sold, Negotiated[drawn.Model], drawn.Carries ? LatePolicy.CarryForward : LatePolicy.Rerate);
            foreach (var (kind, hours, value, back) in drawn.Steps)
            {
                now += Duration.FromHours(hours);
                life.Until(now);
                switch (kind)
                {
                    case 0 or 1 or 2 or 3:
                        Use(life, kind < 2 ? now : now - Duration.FromHours(back), value - 2, back);
                        break;
                    case 4 or 5 when life.Used.Count > 0:
                        life.Used[back % life.Used.Count] = life.Used[back % life.Used.Count] with { Value = (value % 12) - 3 };
                        break;
                    case 6 when life.Used.Count > 0:
                        life.Used[back % life.Used.Count] = life.Used[back % life.Used.Count] with { Properties = Of(Regions[value % Regions.Length]) };
                        break;
                    case 7:
                        told.Negotiate(now);
                        break;
                    case 8 or 9:
                        told.Retry();
                        break;
                    case 10:
                        life.Piece(now);
                        break;
                    case 11 or 12:
                        told.Look(now);
                        break;
                }
            }

            told.Negotiate(now);
            life.Cancel(now + Duration.FromHours(5), now + Duration.FromHours(5));
            told.Look(now + Duration.FromDays(10));
            told.Retry();
            Assert.Empty(life.State.SetAside);
            told.Look(now + Duration.FromDays(11));
            Assert.Empty(life.State.SetAside);
        },
        iter: 800);

    private static void Use(Life life, Instant at, decimal value, int back)
    {
        if (Regions[back % Regions.Length] is { } region)
        {
            life.Use(at, value, ("region", region));
        }
        else
        {
            life.Use(at, value);
        }
    }

    private static ImmutableSortedDictionary<string, string> Of(string? region) =>
        region is null ? ImmutableSortedDictionary<string, string>.Empty : ImmutableSortedDictionary<string, string>.Empty.Add("region", region);

    /// <summary>A life, and what of its units without a cell retries have billed, by what was asked of it.</summary>
    private sealed class Told(Life life, MatrixModel sold, PricingModel negotiated, LatePolicy policy)
    {
        private readonly Dictionary<(Instant Span, string Region), decimal> _retried = [];
        private bool _isNegotiated;

        public void Negotiate(Instant now) =>
            _isNegotiated |= !_isNegotiated && life.Change(now, null, order: order => order with { Overrides = UsageCellsTests.Override(negotiated) }).IsAccepted;

        public void Retry()
        {
            foreach (var line in life.State.SetAside)
            {
                var accepted = life.Retry(line.Id).IsAccepted;
                Assert.True(accepted || !_isNegotiated);
                if (accepted)
                {
                    // What was taken back meanwhile is told by the next look.
                    foreach (var (region, quantity) in Groups(line.Usage!).Where(group => group.Key is not ("eu" or "us")))
                    {
                        _retried[(line.Period.Start, region)] = Math.Max(_retried.GetValueOrDefault((line.Period.Start, region)), quantity);
                    }
                }
            }
        }

        public void Look(Instant now)
        {
            life.Late(now, policy);
            foreach (var part in life.Counted.Select(closed => closed.Part).Where(part => part.Sold.Override is null).DistinctBy(part => part.Span.Start))
            {
                var groups = Groups(part);
                foreach (var known in _retried.Keys.Where(known => known.Span == part.Span.Start).ToList())
                {
                    _retried[known] = Math.Min(_retried[known], groups.GetValueOrDefault(known.Region));
                }

                Assert.Equal((part.Span, Cost(part, groups)), (part.Span, Billed(part)));
            }
        }

        /// <summary>Minor units on the lines of the span, less credits of them: of the closing, and of retries.</summary>
        private (long Main, long Cells) Billed(UsagePart part)
        {
            var lines = life.Invoices.SelectMany(invoice => invoice.Lines).Select(line => (line.Id, line.Draft)).Concat(life.Waiting.Select(line => (Id: line.Draft.Id!, line.Draft)))
                .Where(line => line.Draft.Kind is LineKind.Usage && line.Draft.Period.Start == part.Span.Start).ToList();
            var left = lines.Where(line => line.Draft.CreditedLine is null).ToDictionary(line => line.Id, line => line.Draft.Amount);
            foreach (var (_, credit) in lines.Where(line => line.Draft.CreditedLine is not null))
            {
                left[credit.CreditedLine!] += credit.Amount;
            }

            Assert.All(left.Values, amount => Assert.True(amount >= 0));
            var cells = lines.Where(line => line.Draft.Explain.Facts.GetValueOrDefault("set_aside") is "no_cell").Sum(line => left[line.Id]);
            return (left.Values.Sum() - cells, cells);
        }

        private (long Main, long Cells) Cost(UsagePart part, Dictionary<string, decimal> groups)
        {
            var rest = Rater.Rate(sold with { MinimumAmount = null }, Input(part, groups.Where(group => group.Key is "eu" or "us"))).Value.Amount;
            var billed = Rater.Rate(sold, Input(part, groups.Where(group => group.Key is "eu" or "us"))).Value.Amount;
            var retried = groups.Keys.Where(region => _retried.GetValueOrDefault((part.Span.Start, region)) > 0).ToDictionary(region => region, region => _retried[(part.Span.Start, region)]);
            if (retried.Count == 0)
            {
                return (billed, 0);
            }

            var cells = Rater.Rate(negotiated with { MaximumAmount = null }, Input(part, retried)).Value.Amount;
            if (negotiated.MaximumAmount is { } maximum)
            {
                cells = Math.Min(cells, Math.Max(0, Rounding.ToMinorUnits(part.Bounds.Of(maximum)) - rest));
            }

            return (billed, Math.Max(0, cells - (billed - rest)));
        }

        private RatingInput Input(UsagePart part, IEnumerable<KeyValuePair<string, decimal>> groups)
        {
            ImmutableArray<RatingGroup> of = [.. groups.Select(group => new RatingGroup(Of(group.Key.Length == 0 ? null : group.Key), group.Value))];
            return new RatingInput(of.Sum(group => group.Quantity)) { Groups = negotiated is MatrixModel || of.All(group => group.Values.GetValueOrDefault("region") is "eu" or "us") ? of : [], BoundsShare = part.Bounds };
        }

        private Dictionary<string, decimal> Groups(UsagePart part) => life.Used.Where(used => part.Span.Contains(used.At))
            .GroupBy(used => used.Properties.GetValueOrDefault("region", "")).ToDictionary(of => of.Key, of => Math.Max(0, of.Sum(used => used.Value ?? 0)));
    }
}
