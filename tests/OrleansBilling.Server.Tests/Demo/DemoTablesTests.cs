using OrleansBilling.Server.Demo;
using Spectre.Console;
using static OrleansBilling.Server.Tests.Demo.DemoSamples;

namespace OrleansBilling.Server.Tests.Demo;

public sealed class DemoTablesTests
{
    [Fact]
    public void An_invoice_shows_its_period_in_the_customers_zone() => Assert.Equal(
        ["Zoe's Zoo", "INV-1", "2026-01-31 to 2026-02-28", "3.43 eur", "19.00 eur", "", "19.00 eur", "paid", "1"],
        DemoTables.Invoices([Outcome]).Rows.Single());

    [Fact]
    public void A_customer_shows_the_key_of_its_plan() => Assert.Equal(
        ["Zoe's Zoo", "Europe/Rome", "tok_visa", "starter", "active", "1", "", ""],
        DemoTables.Customers([Outcome], code => code.Split('-')[0]).Rows.Single());

    [Fact]
    public void Subscriptions_are_told_oldest_first_whatever_their_ids()
    {
        var older = Outcome.Subscriptions[0] with { Id = "sub_9", Plan = "team-x", Status = "canceled", CreatedAt = Noon.AddDays(-1) };

        var row = DemoTables.Customers([Outcome with { Subscriptions = [Outcome.Subscriptions[0], older] }], code => code.Split('-')[0]).Rows.Single();

        Assert.Equal(("team, starter", "canceled, active"), (row[3], row[4]));
    }

    [Fact]
    public void Payments_that_went_alike_share_a_row() => Assert.Equal(
        ["Zoe's Zoo", "2", "19.00 eur", "succeeded", "succeeded"],
        DemoTables.Payments([Outcome with { Payments = [Payment, Payment with { Id = "pay_2" }] }]).Rows.Single());

    [Theory]
    [InlineData(1, "succeeded after 5 days", 7200)]
    [InlineData(1, "succeeded after 1 min without an answer", 1)]
    [InlineData(3, "2 x declined (card_declined), then succeeded", 0)]
    public void Tries_are_told_in_order(int tries, string expected, double minutes)
    {
        var attempts = Enumerable.Range(1, tries - 1).Select(n => Attempt(n, "failed", "card_declined")).Append(Attempt(tries, minutes: minutes)).ToList();

        Assert.Equal(expected, DemoTables.Payments([Outcome with { Payments = [Payment with { Attempts = attempts }] }]).Rows.Single()[4]);
    }

    [Fact]
    public void The_ledger_ends_each_currency_with_its_trial_balance()
    {
        var rows = DemoTables.Ledger(DemoBooks.Of([.. Outcome.Postings, new DemoPosting("jpy", "gateway_clearing", "accounts_receivable", 7500)])).Rows;

        Assert.Equal(["eur", "accounts_receivable", "19.00", "19.00", "0.00"], rows[0]);
        Assert.Equal(["eur", "trial balance", "38.00", "38.00", "0.00"], rows[4]);
        Assert.Equal(["jpy", "accounts_receivable", "0", "7500", "-7500"], rows[5]);
        Assert.Equal(["jpy", "trial balance", "7500", "7500", "0"], rows[^1]);
    }

    [Fact]
    public void Without_a_terminal_the_output_is_plain_lines()
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(text) });
        var screen = new DemoScreen(console, isTerminal: false);

        screen.Step(1, 2, Noon, "three [plans]");
        screen.Say("try 1 for [19.00] eur");
        screen.Show(DemoTables.Invoices([Outcome]));
        screen.Show(new DemoCheck("All is well.", ["it is not"]));

        var shown = text.ToString();
        Assert.DoesNotContain('\u001b', shown);
        Assert.Contains("(1/2) 31 Jan 2026  three [plans]", shown, StringComparison.Ordinal);
        Assert.Contains("  try 1 for [19.00] eur", shown, StringComparison.Ordinal);
        Assert.Contains("\nCustomer   Number  Period", shown, StringComparison.Ordinal);
        Assert.Contains("\nZoe's Zoo  INV-1   2026-01-31 to 2026-02-28  3.43 eur  19.00 eur", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(" \n", shown, StringComparison.Ordinal);
        Assert.Contains("broken  All is well.", shown, StringComparison.Ordinal);
        Assert.Contains("it is not", shown, StringComparison.Ordinal);
    }
}
