using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Random lives in which plans and items come and go at negotiated prices: whatever happens when, the cents hold.</summary>
public sealed class SubscriptionItemsProperties
{
    private static readonly PlanVersion[] Owns =
    [
        Named("small", Life.Plan(prices: [Life.Flat("base", 300_001), Life.PerUnit("seats", 100_003)])) with
        {
            Phases = [new PlanPhase(1, [Life.Flat("base", 90_001)]), new PlanPhase(2, [Life.PerUnit("seats", 40_009)])],
        },
        Named("large", Life.Plan(prices: [Life.Flat("base", 700_003), Life.PerUnit("seats", 90_001)])),
    ];

    private static readonly PlanVersion[] Added =
    [
        Named("disk", Life.Plan(prices: [Life.Flat("disk", 110_007), Life.PerUnit("backup", 50_003)])),
        Named("desk", Life.Plan(prices: [Life.Flat("desk", 170_011), Life.OneTime("onboarding", 40_000)])),
        Named("seats", Life.Plan(prices: [Life.PerUnit("seats", 30_011)])),
    ];

    private static readonly ProrationPolicy?[] Policies =
        [ProrationPolicy.Second, ProrationPolicy.Day, null, ProrationPolicy.Day30, ProrationPolicy.None, ProrationPolicy.FullDifference];

