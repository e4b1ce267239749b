using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>
/// Late usage and minimum commitments (rules.md, "Usage"): whatever comes late, up or down, and whatever is set aside and billed by a retry,
/// each period costs what it would have cost had all usage been on time. The costs are computed here from the events alone.
/// </summary>
public sealed class LateCommitmentProperties
{
    private static readonly Price[] Prices = [Filtered("calls", "a", 3), Filtered("bytes", "b", 7)];

    /// <summary>Of one usage price that goes on over all changes, and one that is cut where it becomes dearer.</summary>
    private static readonly PlanVersion[] Plans =
    [
        Least("one", 2000, Prices), Least("two", 5001, Prices), Least("none", 0, Prices), Least("dear", 3333, [Prices[0], Filtered("bytes", "b", 11)]),
    ];

    private static readonly PlanVersion Extra = Least("extra", 1500, [Filtered("more", "c", 5)]);

    private static readonly Gen<(int Start, int Grace, bool Added, (int Kind, int Days, int Value, int Other)[] Steps)> Lives = Gen.Select(
        Gen.Int[0, 20], Gen.Int[0, 2], Gen.Bool, Gen.Select(Gen.Int[0, 12], Gen.Int[0, 9], Gen.Int[0, 900], Gen.Int[0, 1000]).Array[1, 25],
        (start, grace, added, steps) => (start, grace, added, steps));

    [Fact]
    public void Each_period_costs_what_it_would_have_cost_with_all_usage_on_time() => Lives.Sample(
        drawn =>
        {
            var (life, changes) = Play(drawn.Start, drawn.Grace * 60, drawn.Added, drawn.Steps, persons: false);
            foreach (var period in life.Periods.Where(period => period.End + Duration.FromHours(drawn.Grace * 60) <= life.Now))
            {
                var (costs, billed) = (Cost(life, period, changes, drawn.Added), life.CostOf(period.Start, period.End));
                Assert.True(costs == billed, $"{period.Start}: {billed} in place of {costs}.\n" + string.Join('\n', Life.Told(life)));
            }
        },
        iter: 2000);

    [Fact]
    public void Never_more_than_was_billed_is_given_back_and_what_persons_gave_back_is_not_billed_again() => Lives.Sample(
        drawn =>
        {
            var (life, _) = Play(drawn.Start, drawn.Grace * 60, drawn.Added, drawn.Steps, persons: true);
            var lines = life.Invoices.Where(invoice => !life.Standing.ContainsKey(invoice.Id)).SelectMany(invoice => invoice.Lines.Select(line => (line.Id, line.Draft))).Concat(life.Waiting.Select(line => (Id: line.Draft.Id!, line.Draft))).ToList();
            Assert.All(lines.Where(line => line.Draft.CreditedLine is null), line => Assert.True(
                line.Draft.Amount + lines.Where(credit => credit.Draft.CreditedLine == line.Id).Sum(credit => credit.Draft.Amount) >= life.Noted.GetValueOrDefault(line.Id)));
            var before = life.Invoices.Sum(invoice => invoice.Lines.Length) + life.Waiting.Count;
            life.Late(life.Now + Duration.FromHours(1), LatePolicy.Rerate);
            Assert.Equal(before, life.Invoices.Sum(invoice => invoice.Lines.Length) + life.Waiting.Count);
        },
        iter: 1000);

    private static (Life Life, List<(Instant At, PlanVersion Plan)> Changes) Play(
        int start, int grace, bool added, (int Kind, int Days, int Value, int Other)[] steps, bool persons)
    {
        var now = Life.Utc("2026-01-10") + Duration.FromDays(start);
        var life = new Life(Plans[0] with { UsageGraceHours = grace }).Start(now, order => order with
        {
            Anchor = new CalendarAnchor(), AddOns = added ? [new AddOnOrder(Extra with { UsageGraceHours = grace })] : [],
        });
        var changes = new List<(Instant At, PlanVersion Plan)> { (now, Plans[0]) };
        foreach (var (kind, days, value, other) in steps)
        {
            now += Duration.FromDays(kind is 10 ? days * 4 : days);
            if (kind is 10 or 11)
            {
                Sell(life, grace, spoiled: true);
            }

            life.Until(now);
            switch (kind)
            {
                case 0 or 1 or 2:
                    life.Use(now - Duration.FromDays(other % 40), value, ("kind", value % 3 == 0 ? "a" : value % 3 == 1 ? "b" : "c"));
                    break;
                case 3 or 4 when life.Used.Count > 0:
                    life.Used[other % life.Used.Count] = life.Used[other % life.Used.Count] with { Value = value };
                    break;
                case 5 or 6:
                    life.Late(now, LatePolicy.Rerate);
                    break;
                case 7 or 8 when changes[^1].At < now && life.Change(now, Plans[value % Plans.Length] with { UsageGraceHours = grace }).IsAccepted:
                    changes.Add((now, Plans[value % Plans.Length]));
                    break;
                case 11 when changes[^1].At < now && life.Change(now, Sold(Plans[value % Plans.Length], grace, spoiled: true)).IsAccepted:
                    changes.Add((now, Plans[value % Plans.Length]));
                    break;
                case 12 when !life.State.SetAside.IsEmpty:
                    Assert.True(life.Retry(life.State.SetAside[other % life.State.SetAside.Length].Id, now).IsAccepted);
                    break;
                case 9 when persons && life.Invoices.Count > 0:
                    TakeBack(life, life.Invoices[other % life.Invoices.Count], value);
                    break;
            }

            Sell(life, grace, spoiled: false);
        }

        now += Duration.FromDays(40);
        life.Until(now);
        foreach (var line in life.State.SetAside)
        {
            Assert.True(life.Retry(line.Id, now).IsAccepted);
        }

        return (life.Late(now, LatePolicy.Rerate), changes);
    }

