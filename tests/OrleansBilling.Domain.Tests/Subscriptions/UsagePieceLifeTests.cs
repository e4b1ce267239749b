using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Wallets;
using OrleansBilling.Domain.Wallets;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Pieces of usage over changes, ends, pauses, trials, late events, commitments and coupons.</summary>
public sealed class UsagePieceLifeTests
{
    private static readonly GraduatedModel Tiers = new([new Tier(100, 10), new Tier(null, 5)]);
    private static readonly PlanVersion Tiered = Named("tiered", Plan(prices: [Flat("base", 3000), Life.Metered("calls", Tiers)]));
    private static readonly PlanVersion PerCall = Named("per_call", Plan(prices: [Flat("base", 3000), Life.Metered("calls", new PerUnitModel(10))]));

    [Fact]
    public void A_change_of_price_closes_the_part_with_its_pieces_and_the_next_begins_from_zero()
    {
        var life = new Life(Tiered).Start("2026-04-01").Use("2026-04-05", 150);
        life.Piece("2026-04-06");

        Assert.True(life.Change("2026-04-16", PerCall, ProrationPolicy.None).IsAccepted);
        life.Use("2026-04-17", 7);
        life.Piece("2026-04-18");
        life.Until("2026-05-01");

        Assert.Equal(["04-01 to 04-06 calls 150 = 1250", "04-16 to 04-18 calls 7 = 70"], life.UsageLines());
    }

    [Fact]
    public void The_same_price_on_another_plan_goes_on_with_its_pieces()
    {
        var life = new Life(Tiered).Start("2026-04-01").Use("2026-04-05", 90);
        life.Piece("2026-04-06");

        Assert.True(life.Change("2026-04-16", Named("larger", Plan(prices: [Flat("base", 6000), Life.Metered("calls", Tiers)]))).IsAccepted);
        life.Use("2026-04-17", 30).Until("2026-05-01");

        Assert.Equal(["04-01 to 04-06 calls 90 = 900", "04-01 to 05-01 calls 30 = 200"], life.UsageLines());
    }

    [Theory]
    [InlineData("2026-04-05", "04-01 to 04-06 calls 90 = 900|04-01 to 04-06 calls -60 = -600|04-05 to 05-01 calls 60 = 600")]
    [InlineData("2026-04-01", "04-01 to 04-06 calls 90 = 900|04-01 to 04-06 calls -90 = -900|04-01 to 05-01 calls 90 = 900")]
    public void A_change_dated_back_before_a_piece_gives_back_what_is_no_longer_of_its_span(string at, string lines)
    {
        var life = new Life(PerCall).Start("2026-04-01").Use("2026-04-03", 30).Use("2026-04-05", 60);
        life.Piece("2026-04-06");

        Assert.True(life.Change("2026-04-10", Named("other", Plan(prices: [Flat("base", 3000), Life.Metered("calls", new PerUnitModel(10, 0.5m))])), ProrationPolicy.None, order => order with { At = Utc(at) }).IsAccepted);
        life.Until("2026-05-01");

        Assert.Equal(lines.Split('|')[..2], life.UsageLines().Take(2));
        Assert.Equal(90, life.Counted.Sum(closed => closed.Quantity));
        Assert.Equal(life.Counted.Sum(closed => closed.Amount), Lines(life).Sum(line => line.Draft.Amount));
    }

    [Fact]
    public void With_grace_what_waits_of_the_period_is_billed_in_pieces_too()
    {
        var life = new Life(Tiered with { UsageGraceHours = 72 }).Start("2026-04-01").Use("2026-04-05", 90);
        life.Piece("2026-04-06");
        Assert.True(life.Change("2026-04-16", PerCall, ProrationPolicy.None).IsAccepted);
        life.Use("2026-04-15", 20).Use("2026-04-16", 1);

        life.Piece("2026-04-17");
        life.Use("2026-04-15", 5).Until("2026-05-05");

        Assert.Equal(
            ["04-01 to 04-06 calls 90 = 900", "04-01 to 04-16 calls 20 = 150", "04-16 to 04-17 calls 1 = 10", "04-01 to 04-16 calls 5 = 25"], life.UsageLines());
        // A span of the period before is billed by its own closing alone.
        life.Use("2026-05-20", 3).Until("2026-06-02").Use("2026-05-20", 4);
        Assert.Empty(life.Piece("2026-06-02T10:00:00Z").Documents.Invoices);
    }