    private static readonly Gen<(int Hours, int Kind, int Which, int Policy, int When, int Value)> Steps =
        Gen.Select(Gen.Int[0, 24 * 12], Gen.Int[0, 3], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 99]);

    private static readonly Gen<(int Start, int Anchor, (int Hours, int Kind, int Which, int Policy, int When, int Value)[] Steps)> Lives =
        Gen.Select(Gen.Int[0, 900 * 24], Gen.Int[0, 1], Steps.Array[1, 10]);

    [Fact]
    public void Credits_never_exceed_what_was_billed_and_every_document_adds_up() => Lives.Sample(
        life =>
        {
            var lines = Play(life, 6).Life.Invoices.SelectMany(invoice => invoice.Lines).ToList();
            var charges = lines.Where(line => line.Draft.CreditedLine is null).ToDictionary(line => line.Id);
            foreach (var credits in lines.Where(line => line.Draft.CreditedLine is not null).GroupBy(line => line.Draft.CreditedLine!))
            {
                Assert.InRange(-credits.Sum(credit => credit.Draft.Amount), 0, charges[credits.Key].Draft.Amount);
            }
        },
        iter: 1500);

    [Fact]
    public void An_item_whose_terms_stay_is_neither_credited_nor_cut() => Lives.Sample(
        life =>
        {
            var (played, touched) = Play(life, 6);
            foreach (var invoice in played.Invoices.Where(invoice => invoice.Cause == "change"))
            {
                Assert.All(invoice.Lines, line => Assert.Contains((line.Draft.Cause!, line.Draft.Item!), touched));
            }
        },
        iter: 1000);

    [Fact]
    public void By_second_each_item_costs_its_price_for_the_time_that_it_was_sold() => Lives.Sample(
        life =>
        {
            // All flat, one policy, everything now, no override: an account kept by hand must agree.
            var start = Life.Utc("2024-01-01") + Duration.FromHours(life.Start);
            var own = Life.Plan();
            var extras = Enumerable.Range(0, 6).Select(i => Named($"extra{i}", Life.Plan(prices: Life.Flat($"price{i}", 100_003 + (i * 7001))))).ToArray();
            var played = new Life(own, "Asia/Kathmandu").Start(start);
            var (now, parts, open) = (start, new List<(decimal Price, Instant From, Instant To)>(), new Dictionary<int, Instant>());
            foreach (var step in life.Steps)
            {
                now += Duration.FromHours(step.Hours);
                if (open.Remove(step.Which, out var from))
                {
                    Assert.True(played.Remove(now, played.ItemOf($"price{step.Which}").Id, now, ProrationPolicy.Second).IsAccepted);
                    parts.Add((100_003 + (step.Which * 7001), from, now));
                }
                else
                {
                    Assert.True(played.Add(now, extras[step.Which], ProrationPolicy.Second).IsAccepted);
                    open[step.Which] = now;
                }
            }

            now += Duration.FromHours(5);
            Assert.True(played.Cancel(now, now, ProrationPolicy.Second).IsAccepted);
            parts.AddRange(open.Select(pair => (100_003m + (pair.Key * 7001), pair.Value, now)));
            parts.Add((3000, start, now));
            var owed = played.Periods.Sum(period => parts.Sum(part =>
            {
                var (from, to) = (Instant.Max(period.Start, part.From), Instant.Min(period.End, part.To));
                return to > from ? part.Price * (decimal)(to - from).TotalHours / (decimal)period.Duration.TotalHours : 0;
            }));
            var lines = played.Invoices.Sum(invoice => invoice.Lines.Length);
            Assert.InRange(played.Invoices.Sum(invoice => invoice.Totals.Total) - owed, -lines, lines);
        },
        iter: 1000);

    [Fact]
    public void Each_instant_of_an_item_is_billed_once_at_most() => Lives.Sample(
        life =>
        {
            var lines = Play(life, 2).Life.Invoices.SelectMany(invoice => invoice.Lines).ToList();
            var cut = lines.Where(line => line.Draft.CreditedLine is not null).ToDictionary(line => line.Draft.CreditedLine!, line => line.Draft.Period.Start);
            var billed = lines.Where(line => line.Draft is { CreditedLine: null, Amount: > 0, Kind: LineKind.Recurring or LineKind.ProrationCharge });
            foreach (var item in billed.GroupBy(line => line.Draft.Item))
            {
                var end = Instant.MinValue;
                foreach (var line in item.OrderBy(line => line.Draft.Period.Start))
                {
                    var (start, to) = (line.Draft.Period.Start, cut.GetValueOrDefault(line.Id, line.Draft.Period.End));
                    if (to > start)
                    {
                        // A period that ends on the local day of the change has no day of it left to credit.
                        Assert.True(start >= end || Domain.Schedule.PeriodCalendar.LocalDays(start, end, "Europe/Berlin") == 0, $"{line.Draft.Price} {start} {end}");
                        end = to;
                    }
                }
            }
        },
        iter: 1000);

    /// <summary>Plays a life under the first policies; tells which item each cause was asked to touch.</summary>
    private static (Life Life, HashSet<(string Cause, string Item)> Touched) Play(
        (int Start, int Anchor, (int Hours, int Kind, int Which, int Policy, int When, int Value)[] Steps) life, int policies)
    {
        var now = Life.Utc("2024-01-01") + Duration.FromHours(life.Start);
        var played = new Life(Owns[life.Start % 2], "Europe/Berlin")
            .Start(now, order => order with { Anchor = life.Anchor == 0 ? new Domain.Schedule.StartAnchor() : new Domain.Schedule.CalendarAnchor(), AddOns = [new AddOnOrder(Added[0])] });
        var touched = new HashSet<(string, string)>();
        foreach (var step in life.Steps)
        {
            now += Duration.FromHours(step.Hours);
            played.Until(now);
            var (before, invoices) = (played.State.Items, played.Invoices.Count);
            Instant? at = step.When switch { 0 when policies > 2 => null, 1 => now - Duration.FromHours(step.Value % 50), 2 when policies > 2 => now + Duration.FromHours(step.Value), _ => now };
            var policy = Policies[step.Policy % policies];
            Take(played, step, now, at, policy);
            if (at <= now)
            {
                Touch(played, before, invoices, touched);
            }
            else
            {
                // What was scheduled names its items when its time comes: the step is played to its end here.
                played.Until(now = at ?? played.State.CurrentPeriod.End);
                Touch(played, before, invoices, touched);
            }
        }

        now += Duration.FromDays(3);
        Assert.True(played.Cancel(now, now, Policies[life.Start % 2]).IsAccepted);
        return (played, touched);
    }

    private static void Take(Life played, (int Hours, int Kind, int Which, int Policy, int When, int Value) step, Instant now, Instant? at, ProrationPolicy? policy)
    {
        switch (step.Kind)
        {
            case 0:
                var own = Owns[step.Which % 2];
                played.Change(now, own, policy, order => order with { At = at, Quantities = order.Quantities.Add("seats", step.Value % 5) });
                break;
            case 1:
                var added = Added[step.Which % 3];
                var one = step.Value % 2 == 0 ? added.Prices[step.Value % added.Prices.Length].Code : null;
                played.Add(now, added, policy, order => order with { At = at, Price = one });
                break;
            case 2:
                played.Remove(now, played.State.Items[step.Value % played.State.Items.Length].Id, at, policy);
                break;
            default:
                var item = played.State.Items[step.Value % played.State.Items.Length].Id;
                played.Change(now, null, policy, order => order with { At = at, Overrides = order.Overrides.Add(item, new PriceOverride(null, step.Value % 7 * 10)) });
                break;
        }
    }

    /// <summary>Items that are not what they were, with the causes of the lines that the step made for them.</summary>
    private static void Touch(Life played, IReadOnlyCollection<SubscriptionItem> before, int invoices, HashSet<(string Cause, string Item)> touched)
    {
        static object Terms(SubscriptionItem item) => (item.Plan, item.Price, item.Quantity, item.Override);

        var was = before.ToDictionary(item => item.Id, Terms);
        var isNow = played.State.Items.ToDictionary(item => item.Id, Terms);
        var changed = was.Keys.Union(isNow.Keys).Where(id => !Equals(was.GetValueOrDefault(id), isNow.GetValueOrDefault(id))).ToHashSet();
        foreach (var line in played.Invoices.Skip(invoices).Where(invoice => invoice.Cause == "change").SelectMany(invoice => invoice.Lines))
        {
            if (changed.Contains(line.Draft.Item!))
            {
                touched.Add((line.Draft.Cause!, line.Draft.Item!));
            }
        }
    }
}
