using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Random lives with several coupons: whatever is changed, paused and ended when, each gives what it promises.</summary>
public sealed class CouponProperties
{
    private static readonly PlanVersion[] Plans =
    [
        Named("small", Life.Plan(prices: [Life.Flat("base", 300_001), Life.PerUnit("seats", 100_003)])),
        Named("large", Life.Plan(prices: [Life.Flat("base", 700_003), Life.PerUnit("seats", 90_001)])),
        Named("bare", Life.Plan(prices: [Life.Flat("base", 200_003, ProrationPolicy.Second)])),
        Named("later", Life.Plan(prices: [Life.Flat("base", 400_001), Life.InArrears(Life.Flat("support", 150_001))])),
        Named("year", Life.Plan("year", prices: [Life.Flat("base", 3_000_001), Life.OneTime("setup", 50_000)])),
    ];

    private static readonly ProrationPolicy?[] Policies = [ProrationPolicy.Day, ProrationPolicy.Second, ProrationPolicy.Day30, null, ProrationPolicy.None, ProrationPolicy.FullDifference];

    private static readonly string[] Targets = ["", "", "seats", "large", "small/base"];

    private static readonly Gen<Coupon> GenCoupon = Gen.Select(
        Gen.Bool, Gen.Int[1, 100], Gen.Long[1, 900_000], Gen.Int[0, 2], Gen.Int[1, 3], Gen.Int[0, 4], Gen.Bool,
        (percent, basis, amount, duration, periods, target, carries) =>
        {
            var to = Targets[target];
            var coupon = percent ? Promos.Percent(basis, (CouponDuration)duration) : Promos.Amount(amount, (CouponDuration)duration);
            return coupon with
            {
                Periods = duration == 1 ? periods : null,
                AppliesTo = to.Length == 0 ? [] : [to],
                CarryRemainder = carries && !percent && duration == 0,
            };
        });

    private static readonly Gen<(int Hours, int What, int Plan, int Quantity, int Policy, int When)> Steps =
        Gen.Select(Gen.Int[0, 24 * 30], Gen.Int[0, 9], Gen.Int[0, Plans.Length - 1], Gen.Int[0, 4], Gen.Int[0, 5], Gen.Int[0, 4]);

    private static readonly Gen<(int Start, int Plan, Coupon[] Coupons, (int Hours, int What, int Plan, int Quantity, int Policy, int When)[] Steps)> Lives =
        Gen.Select(Gen.Int[0, 900 * 24], Gen.Int[0, Plans.Length - 1], GenCoupon.Array[1, 4], Steps.Array[1, 10]);

    [Fact]
    public void An_amount_is_never_exceeded_in_a_period_and_a_coupon_never_takes_back_more_than_it_gave() => Lives.Sample(
        life =>
        {
            var seen = new CouponBook();
            Play(life, seen);
            seen.Check();
        },
        iter: 2000);

    [Fact]
    public void Every_credit_takes_back_at_most_what_each_coupon_gave_on_its_line() => Lives.Sample(
        life =>
        {
            var lines = Play(life, new CouponBook()).Invoices.SelectMany(invoice => invoice.Lines).ToList();
            var charges = lines.Where(line => line.Draft.CreditedLine is null).ToDictionary(line => line.Id);
            foreach (var credits in lines.Where(line => line.Draft.CreditedLine is not null).GroupBy(line => line.Draft.CreditedLine!))
            {
                foreach (var part in credits.SelectMany(credit => credit.Discounts).GroupBy(part => part.Discount))
                {
                    var given = charges[credits.Key].Discounts.Single(discount => discount.Discount == part.Key).Amount;
                    Assert.InRange(-part.Sum(taken => taken.Amount), 0, given);
                }
            }

            Assert.All(lines, line => Assert.True(Math.Abs(line.DiscountAmount) <= Math.Abs(line.Draft.Amount)));
        },
        iter: 1500);

    [Fact]
    public void A_life_with_a_percentage_of_100_costs_nothing() => Lives.Sample(
        life =>
        {
            var played = Play(life with { Coupons = [Promos.Percent(100)] }, new CouponBook(), takesOff: false);
            Assert.All(played.Invoices, invoice => Assert.Equal((0, 0, 0), (invoice.Totals.Total, invoice.Totals.TaxTotal, invoice.AmountDue)));
            Assert.Equal(0, played.Balance);
        },
        iter: 500);

