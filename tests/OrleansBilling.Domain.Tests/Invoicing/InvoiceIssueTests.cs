using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing;

public sealed class InvoiceIssueTests
{
    private static readonly Dictionary<string, CreditableInvoice> NoneOpen = [];

    [Fact]
    public void A_plain_invoice_is_booked_in_two_rows_and_charged_to_the_default_method()
    {
        var documents = Issue(Facts(), Compute(Tax("20"), Line(1000)));

        var invoice = Assert.Single(documents.Invoices);
        Assert.Equal((1200, 0, 0, Now, Now), (invoice.AmountDue, invoice.CreditApplied, invoice.Credited, invoice.IssuedAt, invoice.DueAt));
        var entry = Assert.Single(documents.Entries);
        Assert.Equal("invoice:inv_1:issued", entry.Cause);
        Assert.Equal(["accounts_receivable>billed_revenue 1000", "accounts_receivable>tax_payable 200"], Rows(documents));
        var payment = Assert.Single(documents.Payments);
        Assert.Equal((PaymentStatus.Pending, 1200), (payment.Status, payment.Amount));
        var write = Assert.Single(documents.Attempts);
        Assert.Null(write.Expected);
        Assert.Equal(
            (AttemptStatus.Queued, 1, "sandbox", "pm_1", "tok_visa", payment.Id, 1200),
            (write.Attempt.Status, write.Attempt.Number, write.Attempt.Gateway, write.Attempt.Method, write.Attempt.Token, write.Attempt.Payment, write.Attempt.Amount));
        Assert.Equal(["invoice.issued"], documents.Events.Select(e => e.Type));
        // Nothing is taken, but the commit holds that there was nothing to take.
        Assert.Equal(new BalanceMove("acct_1", "usd", 0, Seen: 0, "inv_1"), Assert.Single(documents.BalanceMoves));
        Assert.Equal(Now, InvoiceIssue.CollectAt(invoice));
        var state = InvoiceIssue.InitialState(invoice);
        Assert.Equal((InvoiceStatus.Open, null, 200, 1200, true), (state.Status, state.PaidAt, state.Tax, state.AmountRemaining, state.Automatic));
    }

    [Theory]
    [InlineData(300, 300, 900, "customer_credit>accounts_receivable 300")]
    [InlineData(1200, 1200, 0, "customer_credit>accounts_receivable 1200")]
    [InlineData(5000, 1200, 0, "customer_credit>accounts_receivable 1200")]
    public void A_credit_balance_is_taken_first(long balance, long applied, long due, string lastRow)
    {
        var documents = Issue(Facts(balance), Compute(Tax("20"), Line(1000)));

        var invoice = documents.Invoices[0];
        Assert.Equal((applied, due), (invoice.CreditApplied, invoice.AmountDue));
        var move = Assert.Single(documents.BalanceMoves);
        Assert.Equal((-applied, balance, "inv_1"), (move.Amount, move.Seen, move.Cause));
        Assert.Equal(lastRow, Rows(documents)[^1]);
        Assert.Equal(due > 0 ? 1 : 0, documents.Payments.Length);
    }

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(0, 0)]
    [InlineData(700, -1000)]
    public void No_balance_is_taken_where_there_is_none_or_nothing_to_pay(long balance, long amount)
    {
        var documents = Issue(Facts(balance), Compute(TaxSettings.None, Line(amount)));

        Assert.DoesNotContain(documents.BalanceMoves, move => move.Amount < 0);
    }

    [Fact]
    public void A_document_with_nothing_due_is_issued_and_paid_at_once_without_an_attempt()
    {
        var documents = Issue(Facts(), Compute(Tax("20"), Line(0)));

        var invoice = documents.Invoices[0];
        var state = InvoiceIssue.InitialState(invoice);
        Assert.Equal((InvoiceStatus.Paid, (Instant?)Now), (state.Status, state.PaidAt));
        Assert.Equal(["invoice.issued", "invoice.paid"], documents.Events.Select(e => e.Type));
        Assert.Empty(documents.Payments);
        Assert.Empty(documents.Attempts);
        Assert.Empty(documents.Entries);
        Assert.Null(InvoiceIssue.CollectAt(invoice));
    }

    [Fact]
    public void Without_a_method_or_by_sent_invoice_nothing_is_charged_and_attention_waits_for_the_due_date()
    {
        AccountFacts[] accounts =
        [
            Account() with { DefaultMethod = null, NetTermsDays = 14 },
            Account() with { Collection = CollectionMode.SendInvoice, NetTermsDays = 14 },
        ];
        foreach (var account in accounts)
        {
            var documents = Issue(Facts(0, account), Compute(TaxSettings.None, Line(1000)));

            Assert.Empty(documents.Attempts);
            Assert.Equal(Now + Duration.FromDays(14), InvoiceIssue.CollectAt(documents.Invoices[0]));
        }
    }

    [Theory]
    [InlineData(0, "2026-03-20T12:00:00Z")]
    // Local days: the clocks go forward on 29 March in Berlin, so that thirty days are an hour short.
    [InlineData(30, "2026-04-19T11:00:00Z")]
    public void Due_dates_count_local_days(int terms, string due)
    {
        var issued = Instant.FromUtc(2026, 3, 20, 12, 0);

        var dueAt = InvoiceIssue.DueAt(issued, Account() with { NetTermsDays = terms });

        Assert.Equal(NodaTime.Text.InstantPattern.General.Parse(due).Value, dueAt);
    }

    [Fact]
    public void Another_currency_than_the_accounts_is_an_error_of_the_program()
    {
        var account = Account() with { Currency = Currency.Of("eur") };

        Assert.Throws<InvalidOperationException>(() => Issue(Facts(0, account), Compute(TaxSettings.None, Line(1000))));
    }

    [Fact]
    public void A_document_that_does_not_add_up_is_not_issued()
    {
        var computed = Compute(Tax("20"), Line(1000));
        var wrong = computed with { Totals = computed.Totals with { Total = 1199 } };

        Assert.Throws<InvalidOperationException>(() => Issue(Facts(), wrong));
    }

    private static Documents Issue(BillingFacts facts, ComputedInvoice computed) =>
        InvoiceIssue.Issue("inv_1", "sub_1", computed, facts, Now, "renewal", Ids, NoneOpen);

    private static List<string> Rows(Documents documents) =>
        [.. documents.Entries.SelectMany(entry => entry.Postings).Select(row => $"{row.Debit.Code}>{row.Credit.Code} {row.Amount}")];
}
