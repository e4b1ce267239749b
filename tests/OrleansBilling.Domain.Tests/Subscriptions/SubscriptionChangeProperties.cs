using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Random lives with random changes, under all policies: whatever happens when, the cents hold.</summary>
public sealed class SubscriptionChangeProperties
{
    private static readonly PlanVersion[] Plans =
    [
        Named("small", Life.Plan(prices: [Life.Flat("base", 300_001), Life.PerUnit("seats", 100_003)])),
        Named("large", Life.Plan(prices: [Life.Flat("base", 700_003), Life.PerUnit("seats", 90_001)])),
        Named("bare", Life.Plan(prices: [Life.Flat("base", 200_003, ProrationPolicy.Second)])),
        Named("week", Life.Plan("week", prices: [Life.Flat("base", 100_001), Life.PerUnit("seats", 30_001, ProrationPolicy.None)])),
        Named("year", Life.Plan("year", prices: [Life.Flat("base", 3_000_001), Life.OneTime("setup", 50_000)])),
    ];

    private static readonly string[] Zones = ["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];

    private static readonly ProrationPolicy?[] Policies =
        [ProrationPolicy.Day, ProrationPolicy.Second, ProrationPolicy.None, ProrationPolicy.FullDifference, null, ProrationPolicy.Day30];

    private static readonly Gen<(int Hours, int Plan, int Quantity, int Policy, int When, int Reset)> Steps =
        Gen.Select(Gen.Int[0, 24 * 25], Gen.Int[0, Plans.Length - 1], Gen.Int[0, 4], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 5]);

    private static readonly Gen<(int Start, int Zone, int Anchor, int Trial, int Plan, (int Hours, int Plan, int Quantity, int Policy, int When, int Reset)[] Steps)> Lives =
        Gen.Select(Gen.Int[0, 900 * 24], Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[-20, 10], Gen.Int[0, Plans.Length - 1], Steps.Array[1, 8]);

    [Fact]
    public void Periods_tile() => Lives.Sample(
        life =>
        {
            var played = Play(life);
            var changes = played.Events.Where(told => told.Type == "subscription.changed").Select(told => (Instant)told.Data["at"]!).ToHashSet();
            for (var i = 1; i < played.Periods.Count; i++)
            {
                var (last, next) = (played.Periods[i - 1], played.Periods[i]);
                Assert.True(next.Start == last.End || (last.Start <= next.Start && next.Start < last.End && changes.Contains(next.Start)), $"{last} {next}");
            }
        },
        iter: 1500);

    [Fact]
    public void Credits_never_exceed_what_was_billed_and_every_document_adds_up() => Lives.Sample(
        life =>
        {
            var lines = Play(life).Invoices.SelectMany(invoice => invoice.Lines).ToList();
            var charges = lines.Where(line => line.Draft.CreditedLine is null).ToDictionary(line => line.Id);
            foreach (var credits in lines.Where(line => line.Draft.CreditedLine is not null).GroupBy(line => line.Draft.CreditedLine!))
            {
                Assert.InRange(-credits.Sum(credit => credit.Draft.Amount), 0, charges[credits.Key].Draft.Amount);
            }
        },
        iter: 1500);

    [Fact]
    public void Each_instant_of_a_price_is_billed_for_one_plan_at_most() => Lives.Sample(
        life =>
        {
            // On day 31 a month of thirty days has nothing left to credit: there two policies may meet by the rules.
            var tame = life with { Steps = [.. life.Steps.Select(step => step with { Policy = Math.Min(step.Policy, 4) })] };
            var lines = Play(tame).Invoices.SelectMany(invoice => invoice.Lines).ToList();
            var cut = lines.Where(line => line.Draft.CreditedLine is not null).ToDictionary(line => line.Draft.CreditedLine!, line => line.Draft.Period.Start);
            var billed = lines
                .Where(line => line.Draft is { CreditedLine: null, Amount: > 0, Kind: LineKind.Recurring or LineKind.ProrationCharge }
                    && line.Draft.Proration?.Policy is not ProrationPolicy.FullDifference)
                .Select(line => (line.Draft.Price, line.Draft.Period.Start, End: cut.TryGetValue(line.Id, out var at) ? at : line.Draft.Period.End));
            var zone = Zones[tame.Zone];
            foreach (var price in billed.GroupBy(part => part.Price))
            {
                var end = Instant.MinValue;
                foreach (var part in price.Where(part => part.End > part.Start).OrderBy(part => part.Start))
                {
                    // A period that ends on the local day of the change has no day of it left to credit.
                    Assert.True(part.Start >= end || PeriodCalendar.LocalDays(part.Start, end, zone) == 0, $"{part} begins before {end}");
                    end = part.End;
                }
            }
        },
        iter: 1500);

