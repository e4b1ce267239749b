using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Random streams of events, late ones and corrections among them, over random lives: each event lands on exactly one line.</summary>
public sealed class UsageProperties
{
    private static readonly PricingModel Graduated = new GraduatedModel([new Tier(50, 10), new Tier(null, 3)]);
    private static readonly PlanVersion[] Plans =
    [
        Named("one", Life.Plan(prices: [Life.Flat("base", 100), Life.Metered("calls", new PerUnitModel(7, 20))])),
        Named("same", Life.Plan(prices: [Life.Flat("base", 300), Life.Metered("calls", new PerUnitModel(7, 20))])),
        Named("tiers", Life.Plan(prices: Life.Metered("calls", Graduated))) with { UsageGraceHours = 60 },
        Named("packs", Life.Plan(prices: [Life.Flat("base", 500), Life.Metered("calls", new PackageModel(10, 55, 5))])) with { UsageGraceHours = 1 },
        Named("none", Life.Plan(prices: Life.Flat("base", 500))),
    ];

    private static readonly Gen<(bool Trial, bool Gathers, int Policy, (int Kind, int Hours, int Value, int Back)[] Steps)> Lives = Gen.Select(
        Gen.Bool, Gen.Bool, Gen.Int[0, 2],
        Gen.Select(Gen.Int[0, 16], Gen.Int[0, 200], Gen.Int[1, 40], Gen.Int[0, 1500]).Array[1, 40],
        (trial, gathers, policy, steps) => (trial, gathers, policy, steps));

    [Fact]
    public void Each_event_is_on_exactly_one_line_and_lines_cost_what_their_spans_cost() => Lives.Sample(
        drawn =>
        {
            var policy = (LatePolicy)drawn.Policy;
            var (life, counting) = Play(drawn.Trial, drawn.Gathers, policy, drawn.Steps);

            var check = new UsageSumCheck(new Meter("calls", "calls", MeterAggregation.Sum), life.Counted.GroupBy(closed => (closed.Part.Item, closed.Part.Span)).Select(of => new CountedSpan(
                "sub_1", of.First().Part, [of.Key.Span], of.Sum(closed => closed.Quantity), of.Sum(closed => closed.Events))));
            life.Used.ForEach(check.Add);
            var sums = check.Sums();
            Assert.Empty(sums.Differences);
            Assert.Equal(0, sums.Twice);
            Assert.Equal(life.Used.Count(used => counting.Any(span => span.Contains(used.At))), sums.Once);

            var standing = life.Invoices.Where(invoice => !life.Standing.ContainsKey(invoice.Id)).ToList();
            var lines = standing.SelectMany(invoice => invoice.Lines).Select(line => line.Draft).Concat(life.Waiting.Select(line => line.Draft)).Where(draft => draft.Kind is LineKind.Usage).ToList();
            // What was carried to a period that never came is on a line without length; it was counted in the span that it came from.
            Assert.Equal(life.Counted.Sum(closed => closed.Amount), lines.Where(draft => draft.Period.Start < draft.Period.End).Sum(draft => draft.Amount));
            Assert.All(lines.Where(draft => draft.Period.Start == draft.Period.End), draft => Assert.Equal((LatePolicy.CarryForward, true), (policy, draft.Explain.Facts.ContainsKey("carried_forward"))));
            var credits = lines.Where(draft => draft.CreditedLine is not null).ToLookup(draft => draft.CreditedLine, draft => -draft.Amount);
            Assert.All(standing.SelectMany(invoice => invoice.Lines), line => Assert.True(credits[line.Id].Sum() <= Math.Max(line.Draft.Amount, 0)));
            Assert.All(life.Waiting, line => Assert.True(credits[line.Draft.Id].Sum() <= Math.Max(line.Draft.Amount, 0)));
            foreach (var span in life.Counted.GroupBy(closed => (closed.Part.Item, closed.Part.Span)).Where(of => policy is LatePolicy.Rerate && of.First().Outcome is not UsageOutcome.Trial))
            {
                Assert.Equal(Price(span.First().Part, span.Sum(closed => closed.Quantity)), span.Sum(closed => closed.Amount));
            }
        },
        iter: 1500);

    private static long Price(UsagePart part, decimal quantity) =>
        Rater.Rate(Plans.Single(plan => plan.Code == part.Sold.Plan).Find("calls")!.Model, new RatingInput(quantity) { PercentOff = part.Sold.Override?.PercentOff ?? 0 }).Value.Amount;

