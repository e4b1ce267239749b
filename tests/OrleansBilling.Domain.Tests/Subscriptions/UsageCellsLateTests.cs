using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Metering;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;
using static OrleansBilling.Domain.Tests.Subscriptions.UsageCellsTests;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>What late events and corrections do to units without a fitting cell that a retry has billed (rules.md, "Prices").</summary>
public sealed class UsageCellsLateTests
{
    private const int Eu = 0;
    private const int Mars = 1;

    /// <summary>5 units in a cell at 10 (50), 7 of mars without one and 2 without a region, billed by a retry at 100 and 3 (706).</summary>
    private static Life Retried(PricingModel? model = null) => Retried(Billed(), model ?? Matrix(3, ("mars", 100)));

    private static Life Retried(Life life, PricingModel model)
    {
        Negotiate(life, model);
        return Again(life);
    }

    private static Life Again(Life life)
    {
        Assert.True(life.Retry(Assert.Single(life.State.SetAside).Id).IsAccepted);
        return life;
    }

    private static Life Corrected(Life life, int at, decimal value)
    {
        life.Used[at] = life.Used[at] with { Value = value };
        return Late(life);
    }

    private static Life Moved(Life life, int at, string region)
    {
        life.Used[at] = life.Used[at] with { Properties = ImmutableSortedDictionary<string, string>.Empty.Add("region", region) };
        return Late(life);
    }

    /// <summary>Looks twice: the second time nothing is left to do.</summary>
    private static Life Late(Life life)
    {
        var now = NodaTime.Instant.Max(life.Now, Utc("2026-05-03")) + NodaTime.Duration.FromHours(1);
        life.Late(now, LatePolicy.Rerate);
        var (cost, aside) = (life.CostOf("2026-04-01"), life.State.SetAside.Length);
        life.Late(now, LatePolicy.Rerate);
        Assert.Equal((cost, aside), (life.CostOf("2026-04-01"), life.State.SetAside.Length));
        return life;
    }

    private static IEnumerable<LineDraft> Drafts(Life life) => life.Invoices.SelectMany(invoice => invoice.Lines).Select(line => line.Draft).Concat(life.Waiting.Select(line => line.Draft));

    private static string LineOf(Life life, long amount) => life.Invoices.SelectMany(invoice => invoice.Lines).Single(line => line.Draft.Amount == amount).Id;

    [Fact]
    public void Voided_units_are_given_back_of_the_line_of_the_retry()
    {
        var life = Corrected(Retried(), Mars, 6);

        Assert.Equal((0, 50 + 606), (life.State.SetAside.Length, life.CostOf("2026-04-01")));
        var credit = Drafts(life).Single(draft => draft.Amount < 0);
        Assert.Equal((-100, LineOf(life, 706), -1m), (credit.Amount, credit.CreditedLine, credit.Quantity));
        Assert.Equal(50 + 6, Corrected(life, Mars, 0).CostOf("2026-04-01"));
    }

    [Fact]
    public void Units_that_come_back_are_set_aside_anew_and_billed_once()
    {
        var life = Corrected(Corrected(Retried(), Mars, 4), Mars, 6);

        Assert.Equal((2m, 50 + 406), (Assert.Single(life.State.SetAside).Sold.Quantity, life.CostOf("2026-04-01")));
        Assert.Equal(50 + 606, Late(Again(life)).CostOf("2026-04-01"));
        Assert.Equal(50 + 106, Corrected(life, Mars, 1).CostOf("2026-04-01"));
    }

    [Fact]
    public void A_correction_of_units_with_a_cell_is_given_back_of_the_line_of_the_closing()
    {
        var life = Corrected(Retried(), Eu, 4);

        var credit = Drafts(life).Single(draft => draft.Amount < 0);
        Assert.Equal((-10, LineOf(life, 50)), (credit.Amount, credit.CreditedLine));
        Assert.Equal(706, Corrected(life, Eu, 0).CostOf("2026-04-01"));
        Assert.Equal(1, Drafts(life).Count(draft => draft.CreditedLine == LineOf(life, 50) && draft.Amount == -40));
    }