    [Fact]
    public void Replaying_a_life_gives_the_same_cents() => Lives.Sample(
        life => Assert.Equal(
            Play(life).Invoices.Select(invoice => (invoice.Id, invoice.Totals.Total)),
            Play(life).Invoices.Select(invoice => (invoice.Id, invoice.Totals.Total))),
        iter: 200);

    [Fact]
    public void Billed_with_the_next_invoice_the_same_lines_cost_the_same() => Lives.Sample(
        life =>
        {
            var (now, next) = (Play(life, InvoiceTiming.Now), Play(life, InvoiceTiming.Next));
            Assert.Empty(next.Waiting);
            Assert.Equal(now.Invoices.Sum(invoice => invoice.Totals.Subtotal), next.Invoices.Sum(invoice => invoice.Totals.Subtotal));
            Assert.Equal(now.Invoices.SelectMany(Amounts).Order(), next.Invoices.SelectMany(Amounts).Order());
        },
        iter: 1000);

    [Fact]
    public void By_second_each_part_costs_its_time() => Lives.Sample(
        life =>
        {
            // One flat price, three plans of a month, one policy, changes now: an account kept by hand must agree.
            var zone = Zones[life.Zone];
            var plans = new[] { Pro, Max, Ultra };
            var start = Life.Utc("2024-01-01") + Duration.FromHours(life.Start);
            var played = new Life(plans[0], zone).Start(start);
            var (now, parts, plan) = (start, new List<(PlanVersion Plan, Instant From)> { (Pro, start) }, 0);
            foreach (var step in life.Steps)
            {
                now += Duration.FromHours(step.Hours);
                if (plan != step.Plan % 3)
                {
                    plan = step.Plan % 3;
                    Assert.True(played.Change(now, plans[plan], ProrationPolicy.Second).IsAccepted);
                    parts.Add((plans[plan], now));
                }
            }

            now += Duration.FromHours(5);
            Assert.True(played.Cancel(now, now, ProrationPolicy.Second).IsAccepted);
            decimal owed = 0;
            foreach (var period in played.Periods)
            {
                for (var i = 0; i < parts.Count; i++)
                {
                    var from = Instant.Max(period.Start, parts[i].From);
                    var to = Instant.Min(Instant.Min(period.End, now), i + 1 < parts.Count ? parts[i + 1].From : now);
                    owed += to > from ? ((FlatModel)parts[i].Plan.Prices[0].Model).Amount * (decimal)(to - from).TotalHours / (decimal)period.Duration.TotalHours : 0;
                }
            }

            var lines = played.Invoices.Sum(invoice => invoice.Lines.Length);
            Assert.InRange(played.Invoices.Sum(invoice => invoice.Totals.Total) - owed, -lines, lines);
        },
        iter: 1000);

    private static IEnumerable<long> Amounts(Invoice invoice) => invoice.Lines.Select(line => line.Draft.Amount);

    private static Life Play((int Start, int Zone, int Anchor, int Trial, int Plan, (int Hours, int Plan, int Quantity, int Policy, int When, int Reset)[] Steps) life,
        InvoiceTiming? timing = null)
    {
        var now = Life.Utc("2024-01-01") + Duration.FromHours(life.Start);
        var zone = Zones[life.Zone];
        AnchorRule anchor = life.Anchor switch { 0 => new StartAnchor(), 1 => new CalendarAnchor(), _ => new AtAnchor(now - Duration.FromDays(11)) };
        var tax = new TaxSettings([new AccountTaxRate("vat", 19.6m, [])], life.Start % 2 == 0, TaxRounding.Document, false, null);
        var played = new Life(Plans[life.Plan] with { TrialDays = Math.Max(life.Trial, 0) }, zone, tax).Start(now, order => order with { Anchor = anchor });
        foreach (var step in life.Steps)
        {
            now += Duration.FromHours(step.Hours);
            played.Until(now);
            var plan = Plans[step.Plan];
            Instant? at = step.When switch { 0 => null, 1 => now - Duration.FromHours(step.Hours % 50), 2 => now + Duration.FromHours(step.Hours % 90), _ => now };
            played.Change(now, plan, Policies[step.Policy], order => order with
            {
                At = at,
                AnchorReset = step.Reset switch { 0 => true, 1 => false, _ => null },
                ChargeOneTime = step.Reset % 2 == 0,
                Invoice = timing ?? (step.Hours % 3 == 0 ? InvoiceTiming.Next : InvoiceTiming.Now),
                Quantities = plan.Find("seats") is null ? order.Quantities : order.Quantities.Add("seats", step.Quantity),
            });
        }

        now += Duration.FromDays(3);
        played.Until(now);
        Assert.True(played.Cancel(now, now, Policies[life.Start % 2]).IsAccepted);
        return played;
    }
}
