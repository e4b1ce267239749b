using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Late usage that comes to less: a credit note of the invoice that billed it where that is issued, else a credit line.</summary>
public sealed class LateNoteTests
{
    private static readonly PlanVersion Metered = Named("metered", Plan(prices: [Flat("base", 3000), Life.Metered("calls", new PerUnitModel(10))]));

    /// <summary>April's 90 calls are billed on the second invoice.</summary>
    private static Life Billed(InvoiceStatus status = InvoiceStatus.Paid, PlanVersion? plan = null, string payer = "acct_1")
    {
        var life = new Life(plan ?? Metered).Start("2026-04-01").Use("2026-04-10", 90).Until("2026-05-01");
        life.Standing[life.Invoices[1].Id] = new CreditableInvoice(life.Invoices[1].Id, status, 0) { Account = payer, Version = 7 };
        return life;
    }

    private static PendingLine? Ordered(Life life) => life.Waiting.SingleOrDefault(line => line.Source is PendingSource.CreditNote);

    [Theory]
    [InlineData(InvoiceStatus.Open, true)]
    [InlineData(InvoiceStatus.Paid, true)]
    [InlineData(InvoiceStatus.Uncollectible, true)]
    [InlineData(InvoiceStatus.Draft, false)]
    [InlineData(InvoiceStatus.Void, false)]
    public void A_note_is_ordered_of_an_issued_invoice(InvoiceStatus status, bool isNoted)
    {
        var life = Billed(status, payer: isNoted ? "acct_payer" : "acct_1");
        life.Used[0] = life.Used[0] with { Value = 50 };

        life.Late("2026-05-02", LatePolicy.Rerate);

        Assert.Equal(isNoted ? -400 : null, Ordered(life)?.Draft.Amount);
        Assert.Equal(status is InvoiceStatus.Draft ? ["2026-04-01 calls -400"] : [], Told(life).Skip(2));
        if (Ordered(life) is { } line)
        {
            Assert.Equal(("acct_payer", life.Invoices[1].Id, life.Invoices[1].Lines[0].Id), (line.Account, line.Draft.CreditedInvoice, line.Draft.CreditedLine));
            Assert.Equal(("50", "subtract_billed"), (line.Draft.Explain.Steps[0].Inputs["quantity"], line.Draft.Explain.Steps[^1].Operation));
            Assert.Equal([new InvoiceSeen(life.Invoices[1].Id, 7)], life.Seen);
            Assert.Equal(-400, life.Counted[^1].Amount);
        }
    }

    [Fact]
    public void Twice_looked_at_it_is_ordered_once_and_up_after_down_is_a_line_that_names_what_it_corrects()
    {
        var life = Billed();
        life.Used[0] = life.Used[0] with { Value = 50 };
        life.Late("2026-05-02", LatePolicy.Rerate).Late("2026-05-03", LatePolicy.Rerate);
        Assert.Equal(-400, Ordered(life)?.Draft.Amount);

        life.Use("2026-04-20", 10).Late("2026-05-04", LatePolicy.Rerate);

        var up = life.Waiting.Single(line => line.Source is PendingSource.Change).Draft;
        Assert.Equal((100, life.Invoices[1].Lines[0].Id, life.Invoices[1].Id), (up.Amount, up.Explain.Facts["corrects_line"], up.Explain.Facts["corrects_invoice"]));
        Assert.Equal(-400, Ordered(life)?.Draft.Amount);
        life.Until("2026-06-02");
        Assert.Equal("2026-04-01 calls 100, 2026-06-01 base 3000", Told(life).Last());
        Assert.NotNull(Ordered(life));
    }

    [Fact]
    public void What_is_ordered_leaves_no_room_for_more()
    {
        var life = Billed();
        life.Used[0] = life.Used[0] with { Value = 0 };
        life.Late("2026-05-02", LatePolicy.Rerate);
        Assert.Equal(-900, Ordered(life)?.Draft.Amount);

        life.Used[0] = life.Used[0] with { Value = -40 };
        life.Late("2026-05-03", LatePolicy.Rerate);

        Assert.Equal(-900, life.Waiting.Sum(line => line.Draft.Amount));
    }

    [Fact]
    public void Of_what_a_person_has_credited_only_the_rest_is_given()
    {
        var life = new Life(Metered) { NotesTook = line => (line.StartsWith("line", StringComparison.Ordinal) ? 700 : 0, 0) };
        life.Start("2026-04-01").Use("2026-04-10", 90).Until("2026-05-01");
        life.Standing[life.Invoices[1].Id] = new CreditableInvoice(life.Invoices[1].Id, InvoiceStatus.Paid, 0);
        life.Used[0] = life.Used[0] with { Value = 50 };

        life.Late("2026-05-02", LatePolicy.Rerate);

        Assert.Equal((-200, -200), (Ordered(life)?.Draft.Amount, life.Counted[^1].Amount));
    }

    [Fact]
    public void Where_a_minimum_takes_its_place_one_document_shows_both()
    {
        var plan = Metered with { Minimum = ImmutableSortedDictionary<string, long>.Empty.Add("usd", 5000) };
        var life = Billed(plan: plan);
        life.Used[0] = life.Used[0] with { Value = 50 };

        life.Late("2026-05-02", LatePolicy.Rerate);

        Assert.Null(Ordered(life));
        Assert.Equal("2026-04-01 calls -400, 2026-04-01  400", Told(life).Last());
    }

    [Theory]
    [InlineData(false, -400, "2026-05-01 calls 100, 2026-07-01 base 3000")]
    [InlineData(true, null, "2026-04-01 calls -400, 2026-05-01 calls 100")]
    public void Beside_a_charge_of_another_period_it_is_a_note_where_that_charge_can_wait(bool ends, int? noted, string told)
    {
        var life = Billed().Use("2026-05-10", 5).Until("2026-06-01");
        if (ends)
        {
            Assert.True(life.Cancel("2026-06-01", Utc("2026-06-01")).IsAccepted);
        }

        life.Used[0] = life.Used[0] with { Value = 50 };
        life.Use("2026-05-11", 10).Late("2026-06-02", LatePolicy.Rerate).Until("2026-07-02");

        Assert.Equal(noted, (int?)Ordered(life)?.Draft.Amount);
        Assert.Equal(told, Told(life).Last());
    }
}