    [Fact]
    public void Units_that_move_to_a_cell_and_back_cost_what_they_are()
    {
        var life = Moved(Retried(), Mars, "eu");
        Assert.Equal((0, 120 + 6), (life.State.SetAside.Length, life.CostOf("2026-04-01")));

        Moved(life, Mars, "mars");
        Assert.Equal((7m, 50 + 6), (Assert.Single(life.State.SetAside).Sold.Quantity, life.CostOf("2026-04-01")));
        Assert.Equal(756, Late(Again(life)).CostOf("2026-04-01"));
    }

    [Fact]
    public void Units_that_move_to_another_value_without_a_cell_are_given_back_and_set_aside_anew()
    {
        var life = Moved(Retried(), Mars, "venus");

        Assert.Equal((7m, 50 + 6), (Assert.Single(life.State.SetAside).Sold.Quantity, life.CostOf("2026-04-01")));
        Assert.Equal(50 + 6 + 21, Late(Again(life)).CostOf("2026-04-01"));
    }

    [Fact]
    public void Less_than_nothing_of_a_value_gives_back_what_was_billed_of_it()
    {
        var life = Retried();
        life.Use("2026-04-20", -10, ("region", "mars"));

        Assert.Equal(50 + 6, Late(life).CostOf("2026-04-01"));
        life.Use("2026-04-21", 4, ("region", "mars"));
        Assert.Equal((1m, 50 + 6), (Assert.Single(Late(life).State.SetAside).Sold.Quantity, life.CostOf("2026-04-01")));
    }

    [Fact]
    public void They_are_given_back_at_the_price_of_their_retry_the_newest_first()
    {
        var life = Retried();
        life.Use("2026-04-14", 2, ("region", "mars"));
        Late(life);
        Renegotiate(life, Matrix(3, ("mars", 200)));
        Again(life);
        Assert.Equal(50 + 706 + 400, life.CostOf("2026-04-01"));
        Renegotiate(life, Matrix(1, ("mars", 1)));

        Assert.Equal(50 + 706 + 200, Corrected(life, Mars, 6).CostOf("2026-04-01"));
        Assert.Equal(50 + 606, Corrected(life, Mars, 4).CostOf("2026-04-01"));
    }

    [Fact]
    public void A_maximum_holds_for_what_stands_of_all_parts()
    {
        var life = Retried(Matrix(3, ("mars", 100)) with { MaximumAmount = 400 });
        Assert.Equal(400, life.CostOf("2026-04-01"));

        Assert.Equal(400, Corrected(life, Eu, 20).CostOf("2026-04-01"));
        Assert.Equal(400, Corrected(life, Eu, 1).CostOf("2026-04-01"));
        Assert.Equal(400, Corrected(life, Mars, 4).CostOf("2026-04-01"));
        Assert.Equal(316, Corrected(life, Mars, 3).CostOf("2026-04-01"));
    }

    [Theory]
    [InlineData(100, 756)]
    [InlineData(500, 756)]
    [InlineData(1000, 1000)]
    public void A_minimum_that_the_closing_has_billed_covers_them_first(long minimum, long cost)
    {
        var life = Billed(Metered("calls", Matrix(null, ("eu", 10)) with { MinimumAmount = minimum }));
        Assert.Equal(minimum, life.CostOf("2026-04-01"));
        Retried(life, Matrix(3, ("mars", 100)));
        Assert.Equal(cost, life.CostOf("2026-04-01"));

        Assert.Equal(Math.Max(minimum, 806), Corrected(life, Eu, 10).CostOf("2026-04-01"));
        Assert.Equal(Math.Max(minimum, 406), Corrected(life, Mars, 3).CostOf("2026-04-01"));
        Assert.Equal(Math.Max(minimum, 306 + 1500), Corrected(life, Eu, 150).CostOf("2026-04-01"));
    }

