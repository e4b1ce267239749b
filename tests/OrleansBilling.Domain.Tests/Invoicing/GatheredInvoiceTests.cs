using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>The invoice on which an account gathers the lines of its subscriptions.</summary>
public sealed class GatheredInvoiceTests
{
    private static readonly Instant Boundary = Drafts.Now - Duration.FromHours(1);

    [Fact]
    public void Tax_is_rounded_once_for_all_lines_and_the_balance_pays_first()
    {
        var account = Drafts.Account(Drafts.Tax("19"));
        var documents = Issue([Line("a", 1003), Line("b", 1003), Line("c", 1003)], Drafts.Facts(500, account));
        var invoice = Assert.Single(documents.Invoices);
        Assert.Equal((3009, 572, 500, null, "grouped"), (invoice.Totals.Subtotal, invoice.Totals.TaxTotal, invoice.CreditApplied, invoice.Subscription, invoice.Cause));
        Assert.Equal(["line_a", "line_b", "line_c"], invoice.Lines.Select(line => line.Id));
        Assert.Equal(Drafts.Now, invoice.IssuedAt);
        Assert.Single(documents.Attempts);
        Assert.True(InvoiceIssue.InitialState(invoice).Grouped);
        Assert.InRange(Assert.Single(documents.Entries).Postings.Count, 1, 3);
    }

    [Fact]
    public void What_unpaid_subscriptions_owe_comes_last_and_is_charged_to_nobody()
    {
        ImmutableArray<GatheredLine> lines = [Line("a", 100, uncharged: true), Line("b", 200), Own("c", 10)];
        var charged = Issue(lines);
        Assert.Equal(["line_b", "line_c"], charged.Invoices.Single().Lines.Select(line => line.Id));
        Assert.Single(charged.Attempts);
        var uncharged = Issue([lines[0], lines[2]]);
        Assert.Equal(["line_a", "line_c"], uncharged.Invoices.Single().Lines.Select(line => line.Id));
        Assert.Empty(uncharged.Attempts);
        Assert.Equal(CollectionMode.SendInvoice, uncharged.Invoices.Single().Facts.Collection);
    }

    [Fact]
    public void A_credit_of_a_line_that_was_billed_meanwhile_names_its_invoice_and_one_of_a_void_invoice_is_dropped()
    {
        var credit = Line("x", -300) with { Draft = Waiting("x", -300) with { Kind = LineKind.ProrationCredit, CreditedLine = "line_old" } };
        var billed = new Dictionary<string, BilledLine> { ["line_old"] = new("line_old", "inv_old", [new TaxRate("vat", 7)], TaxInclusive: false) };
        var open = Issue([Line("a", 1000), credit], billed: billed, invoice: new CreditableInvoice("inv_old", InvoiceStatus.Open, 500));
        Assert.Equal((1000, -300, "inv_old", -21), (open.Invoices[0].Lines[0].Draft.Amount, open.Invoices[0].Lines[1].Draft.Amount, open.Invoices[0].Lines[1].Draft.CreditedInvoice, open.Invoices[0].Lines[1].TaxAmount));
        Assert.Equal(new InvoiceSeen("inv_old", 1), Assert.Single(open.InvoicesCredited));

        var gone = Issue([credit], billed: billed, invoice: new CreditableInvoice("inv_old", InvoiceStatus.Void, 0));
        Assert.Empty(gone.Invoices);
        Assert.Equal(["line_x"], gone.PendingDropped);
    }

    [Fact]
    public void A_credit_goes_with_the_line_that_waits_beside_it()
    {
        var charge = Line("a", 1000);
        var credit = Line("x", -400, uncharged: true) with { Draft = Waiting("x", -400) with { Kind = LineKind.ProrationCredit, CreditedLine = "line_a" } };
        var documents = Issue([charge, credit, Line("b", 50, uncharged: true)]);
        Assert.Equal(["line_a", "line_x"], documents.Invoices.Single().Lines.Select(line => line.Id));
        Assert.Equal(600, documents.Attempts.Single().Attempt.Amount);
    }

    [Fact]
    public void An_account_with_grace_gets_a_draft()
    {
        var documents = Issue([Line("a", 100)], Drafts.Facts(account: Drafts.Account() with { InvoiceGraceHours = 24 }));
        Assert.Equal(Drafts.Now + Duration.FromHours(24), documents.Invoices.Single().Draft!.FinalizeAt);
        Assert.Empty(documents.Entries);
    }

    [Fact]
    public void A_second_invoice_of_one_boundary_has_ids_of_its_own_and_a_decision_made_again_the_same()
    {
        var first = Issue([Line("a", 100)]).Invoices.Single().Id;
        Assert.Equal(first, Issue([Line("a", 100), Line("b", 100)]).Invoices.Single().Id);
        Assert.NotEqual(first, Issue([Line("b", 100)]).Invoices.Single().Id);
    }

    [Fact]
    public void It_comes_to_what_the_lines_come_to_whatever_they_are() =>
        Gen.Select(Gen.Long[-100_000, 100_000], Gen.Bool).Array[1, 40].Sample(rows =>
        {
            var lines = rows.Select((row, i) => Line($"{i:00}", row.Item1, row.Item2)).ToImmutableArray();
            var account = Drafts.Account(Drafts.Tax("19"));
            long subtotal = 0;
            while (!lines.IsEmpty)
            {
                var documents = Issue(lines, Drafts.Facts(account: account));
                var invoice = documents.Invoices.Single();
                var sum = invoice.Lines.Sum(line => line.Draft.Amount);
                Assert.Equal((sum, Rounding.ToMinorUnits(sum * 0.19m)), (invoice.Totals.Subtotal, invoice.Totals.TaxTotal));
                subtotal += sum;
                lines = lines.RemoveAll(line => invoice.Lines.Any(taken => taken.Id == line.Draft.Id));
            }

            Assert.Equal(rows.Sum(row => row.Item1), subtotal);
        });

    private static Documents Issue(
        ImmutableArray<GatheredLine> lines, BillingFacts? facts = null, Dictionary<string, BilledLine>? billed = null, CreditableInvoice? invoice = null) =>
        GatheredInvoice.Issue(
            lines, Boundary, facts ?? Drafts.Facts(), billed ?? [], invoice is null ? [] : new Dictionary<string, CreditableInvoice> { [invoice.Id] = invoice }, PaidLines.None, Drafts.Now);

    private static LineDraft Waiting(string id, long amount) => Drafts.Line(amount) with { Id = "line_" + id, HasWaited = true, Subscription = "sub_" + id };

    private static GatheredLine Line(string id, long amount, bool uncharged = false) => new(Waiting(id, amount), uncharged);

    private static GatheredLine Own(string id, long amount) => new(Waiting(id, amount) with { Subscription = null }, Uncharged: false);
}
