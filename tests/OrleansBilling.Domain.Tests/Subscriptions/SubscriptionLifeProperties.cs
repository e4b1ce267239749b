using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Random lives: whatever happens when, the cents hold.</summary>
public sealed class SubscriptionLifeProperties
{
    private static readonly Gen<(string Unit, int Count, int Anchor, int Policy, int Start, int Length, int Trial, int Amount, int Zone)> Lives =
        Gen.Select(
            Gen.Select(Gen.OneOf("day", "week", "month", "year"), Gen.Int[1, 3], Gen.Int[0, 2], Gen.Int[0, 3]),
            Gen.Int[0, 900 * 24],
            Gen.Int[0, 500 * 24],
            Gen.Int[0, 20],
            Gen.Int[0, 9999],
            Gen.Int[0, 3],
            (rule, start, length, trial, amount, zone) => (rule.Item1, rule.Item2, rule.Item3, rule.Item4, start, length, trial, amount, zone));

    [Fact]
    public void Periods_tile_credits_never_exceed_what_was_billed_and_every_document_adds_up() =>
        Lives.Sample(
            life =>
            {
                var played = Play(life);
                for (var i = 1; i < played.Periods.Count; i++)
                {
                    Assert.Equal(played.Periods[i - 1].End, played.Periods[i].Start);
                }

                var charges = played.Invoices.SelectMany(invoice => invoice.Lines).Where(line => line.Draft.Kind is LineKind.Recurring).ToDictionary(line => line.Id);
                foreach (var credit in played.Invoices.SelectMany(invoice => invoice.Lines).Where(line => line.Draft.Kind is LineKind.ProrationCredit))
                {
                    var billed = charges[credit.Draft.CreditedLine!];
                    Assert.InRange(-credit.Draft.Amount, 0, billed.Draft.Amount);
                    Assert.InRange(-credit.TaxAmount, 0, billed.TaxAmount);
                }

                Assert.Equal(charges.Count, charges.Values.Select(line => line.Draft.Period.Start).Distinct().Count());
                Assert.All(played.Invoices, invoice => Assert.Equal(
                    invoice.Totals.Total,
                    invoice.Lines.Sum(line => line.Draft.Amount - line.DiscountAmount + (line.TaxInclusive ? 0 : line.TaxAmount))));
            },
            iter: 2000);

    [Fact]
    public void Replaying_a_life_gives_the_same_cents() =>
        Lives.Sample(
            life => Assert.Equal(
                Play(life).Invoices.Select(invoice => (invoice.Id, invoice.Totals.Total)),
                Play(life).Invoices.Select(invoice => (invoice.Id, invoice.Totals.Total))),
            iter: 300);

    private static Life Play((string Unit, int Count, int Anchor, int Policy, int Start, int Length, int Trial, int Amount, int Zone) life)
    {
        var start = Life.Utc("2024-01-01") + Duration.FromHours(life.Start);
        var end = start + Duration.FromHours(life.Length);
        var zone = new[] { "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu" }[life.Zone];
        AnchorRule anchor = life.Anchor switch
        {
            0 => new StartAnchor(),
            1 => new CalendarAnchor(),
            _ => life.Unit is "month" or "year" ? new DayOfMonthAnchor(31) : new AtAnchor(start - Duration.FromDays(11)),
        };
        var policy = new[] { ProrationPolicy.Day, ProrationPolicy.Second, ProrationPolicy.Day30, ProrationPolicy.None }[life.Policy];
        var tax = new Accounts.TaxSettings([new Accounts.AccountTaxRate("vat", 19.6m, [])], life.Amount % 2 == 0, Accounts.TaxRounding.Document, false, null);
        var played = new Life(Life.Plan(life.Unit, life.Count, life.Trial, Life.Flat("base", life.Amount)), zone, tax)
            .Start(start, order => order with { Anchor = anchor, Proration = policy });
        Assert.True(played.Cancel(end, end, policy).IsAccepted);
        return played;
    }
}
