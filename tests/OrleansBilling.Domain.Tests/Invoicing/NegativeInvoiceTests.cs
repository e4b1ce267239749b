using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>A negative total first lowers what is due on the invoices whose lines it credits; the rest is credit.</summary>
public sealed class NegativeInvoiceTests
{
    [Theory]
    // lines "invoice:amount" (no invoice: a charge), open invoices "id:status:remaining" -> sent "id:amount", balance
    [InlineData("a:-1000", "", "", 1000)]
    [InlineData("a:-1000", "a:Open:1000", "a:1000", 0)]
    [InlineData("a:-1000", "a:Open:400", "a:400", 600)]
    [InlineData("a:-1000", "a:Open:5000", "a:1000", 0)]
    [InlineData("a:-1000", "a:Uncollectible:400", "a:400", 600)]
    [InlineData("a:-1000", "a:Paid:0", "", 1000)]
    [InlineData("a:-1000", "a:Paid:400", "", 1000)]
    [InlineData("a:-1000", "a:Open:0", "", 1000)]
    [InlineData("a:-1000 :300", "a:Open:1000", "a:700", 0)]
    [InlineData("b:-1000 a:-500 :300", "a:Open:500", "a:500", 700)]
    [InlineData("a:-1000 b:-500 :600", "a:Open:1000 b:Open:500", "a:900", 0)]
    [InlineData("a:-600 b:-500 a:-400 :100", "a:Open:1000 b:Open:500", "a:1000 b:400", 0)]
    [InlineData("b:-1000 a:-100", "a:Open:500", "a:100", 1000)]
    [InlineData("a:-1000 :1000", "a:Open:1000", "", 0)]
    [InlineData("a:-1000 :1500", "a:Open:1000", "", 0)]
    public void Goes_where_it_is_owed(string lines, string open, string sent, long balance)
    {
        var drafts = lines.Split(' ').Select(text => text.Split(':')).Select(parts => Line(long.Parse(parts[1])) with { CreditedInvoice = parts[0].Length == 0 ? null : parts[0] });
        var invoices = open.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split(':'))
            .ToDictionary(parts => parts[0], parts => new CreditableInvoice(parts[0], Enum.Parse<InvoiceStatus>(parts[1]), long.Parse(parts[2])) { Version = 7 });

        var documents = InvoiceIssue.Issue("inv_1", "sub_1", Compute(TaxSettings.None, [.. drafts]), Facts(), Now, "cancel", Ids, invoices);

        Assert.Equal(sent, string.Join(' ', documents.CreditsSent.Select(credit => $"{credit.Invoice}:{credit.Amount}")));
        Assert.All(documents.CreditsSent, credit => Assert.Equal(("inv_1", "acct_1", "usd"), (credit.Source, credit.Account, credit.Currency)));
        Assert.Equal(balance, documents.BalanceMoves.Sum(move => move.Amount));
        Assert.All(documents.BalanceMoves, move => Assert.True(move.Seen is null || move.Amount == 0));
        Assert.Equal(invoices.Values.Select(seen => (seen.Id, 7L)).Order(), documents.InvoicesCredited.Select(seen => (seen.Invoice, seen.Version)).Order());
        var invoice = documents.Invoices[0];
        Assert.Equal(invoice.Credited, documents.CreditsSent.Sum(credit => credit.Amount) + balance);
    }

    [Fact]
    public void Is_booked_against_credit_and_never_as_a_receivable()
    {
        var billed = Compute(Tax("20"), Line(1000)).Lines[0];
        var open = new Dictionary<string, CreditableInvoice> { ["inv_0"] = new("inv_0", InvoiceStatus.Open, 700) };

        var documents = InvoiceIssue.Issue(
            "inv_1", "sub_1", Compute(TaxSettings.None, CreditOf(billed, "inv_0")), Facts(50), Now, "cancel", Ids, open);

        Assert.Equal(
            ["billed_revenue>credit_in_transit 700", "billed_revenue>customer_credit 300", "tax_payable>customer_credit 200"],
            documents.Entries.SelectMany(entry => entry.Postings).Select(row => $"{row.Debit.Code}>{row.Credit.Code} {row.Amount}"));
        Assert.Equal(1200, documents.Invoices[0].Credited);
        Assert.Equal(0, documents.Invoices[0].AmountDue);
        Assert.Equal(InvoiceStatus.Paid, InvoiceIssue.InitialState(documents.Invoices[0]).Status);
    }

    [Theory]
    [InlineData(5000, false, 1200)]
    [InlineData(5000, true, 1000)]
    public void What_a_line_takes_back_counts_with_its_tax_on_top(long remaining, bool inclusive, long sent)
    {
        var billed = Compute(Tax("20", inclusive), Line(1000)).Lines[0];
        var open = new Dictionary<string, CreditableInvoice> { ["inv_0"] = new("inv_0", InvoiceStatus.Open, remaining) };

        var documents = InvoiceIssue.Issue(
            "inv_1", "sub_1", Compute(TaxSettings.None, CreditOf(billed, "inv_0")), Facts(), Now, "cancel", Ids, open);

        Assert.Equal(sent, Assert.Single(documents.CreditsSent).Amount);
        Assert.Empty(documents.BalanceMoves);
    }

    [Fact]
    public void Tax_and_revenue_of_opposite_signs_meet_in_one_entry()
    {
        var credit = Line(-100) with { CarriedTaxRates = [new TaxRate("vat", 50)], CarriedInclusive = false };

        var documents = InvoiceIssue.Issue(
            "inv_1", null, Compute(TaxSettings.None, credit, Line(150)), Facts(), Now, "change", Ids, new Dictionary<string, CreditableInvoice>());

        Assert.Equal(
            ["tax_payable>billed_revenue 50"],
            documents.Entries.SelectMany(entry => entry.Postings).Select(row => $"{row.Debit.Code}>{row.Credit.Code} {row.Amount}"));
    }
}