    [Theory]
    [InlineData(false, "04-01 to 04-06 calls 90 = 900|04-01 to 04-16 calls 30 = 200")]
    [InlineData(true, "04-01 to 04-06 calls 90 = 900")]
    public void An_end_bills_the_rest_or_leaves_it_out(bool leaves, string lines)
    {
        var life = new Life(Tiered).Start("2026-04-01").Use("2026-04-05", 90);
        life.Piece("2026-04-06");
        life.Use("2026-04-07", 30).Until("2026-04-16");

        life.CancelLeaving(Utc("2026-04-16"), leaves);

        Assert.Equal(lines.Split('|'), life.UsageLines());
        Assert.Equal((120m, leaves ? 900 : 1100, leaves ? UsageOutcome.LeftOut : UsageOutcome.Billed), (life.Counted[0].Quantity, life.Counted[0].Amount, life.Counted[0].Outcome));
    }

    [Fact]
    public void An_end_that_leaves_usage_out_gives_back_what_corrections_made_too_much()
    {
        var life = new Life(Tiered).Start("2026-04-01").Use("2026-04-05", 90);
        life.Piece("2026-04-06");
        life.Used[0] = life.Used[0] with { Value = 50 };

        life.CancelLeaving(Utc("2026-04-16"), leaves: true);

        Assert.Equal("04-01 to 04-06 calls  = -400", life.UsageLines().Last().Replace("-40 =", " =", StringComparison.Ordinal));
        Assert.Equal((UsageOutcome.LeftOut, 500), (life.Counted[0].Outcome, life.Counted[0].Amount));
    }