    /// <summary>The plans from now on: spoiled, usage that closes cannot be rated and is set aside.</summary>
    private static void Sell(Life life, int grace, bool spoiled)
    {
        foreach (var plan in Plans.Append(Extra))
        {
            life.Sells(Sold(plan, grace, spoiled));
        }
    }

    private static PlanVersion Sold(PlanVersion plan, int grace, bool spoiled) => plan with
    {
        UsageGraceHours = grace,
        Prices = spoiled ? [.. plan.Prices.Select(price => price with { Model = new PerUnitModel((2m * Rater.MaxAmount) + ((PerUnitModel)price.Model).UnitAmount) })] : plan.Prices,
    };

    /// <summary>A person voids an invoice, or credits some of its lines.</summary>
    private static void TakeBack(Life life, Invoice invoice, int value)
    {
        if (value % 2 == 0)
        {
            life.Standing[invoice.Id] = new CreditableInvoice(invoice.Id, InvoiceStatus.Void, 0);
            return;
        }

        foreach (var line in invoice.Lines.Where(line => line.Draft is { Amount: > 0, CreditedLine: null }))
        {
            var credited = -life.Invoices.Where(each => !life.Standing.ContainsKey(each.Id)).SelectMany(each => each.Lines).Select(each => each.Draft).Concat(life.Waiting.Select(each => each.Draft)).Where(draft => draft.CreditedLine == line.Id).Sum(draft => draft.Amount);
            var left = line.Draft.Amount - credited - life.Noted.GetValueOrDefault(line.Id);
            life.Noted[line.Id] = life.Noted.GetValueOrDefault(line.Id) + (left * (value % 7) / 6);
        }
    }

    private static long Cost(Life life, Domain.Schedule.Period period, List<(Instant At, PlanVersion Plan)> changes, bool added)
    {
        var month = DaysIn(period.End - Duration.FromDays(1));
        var cuts = changes.Where(change => change.At > period.Start && change.At < period.End).Select(change => change.At).ToList();
        // The plan of an instant is that of the last change by then; a minimum runs until another one takes its place.
        var spans = Spans(period, cuts, at => PlanAt(changes, at).Minimum.GetValueOrDefault("usd"));
        var usage = Spans(period, [], static _ => 0).Select(span => (Span: span, Amount: 3 * Sum(life, span, "a")))
            .Concat(Spans(period, cuts, at => PlanAt(changes, at).Code == "dear" ? 11 : 7).Select(span => (Span: span, Amount: (PlanAt(changes, span.Start).Code == "dear" ? 11 : 7) * Sum(life, span, "b")))).ToList();
        var cost = usage.Sum(each => each.Amount);
        foreach (var span in spans)
        {
            var due = Round((decimal)PlanAt(changes, span.Start).Minimum.GetValueOrDefault("usd") * (span.End - span.Start).Days / month);
            cost += Math.Max(0, due - usage.Sum(each => Until(each, span.End) - Until(each, span.Start)));
        }

        if (added)
        {
            var more = 5 * Sum(life, period, "c");
            cost += Math.Max(more, Round(1500m * (period.End - period.Start).Days / month));
        }

        return cost;
    }

    private static IEnumerable<Domain.Schedule.Period> Spans(Domain.Schedule.Period period, List<Instant> cuts, Func<Instant, long> of)
    {
        var from = period.Start;
        foreach (var cut in cuts.Where(cut => of(cut) != of(cut - Duration.Epsilon)))
        {
            yield return new Domain.Schedule.Period(from, cut);
            from = cut;
        }

        yield return new Domain.Schedule.Period(from, period.End);
    }

    private static long Until((Domain.Schedule.Period Span, long Amount) usage, Instant at) =>
        at <= usage.Span.Start ? 0 : at >= usage.Span.End ? usage.Amount : Round((decimal)usage.Amount * (at - usage.Span.Start).Days / (usage.Span.End - usage.Span.Start).Days);

    private static PlanVersion PlanAt(List<(Instant At, PlanVersion Plan)> changes, Instant at) => changes.Last(change => change.At <= at).Plan;

    private static long Sum(Life life, Domain.Schedule.Period span, string kind) =>
        (long)life.Used.Where(used => span.Contains(used.At) && used.Properties["kind"] == kind).Sum(used => used.Value ?? 0);

    private static int DaysIn(Instant at) => CalendarSystem.Iso.GetDaysInMonth(at.InUtc().Year, at.InUtc().Month);

    private static long Round(decimal exact) => (long)decimal.Round(exact, 0, MidpointRounding.AwayFromZero);

    private static Price Filtered(string code, string kind, decimal amount) => Life.Metered(code, new PerUnitModel(amount)) with
    {
        Filters = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("kind", [kind]),
    };

    private static PlanVersion Least(string code, long minimum, Price[] prices)
    {
        var plan = Offers.Named(code, Life.Plan(prices: prices));
        return minimum == 0 ? plan : plan with { Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", minimum) };
    }
}