    [Fact]
    public void Free_units_and_percents_of_a_price_that_is_no_matrix_hold_for_what_stands()
    {
        var free = Retried(new GraduatedModel([new Tier(4, 0), new Tier(null, 100)]));
        Assert.Equal(50 + 500, free.CostOf("2026-04-01"));
        Assert.Equal(50 + 100, Corrected(free, Mars, 3).CostOf("2026-04-01"));
        Assert.Equal(50, Corrected(free, Mars, 1).CostOf("2026-04-01"));
        Assert.Equal(50 + 200, Late(Again(Corrected(free, Mars, 4))).CostOf("2026-04-01"));

        var percent = Billed();
        var wider = Named("wider", Plan(prices: [Flat("base", 3000), Metered("calls", Matrix(3, ("mars", 100)))]));
        Assert.True(percent.Change("2026-05-02", wider, order: order => order with { Overrides = ImmutableSortedDictionary<string, PriceOverride>.Empty.Add("calls", new PriceOverride(null, 50)) }).IsAccepted);
        Assert.Equal(50 + 353, Again(percent).CostOf("2026-04-01"));
        Assert.Equal(50 + 253, Corrected(percent, Mars, 5).CostOf("2026-04-01"));
    }

    [Fact]
    public void What_a_person_has_credited_of_the_line_is_not_given_back_twice()
    {
        var life = Retried();
        life.Noted[LineOf(life, 706)] = 650;

        Assert.Equal(50 + 706 - 56, Corrected(life, Mars, 5).CostOf("2026-04-01"));
    }

    [Fact]
    public void Where_the_invoice_of_the_closing_is_void_the_retry_still_gives_back()
    {
        var life = Retried();
        var closing = life.Invoices.Single(invoice => invoice.Lines.Any(line => line.Draft.Amount == 50)).Id;
        life.Standing[closing] = new CreditableInvoice(closing, InvoiceStatus.Void, 0);

        Assert.Equal(-200, Corrected(life, Mars, 5).CostOf("2026-04-01") - 756);
        Assert.Equal(-200, Corrected(life, Eu, 50).CostOf("2026-04-01") - 756);
    }

    [Fact]
    public void Where_late_usage_is_ignored_nothing_is_given_back()
    {
        var life = Retried();
        life.Used[Mars] = life.Used[Mars] with { Value = 1 };

        Assert.Equal(756, life.Late("2026-05-03", LatePolicy.Ignore).CostOf("2026-04-01"));
    }

    [Fact]
    public void What_is_given_back_of_them_is_missing_to_the_plan_s_minimum_again()
    {
        var plan = Named("regions", Plan(prices: [Metered("calls", Matrix(null, ("eu", 10)))])) with { Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", 1000) };
        var life = new Life(plan).Start("2026-04-01").Use("2026-04-10", 5, ("region", "eu")).Use("2026-04-11", 7, ("region", "mars")).Use("2026-04-12", 2).Until("2026-05-01");
        Assert.Equal(1000, life.CostOf("2026-04-01"));
        Retried(life, Matrix(3, ("mars", 100)));
        Assert.Equal(1000, life.CostOf("2026-04-01"));
        Assert.Equal(1000, Corrected(life, Mars, 3).CostOf("2026-04-01"));
        Assert.Equal(1000, Corrected(life, Eu, 20).CostOf("2026-04-01"));
        Assert.Equal(1200 + 306, Corrected(life, Eu, 120).CostOf("2026-04-01"));
        Assert.Equal(1200 + 106, Corrected(life, Mars, 1).CostOf("2026-04-01"));
        Assert.Equal(1000, Corrected(life, Eu, 4).CostOf("2026-04-01"));
    }
}