    [Fact]
    public void A_pause_bills_the_rest_and_no_piece_comes_in_it()
    {
        var life = new Life(Tiered).Start("2026-04-01").Use("2026-04-05", 90);
        life.Piece("2026-04-06");
        life.Use("2026-04-10", 20);

        Assert.True(life.Pause("2026-04-11").IsAccepted);
        life.Use("2026-04-12", 500);
        Assert.Empty(life.Piece("2026-04-13").Documents.Invoices);

        Assert.Equal(["04-01 to 04-06 calls 90 = 900", "04-01 to 04-11 calls 20 = 150"], life.UsageLines());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_trial_makes_no_piece(bool charges)
    {
        var life = new Life(Named("metered", Plan(trialDays: 14, prices: [Flat("base", 3000), Life.Metered("calls", new PerUnitModel(10), charges)]))).Start("2026-04-01").Use("2026-04-05", 150);

        Assert.Empty(life.Piece("2026-04-06").Documents.Invoices);
        life.Until("2026-04-16");
        Assert.Empty(life.Piece("2026-04-16").Documents.Invoices);

        Assert.Equal(charges ? ["04-01 to 04-15 calls 150 = 1500"] : [], life.UsageLines());
    }

    [Fact]
    public void A_piece_of_a_period_that_is_over_bills_nothing()
    {
        var life = new Life(PerCall).Start("2026-04-01").Use("2026-04-05", 10).Until("2026-05-01").Use("2026-05-01", 5);

        var step = UsagePieces.Bill(life.State, life.Facts(), life.Context(Utc("2026-04-30T23:59:59Z"), Utc("2026-05-02")));

        Assert.Empty(step.Documents.Invoices);
        Assert.Same(life.State, step.State);
    }

    [Fact]
    public void A_late_look_compares_with_all_pieces_and_gives_back_of_several_lines()
    {
        var life = new Life(Tiered).Start("2026-04-01").Use("2026-04-03", 100);
        life.Piece("2026-04-04");
        life.Use("2026-04-05", 50);
        life.Piece("2026-04-06");
        life.Use("2026-04-07", 10).Until("2026-05-01");
        life.Use("2026-04-20", 4).Late("2026-05-02", LatePolicy.Rerate).Late("2026-05-02", LatePolicy.Rerate);

        life.Used.RemoveRange(1, 3);
        life.Used[0] = life.Used[0] with { Value = 95 };
        life.Late("2026-05-03", LatePolicy.Rerate).Late("2026-05-04", LatePolicy.Rerate);

        Assert.Equal(
            ["100 = 1000", "50 = 250", "10 = 50", "4 = 20", "-69 = -20", " = -50", " = -250", " = -50"],
            life.UsageLines().Select(line => line[(line.IndexOf("calls", StringComparison.Ordinal) + 6)..]));
        Assert.Equal(950, life.Counted.Sum(closed => closed.Amount));
    }

    [Fact]
    public void A_commitment_counts_pieces_and_what_is_given_back_of_them()
    {
        var plan = Named("metered", Plan(prices: Life.Metered("calls", new PerUnitModel(1)))) with { Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", 2000) };
        var life = new Life(plan).Start("2026-04-01").Use("2026-04-05", 1500);
        life.Piece("2026-04-06");
        life.Used[0] = life.Used[0] with { Value = 1400 };

        life.Until("2026-05-01");

        Assert.Equal(["2026-04-01 calls 1500", "2026-04-01 calls -100, 2026-04-01  600"], Told(life));
    }

    [Fact]
    public void An_amount_coupon_gives_its_amount_once_to_all_pieces_of_the_period()
    {
        var life = new Life(Named("metered", Plan(prices: Life.Metered("calls", new PerUnitModel(1))))).Start("2026-04-01");
        Assert.True(life.AddCoupon("2026-04-01", Promos.Amount(150)).IsAccepted);
        life.Use("2026-04-05", 100);
        life.Piece("2026-04-06");
        life.Use("2026-04-07", 100);

        life.Piece("2026-04-08");
        life.Use("2026-04-09", 100);
        life.Piece("2026-04-10");

        Assert.Equal([100, 50, 0], life.Invoices.Select(invoice => invoice.Totals.DiscountTotal));
    }

    [Fact]
    public void A_piece_is_paid_by_the_grants_of_its_time_less_what_former_pieces_billed()
    {
        GrantRows? rows = null;
        var life = new Life(Tiered) { Reads = (known, _) => rows is null ? known : known with { Billing = known.Billing with { Prepaid = rows.Living } } }.Start("2026-04-01").Use("2026-04-05", 90);
        rows = new GrantRows(life.Facts().Billing.Account).Wallet("wal_1", Utc("2026-04-01"));
        rows.Grant("wal_1", new GrantOrder(10_000) { ExpiresAt = Utc("2026-04-11") }, Utc("2026-04-01"));
        life.Piece("2026-04-06");

        life.Use("2026-04-10", 20).Use("2026-04-12", 30);
        life.Piece("2026-04-13");

        Assert.Equal([900, 150], Lines(life).Select(line => line.WalletAmount));
        Assert.Equal([(Utc("2026-04-11"), 150), (Utc("2026-04-13") + Duration.FromTicks(10), 150)], Lines(life).Last().Draft.UsedIn.Select(share => (share.Span.End, share.Amount)));
    }

    [Fact]
    public void Spend_so_far_counts_what_pieces_have_billed()
    {
        var life = new Life(Named("metered", Plan(prices: Life.Metered("calls", new PerUnitModel(10) { MaximumAmount = 3000 })))).Start("2026-04-01").Use("2026-04-02", 90);
        life.Piece("2026-04-03");
        life.Use("2026-04-03", 30);

        // The maximum is that of the whole period, however early the question.
        Assert.Equal((1200, 900, true), life.Accrued("2026-04-04").Select(used => (used.Amount, used.Billed, used.Runs)).Single());
    }

    [Fact]
    public void What_an_account_gathers_it_gathers_in_pieces_too()
    {
        var life = new Life(PerCall).Start("2026-04-01").Use("2026-04-05", 10);
        var facts = life.Facts();
        facts = facts with { Billing = facts.Billing with { Account = facts.Billing.Account with { Grouping = Accounts.InvoiceGrouping.Account } } };

        var step = UsagePieces.Bill(life.State, facts, life.Context(Utc("2026-04-06"), Utc("2026-04-06")));
        var again = UsagePieces.Bill(step.State, facts, life.Context(Utc("2026-04-07"), Utc("2026-04-07")));

        var waiting = Assert.Single(step.Documents.PendingLines);
        Assert.Equal((100, Utc("2026-04-06")), (waiting.Draft.Amount, Assert.Single(step.Documents.GatherAt)));
        Assert.Equal((null, waiting.Draft.Id), step.State.Items.Select(item => item.Usage).OfType<ItemUsage>().Single().Pieces.Select(piece => (piece.Charge.Invoice, piece.Charge.Line)).Single());
        Assert.Empty(again.Documents.PendingLines);
        Assert.Contains(waiting.Draft.Id, SubscriptionReferences.Waited(step.State));
    }

    private static IEnumerable<InvoiceLine> Lines(Life life) => life.Invoices.SelectMany(invoice => invoice.Lines).Where(line => line.Draft.Kind is LineKind.Usage);
}