    /// <summary>The life, and when it counted usage by what was asked of it.</summary>
    private static (Life Life, List<Period> Counting) Play(bool trial, bool gathers, LatePolicy policy, (int Kind, int Hours, int Value, int Back)[] steps)
    {
        var now = Life.Utc("2026-01-10");
        // Gathered lines wait for their account's invoice, also where they are taken back.
        var life = new Life(Plans[0] with { TrialDays = trial ? 14 : 0 }).On(account => account with { Grouping = gathers ? InvoiceGrouping.Account : InvoiceGrouping.Subscription }).Start(now);
        var counting = new List<Period>();
        Instant? since = now;
        foreach (var (kind, hours, value, back) in steps)
        {
            now += Duration.FromHours(hours);
            life.Until(now);
            var plan = Plans[value % Plans.Length];
            var at = Instant.Max(now - Duration.FromHours(back % 300), Instant.Max(life.State.CurrentPeriod.Start, life.State.LastChangeAt ?? life.State.StartAt));
            switch (kind)
            {
                case 0 or 1 or 2:
                    life.Use(now, value);
                    break;
                case 3 or 4:
                    life.Use(now - Duration.FromHours(back), value);
                    break;
                case 5 when life.Used.Count > 0:
                    life.Used[back % life.Used.Count] = life.Used[back % life.Used.Count] with { Value = value % 7 };
                    break;
                case 6 when life.State.Status is SubscriptionStatus.Active or SubscriptionStatus.Trialing && life.Pause(Format(now)).IsAccepted:
                    End(now, counting, ref since);
                    break;
                case 7 when life.State.Status is SubscriptionStatus.Paused && life.Resume(now, now).IsAccepted:
                    Counted(life, true, now, counting, ref since);
                    break;
                case 8 or 9 or 10:
                    var changed = life.Change(now, plan, order: order => order with { At = at, AnchorReset = kind is 10 && at == now });
                    Counted(life, changed.IsAccepted, at, counting, ref since);
                    break;
                case 11:
                    var negotiated = life.Change(now, null, order: order => order with { Overrides = Discounted(life, value) });
                    Counted(life, negotiated.IsAccepted, now, counting, ref since);
                    break;
                case 12:
                    life.Late(now, policy);
                    break;
                case 13 or 14 or 15:
                    life.Piece(now);
                    break;
                case 16:
                    VoidLastPiece(life);
                    break;
            }
        }

        now += Duration.FromHours(5);
        life.Cancel(now, now);
        End(now, counting, ref since);
        return (life.Late(now + Duration.FromDays(10), policy), counting);
    }

    /// <summary>A plan without a usage price counts nothing, and one with it counts from the change on.</summary>
    private static void Counted(Life life, bool accepted, Instant at, List<Period> counting, ref Instant? since)
    {
        if (!accepted || life.State.Status is SubscriptionStatus.Paused)
        {
            return;
        }

        var counts = life.State.Items.Any(item => item.Price == "calls");
        if (!counts)
        {
            End(at, counting, ref since);
        }
        else
        {
            since ??= at;
        }
    }

    /// <summary>Voids the newest invoice where it bills nothing but pieces of spans that are not closed.</summary>
    private static void VoidLastPiece(Life life)
    {
        var open = life.State.Items.SelectMany(item => item.Usage?.Pieces ?? []).Concat(life.State.UsageWaiting.SelectMany(part => part.Pieces)).Select(piece => piece.Charge.Line).ToHashSet(StringComparer.Ordinal);
        if (life.Invoices.LastOrDefault() is { Cause: "usage_piece" } last && last.Lines.All(line => open.Contains(line.Id)))
        {
            life.Standing[last.Id] = new CreditableInvoice(last.Id, InvoiceStatus.Void, 0);
        }
    }

    private static void End(Instant at, List<Period> counting, ref Instant? since)
    {
        if (since is { } running)
        {
            counting.Add(new Period(running, at));
            since = null;
        }
    }

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, PriceOverride> Discounted(Life life, int percent) =>
        System.Collections.Immutable.ImmutableSortedDictionary<string, PriceOverride>.Empty.Add(life.State.Items[^1].Price, new PriceOverride(null, percent));

    private static string Format(Instant at) => NodaTime.Text.InstantPattern.General.Format(at);
}