    [Fact]
    public void Several_changes_in_a_period_give_exactly_the_amount() => Gen.Select(Gen.Long[1, 200_000], Gen.Int[0, 27], Gen.Int[0, 2].Array[1, 6]).Sample(
        (amount, day, plans) =>
        {
            // Each plan costs more than the coupon gives, so that its share of any rest of the period does too.
            var sold = new[] { Plans[0], Plans[1], Plans[2] };
            var life = new Life(sold[0]).Start("2026-04-01", order => order.With(Promos.Amount(amount)));
            var at = Life.Utc("2026-04-01");
            foreach (var plan in plans)
            {
                at += Duration.FromHours((day + plan) % 5 * 24);
                life.Change(at, sold[plan], ProrationPolicy.Day);
                Assert.Equal(amount, life.Given("amount"));
            }
        },
        iter: 1500);

    [Fact]
    public void Replaying_a_life_gives_the_same_cents() => Lives.Sample(
        life => Assert.Equal(Play(life, new CouponBook()).Totals(), Play(life, new CouponBook()).Totals()), iter: 200);

    private static Life Play(
        (int Start, int Plan, Coupon[] Coupons, (int Hours, int What, int Plan, int Quantity, int Policy, int When)[] Steps) life, CouponBook book, bool takesOff = true)
    {
        var now = Life.Utc("2024-01-01") + Duration.FromHours(life.Start);
        var tax = Invoicing.Drafts.Tax("19.6", inclusive: life.Start % 2 == 0);
        var coupons = life.Coupons.Select((coupon, i) => coupon with { Code = $"c{i}" }).ToList();
        var first = coupons.Where(coupon => Plans[life.Plan].Prices.Any(price => Discount.AppliesToPrice(coupon.AppliesTo, Plans[life.Plan].Code, price.Code))).ToArray();
        var standing = new Dictionary<string, CreditableInvoice>(StringComparer.Ordinal);
        var played = new Life(Plans[life.Plan], tax: tax)
        {
            Standing = standing,
            Watch = (before, made) =>
            {
                book.Take(before, made);
                foreach (var invoice in made.Documents.Invoices)
                {
                    standing.Add(invoice.Id, new CreditableInvoice(invoice.Id, InvoiceStatus.Paid, 0));
                }
            },
        }.Start(now, order => order.With(first));
        foreach (var step in life.Steps)
        {
            now += Duration.FromHours(step.Hours);
            var text = NodaTime.Text.InstantPattern.General.Format(now);
            played.Until(now);
            switch (step.What)
            {
                case 0:
                    played.Pause(text, Policies[step.Policy]);
                    break;
                case 1:
                    played.Resume(text);
                    break;
                case 2 when takesOff:
                    played.RemoveCoupon(text, $"c{step.Plan}");
                    break;
                case 3:
                    played.AddCoupon(text, coupons[step.Plan % coupons.Count]);
                    break;
                case 4 when takesOff && played.Invoices.Count > 0:
                    var invoice = played.Invoices[^(1 + (step.Quantity % played.Invoices.Count))];
                    if (book.CanVoid(invoice))
                    {
                        played.Standing[invoice.Id] = new CreditableInvoice(invoice.Id, InvoiceStatus.Void, 0);
                        book.Void(invoice.Id);
                    }

                    break;
                default:
                    var plan = Plans[step.Plan];
                    Instant? at = step.When switch { 0 => null, 1 => now - Duration.FromHours(step.Hours % 50), 2 => now + Duration.FromHours(step.Hours % 90), _ => now };
                    played.Change(now, plan, Policies[step.Policy], order => order with
                    {
                        At = at,
                        AnchorReset = step.Hours % 7 == 0 ? true : null,
                        Quantities = plan.Find("seats") is null ? order.Quantities : order.Quantities.Add("seats", step.Quantity),
                    });
                    break;
            }
        }

        now += Duration.FromDays(3);
        played.Until(now);
        Assert.True(played.Cancel(now, now, Policies[life.Start % 3]).IsAccepted);
        return played;
    }
}
