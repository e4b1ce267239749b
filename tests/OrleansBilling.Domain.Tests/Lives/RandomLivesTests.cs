using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Subscriptions;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>
/// Thousands of random lives: whatever happens when, the cents hold. Every invoice of every life is redone from its
/// explanations by the independent evaluator (<see cref="Life"/>). Failures are shrunk to named cases in <see cref="ShrunkLives"/>.
/// </summary>
public sealed class RandomLivesTests
{
    [Fact]
    public void Every_life_keeps_its_sums() => RandomLife.Scripts.Sample(script => Check(RandomLife.Play(script)), iter: 4000);

    [Fact]
    public void Replaying_a_life_gives_the_same_cents() => RandomLife.Scripts.Sample(
        script => Assert.Equal(
            RandomLife.Play(script).Invoices.SelectMany(invoice => invoice.Lines).Select(line => (line.Id, line.Total)),
            RandomLife.Play(script).Invoices.SelectMany(invoice => invoice.Lines).Select(line => (line.Id, line.Total))),
        iter: 300);

    internal static void Check(Life life)
    {
        PeriodsTile(life);
        CreditsStayWithinTheirLines(life);
        DocumentsAddUp(life);
        LinesAreBilledOnce(life);
        NothingIsLeft(life);
    }

    private static void PeriodsTile(Life life)
    {
        var moved = life.Events.Where(told => told.Type is "subscription.changed" or "subscription.resumed").Select(told => (Instant)told.Data["at"]!).ToHashSet();
        for (var i = 1; i < life.Periods.Count; i++)
        {
            var (last, next) = (life.Periods[i - 1], life.Periods[i]);
            Assert.True(next.Start == last.End || (last.Start <= next.Start && moved.Contains(next.Start)), $"{last} {next}");
        }
    }

    private static void CreditsStayWithinTheirLines(Life life)
    {
        var lines = life.Invoices.SelectMany(invoice => invoice.Lines).ToList();
        var charges = lines.Where(line => line.Draft.CreditedLine is null).ToDictionary(line => line.Id);
        Assert.All(charges.Values, charge => Assert.True(charge.Draft.Amount >= 0, $"{charge.Draft.Description} {charge.Draft.Amount}"));
        foreach (var credits in lines.Where(line => line.Draft.CreditedLine is not null).GroupBy(line => line.Draft.CreditedLine!))
        {
            var billed = charges[credits.Key];
            Assert.InRange(-credits.Sum(credit => credit.Draft.Amount), 0, billed.Draft.Amount);
            Assert.InRange(-credits.Sum(credit => credit.DiscountAmount), 0, billed.DiscountAmount);
            Assert.All(credits, credit => Assert.True(billed.Draft.Period.Start <= credit.Draft.Period.Start && credit.Draft.Period.End <= billed.Draft.Period.End));
        }
    }

    private static void DocumentsAddUp(Life life)
    {
        Assert.All(life.Invoices, invoice => Assert.Equal(
            invoice.Totals.Total,
            invoice.Lines.Sum(line => line.Draft.Amount - line.DiscountAmount + (line.TaxInclusive ? 0 : line.Taxes.Sum(tax => tax.Amount)))));
        Assert.Equal(
            life.Invoices.Sum(invoice => Math.Max(-invoice.Totals.Total, 0) - invoice.CreditApplied),
            life.Balance);
    }

    /// <summary>The keys by which the schema refuses a line that is billed twice.</summary>
    private static void LinesAreBilledOnce(Life life)
    {
        var drafts = life.Invoices.SelectMany(invoice => invoice.Lines).Select(line => line.Draft).ToList();
        var once = drafts.GroupBy(draft => (draft.Item, draft.Kind, draft.Period.Start, draft.Group, draft.CreditedLine, draft.Revision)).ToList();
        Assert.All(once, same => Assert.True(same.Count() == 1, $"{same.Count()} x {same.Key}"));
        var caused = drafts.Where(draft => draft.Cause is not null).GroupBy(draft => (draft.Cause, draft.Item, draft.Kind, draft.Period.Start, draft.Group, draft.CreditedLine));
        Assert.All(caused, same => Assert.True(same.Count() == 1, $"{same.Count()} x {same.Key}"));
        Assert.All(drafts, draft => Assert.True(draft.Revision == 0 || draft.Cause is not null));
    }

    private static void NothingIsLeft(Life life)
    {
        Assert.Equal(SubscriptionStatus.Canceled, life.State.Status);
        Assert.Empty(SubscriptionDueWork.Of(life.State));
        Assert.All(life.State.Items, item => Assert.True(item is { Arrears: null, Billed: null, History: null }));
        Assert.Empty(life.State.Former);
    }
}
