using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Usage that is billed before its period is over (rules.md, "A period in pieces").</summary>
public sealed class UsagePieceTests
{
    private static readonly GraduatedModel Tiers = new([new Tier(100, 10), new Tier(null, 5)]);
    private static readonly PlanVersion Tiered = Named("tiered", Plan(prices: [Flat("base", 3000), Life.Metered("calls", Tiers)]));
    private static readonly PlanVersion PerCall = Named("per_call", Plan(prices: [Flat("base", 3000), Life.Metered("calls", new PerUnitModel(10))]));

    /// <summary>The model, the pieces on 6 and 16 April, and what the renewal bills.</summary>
    public static TheoryData<string, PricingModel, string> Models => new()
    {
        { "per_unit", new PerUnitModel(2), "120 = 240|30 = 60|10 = 20" },
        { "package with free units", new PackageModel(100, 50, 10), "120 = 100|40 = 0" },
        { "package", new PackageModel(50, 50), "120 = 150|40 = 50" },
        { "graduated across tiers", Tiers, "120 = 1100|30 = 150|10 = 50" },
        { "graduated with a flat amount", new GraduatedModel([new Tier(130, 1), new Tier(null, 2, 70)]), "120 = 120|30 = 120|10 = 20" },
        { "volume on the last piece", new VolumeModel([new Tier(100, 10), new Tier(null, 5)]), "160 = 800" },
        { "flat on the last piece", new FlatModel(77), "160 = 77" },
        { "percentage", new PercentageModel(10), "120 = 12|30 = 3|10 = 1" },
        { "percentage with free events", new PercentageModel(10, FreeEvents: 2), "150 = 3|10 = 1" },
        { "percentage with a free value", new PercentageModel(10, FreeValue: 130), "150 = 2|10 = 1" },
        { "percentage with bounds per event", new PercentageModel(10, FixedAmount: 3, MinPerEvent: 5, MaxPerEvent: 9), "120 = 14|30 = 6|10 = 5" },
        { "graduated_percentage", new GraduatedPercentageModel([new PercentageTier(100, 10), new PercentageTier(null, 50)]), "120 = 20|30 = 15|10 = 5" },
        { "matrix", new MatrixModel(["region"], [new MatrixCell(ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("region", ["eu"]), 7)], 1), "120 = 240|30 = 30|10 = 70" },
        { "dynamic", new DynamicModel("cost"), "120 = 30|30 = 3|10 = 4" },
        { "minimum on the last piece", new PerUnitModel(1) { MinimumAmount = 500 }, "120 = 120|30 = 30|10 = 350" },
        { "maximum of the running total", new PerUnitModel(10) { MaximumAmount = 1400 }, "120 = 1200|30 = 200|10 = 0" },
        { "maximum reached by the first piece", new PerUnitModel(10) { MaximumAmount = 1000 }, "120 = 1000|40 = 0" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void A_piece_costs_the_price_of_all_so_far_less_what_was_billed(string name, PricingModel model, string expected)
    {
        Assert.NotEmpty(name);
        var plan = Named("metered", Plan(prices: Life.Metered("calls", model)));
        Life Used() => new Life(plan).Start("2026-04-01").Use("2026-04-03", 20, ("region", "eu"), ("cost", "10")).Use("2026-04-05", 100, ("region", "us"), ("cost", "20"))
            .Use("2026-04-16", 30, ("region", "us"), ("cost", "3")).Use("2026-04-20", 10, ("region", "eu"), ("cost", "4"));
        var life = Used();

        life.Piece("2026-04-06");
        life.Piece("2026-04-16");
        life.Until("2026-05-02");

        Assert.Equal(expected.Split('|'), life.UsageLines().Select(line => line[(line.IndexOf("calls", StringComparison.Ordinal) + 6)..]));
        var atOnce = Used().Until("2026-05-02");
        Assert.Equal(atOnce.Counted.Sum(closed => closed.Amount), Lines(life).Sum(line => line.Draft.Amount));
        Assert.Equal(atOnce.Counted.Select(Shown), life.Counted.Select(Shown));
    }

    [Fact]
    public void A_piece_shows_what_was_billed_before_and_the_running_price()
    {
        var life = new Life(Tiered).Start("2026-04-01").Use("2026-04-03", 90).Use("2026-04-05", 30);

        life.Piece("2026-04-04");
        life.Piece("2026-04-06");

        Assert.Equal(["2026-04-01 base 3000", "2026-04-01 calls 900", "2026-04-01 calls 200"], Told(life));
        var line = life.Invoices[2].Lines[0];
        Assert.Equal(("tiered (calls), so far", 30m, Utc("2026-04-06"), 2), (line.Draft.Description, line.Draft.Quantity, line.Draft.Period.End, line.Draft.Revision));
        Assert.Equal(
            ["events = 2", "from = 2026-04-01T00:00:00Z", "meter = calls", "previous_amount = 900", "previous_events = 1", "previous_quantity = 90", "quantity = 120", "running_amount = 1100", "to = 2026-04-06T00:00:00Z"],
            line.Explain.Facts.Select(fact => $"{fact.Key} = {fact.Value}"));
        Assert.Equal("usage_piece", life.Invoices[2].Cause);
    }

    [Fact]
    public void Nothing_is_billed_twice_and_nothing_without_use()
    {
        var life = new Life(Tiered).Start("2026-04-01");
        Assert.Empty(life.Piece("2026-04-02").Documents.Invoices);
        life.Use("2026-04-03", 90);

        life.Piece("2026-04-04");
        Assert.Empty(life.Piece("2026-04-04").Documents.Invoices);
        Assert.Empty(life.Piece("2026-04-05").Documents.Invoices);
        life.Until("2026-05-01");

        Assert.Equal(["2026-04-01 base 3000", "2026-04-01 calls 900", "2026-05-01 base 3000"], Told(life));
        // The span is closed on the line of its piece.
        var closed = Assert.Single(life.Closed);
        Assert.Equal((UsageOutcome.Billed, 900, 90m, life.Invoices[1].Lines[0].Id), (closed.Outcome, closed.Amount, closed.Quantity, closed.Line));
    }

    [Fact]
    public void An_event_at_the_instant_is_in_the_piece_and_one_that_comes_later_with_an_earlier_time_in_the_next()
    {
        var life = new Life(PerCall).Start("2026-04-01").Use("2026-04-01", 1).Use("2026-04-10", 2);

        life.Piece("2026-04-10");
        life.Use("2026-04-02", 4).Use(Utc("2026-04-10") + Duration.FromTicks(10), 8);
        life.Piece("2026-04-11");
        life.Use("2026-04-05", 16).Until("2026-05-01");

        Assert.Equal(["04-01 to 04-10 calls 3 = 30", "04-01 to 04-11 calls 12 = 120", "04-01 to 05-01 calls 16 = 160"], life.UsageLines());
    }

    [Theory]
    [InlineData(100, "2026-04-01 calls -100, 2026-05-01 base 3000")]
    [InlineData(60, "2026-04-01 calls -250, 2026-04-01 calls -400, 2026-05-01 base 3000")]
    [InlineData(0, "2026-04-01 calls -250, 2026-04-01 calls -1000, 2026-05-01 base 3000")]
    public void Corrections_below_what_was_billed_are_given_back_by_the_closing(decimal left, string told)
    {
        var life = new Life(Tiered).Start("2026-04-01").Use("2026-04-03", 100);
        life.Piece("2026-04-04");
        life.Use("2026-04-05", 50);
        life.Piece("2026-04-06");
        life.Used.RemoveAt(1);
        life.Used[0] = life.Used[0] with { Value = left };
        life.Use("2026-04-07", left == 100 ? 30 : 0);

        Assert.Empty(life.Piece("2026-04-08").Documents.Invoices);
        life.Until("2026-05-01");

        Assert.Equal(told, Told(life).Last());
        Assert.Equal(new Life(Tiered).Start("2026-04-01").Use("2026-04-03", left + (left == 100 ? 30 : 0)).Until("2026-05-01").Counted[0].Amount, life.Counted[0].Amount);
        Assert.Equal(life.Counted[0].Amount, Lines(life).Sum(line => line.Draft.Amount));
    }

    [Fact]
    public void No_more_is_given_back_than_credit_notes_left_of_a_line()
    {
        var life = new Life(PerCall).Start("2026-04-01").Use("2026-04-03", 100);
        life.Piece("2026-04-04");
        var (invoice, line) = (life.Invoices[1], life.Invoices[1].Lines[0]);
        life.Standing[invoice.Id] = new CreditableInvoice(invoice.Id, InvoiceStatus.Paid, 0)
        {
            NotesTook = ImmutableDictionary<string, NoteTaken>.Empty.Add(line.Id, new NoteTaken(700, 0)),
        };
        life.Used[0] = life.Used[0] with { Value = 10 };

        life.Until("2026-05-01");

        Assert.Equal("2026-04-01 calls -300, 2026-05-01 base 3000", Told(life).Last());
    }

    [Fact]
    public void A_credit_note_of_a_piece_is_no_reason_to_bill_it_again()
    {
        var life = new Life(PerCall).Start("2026-04-01").Use("2026-04-03", 100);
        life.Piece("2026-04-04");
        life.Standing[life.Invoices[1].Id] = new CreditableInvoice(life.Invoices[1].Id, InvoiceStatus.Paid, 0)
        {
            NotesTook = ImmutableDictionary<string, NoteTaken>.Empty.Add(life.Invoices[1].Lines[0].Id, new NoteTaken(700, 0)),
        };

        life.Use("2026-04-05", 5).Until("2026-05-01");

        Assert.Equal("2026-04-01 calls 50, 2026-05-01 base 3000", Told(life).Last());
    }

    [Fact]
    public void A_piece_on_a_void_invoice_counts_as_not_billed()
    {
        var life = new Life(PerCall).Start("2026-04-01").Use("2026-04-03", 100);
        life.Piece("2026-04-04");
        life.Use("2026-04-05", 20);
        life.Piece("2026-04-06");
        life.Standing[life.Invoices[1].Id] = new CreditableInvoice(life.Invoices[1].Id, InvoiceStatus.Void, 0) { Version = 7 };

        var step = life.Piece("2026-04-07");
        life.Until("2026-05-01");

        Assert.Equal(["2026-04-01 calls 200", "2026-04-01 calls 1000", "2026-05-01 base 3000"], Told(life).Skip(2));
        Assert.Contains(new InvoiceSeen(life.Invoices[1].Id, 7), step.Documents.InvoicesSeen);
    }

    private static IEnumerable<InvoiceLine> Lines(Life life) => life.Invoices.SelectMany(invoice => invoice.Lines).Where(line => line.Draft.Kind is LineKind.Usage);

    private static (Domain.Schedule.Period, decimal, long, long, UsageOutcome) Shown(ClosedUsage closed) => (closed.Part.Span, closed.Quantity, closed.Events, closed.Amount, closed.Outcome);
}
