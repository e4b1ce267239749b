using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Sellers;
using static OrleansBilling.Domain.Tests.Invoicing.Drafts;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>A draft has lines and sums; everything else comes when it is issued.</summary>
public sealed class DraftTests
{
    private static readonly ImmutableDictionary<string, CreditableInvoice> None = ImmutableDictionary<string, CreditableInvoice>.Empty;

    [Fact]
    public void A_draft_takes_no_credit_posts_nothing_and_charges_nothing()
    {
        var documents = Draft(Compute(Tax("20"), Line(10_000)), balance: 3_000);
        var draft = Assert.Single(documents.Invoices);
        Assert.Equal(InvoiceStatus.Draft, InvoiceIssue.StatusOf(draft));
        Assert.Equal((0, 12_000), (draft.CreditApplied, draft.AmountDue));
        Assert.Empty(documents.Entries);
        Assert.Empty(documents.BalanceMoves);
        Assert.Empty(documents.Payments);
        Assert.Empty(documents.Attempts);
        Assert.Equal("invoice.drafted", Assert.Single(documents.Events).Type);
        Assert.Null(InvoiceIssue.CollectAt(draft));
    }

    [Theory]
    // Credit balance, credit on its way to the draft; what is taken of the balance, what is charged.
    [InlineData(0, 0, 0, 12_000)]
    [InlineData(3_000, 0, 3_000, 9_000)]
    [InlineData(20_000, 0, 12_000, 0)]
    // Credit of its lines lowers it before the balance does: it can go nowhere else as well.
    [InlineData(20_000, 5_000, 7_000, 5_000)]
    [InlineData(3_000, 12_000, 0, 12_000)]
    public void Finalising_takes_the_balance_of_the_day_and_leaves_room_for_credit_on_its_way(long balance, long arriving, long taken, long charged)
    {
        var computed = Compute(Tax("20"), Line(10_000));
        var draft = InvoiceIssue.InitialState(Draft(computed, balance: 0).Invoices[0]);
        var turn = InvoiceDecider.Finalize(draft, computed, "renewal", Facts(balance), arriving, None, Ids, Now).Value;
        var issued = Assert.Single(turn.Documents.Finalized);
        Assert.Equal((1, taken), (issued.Version, issued.Invoice.CreditApplied));
        Assert.Empty(turn.Documents.Invoices);
        Assert.Equal(charged, turn.Documents.Attempts.SingleOrDefault()?.Attempt.Amount ?? 0);
        Assert.Equal($"invoice:{issued.Invoice.Id}:issued", Assert.Single(turn.Documents.Entries).Cause);
        Assert.Equal(charged == 0 ? InvoiceStatus.Paid : InvoiceStatus.Open, turn.State.Status);
        Assert.Equal(2, turn.State.Version);
    }

    [Fact]
    public void What_is_due_when_a_draft_is_issued_is_rounded_to_cash_by_a_line_of_its_own()
    {
        var computed = Compute(Tax(""), Line(1_003));
        var facts = Facts(501) with { Seller = SellerFacts.Default with { CashRounding = SellerFacts.Default.CashRounding.SetItem("usd", 5) } };
        var draft = InvoiceIssue.Draft("inv_1", null, computed, facts, Now, "one_off", new DraftTerms(null), None);
        Assert.Equal((1, 1_003), (draft.Invoices[0].Lines.Length, draft.Invoices[0].Totals.Total));
        var issued = InvoiceDecider.Finalize(InvoiceIssue.InitialState(draft.Invoices[0]), computed, "one_off", facts, 0, None, Ids, Now).Value.Documents.Finalized[0];
        // 502 are due after the balance, 500 in cash.
        Assert.Equal((1, 2, -2, 500), (issued.StoredLines, issued.Invoice.Lines.Length, issued.Invoice.Lines[1].Draft.Amount, issued.Invoice.AmountDue));
    }

    [Theory]
    // Credit on its way to a draft of 10.03, credit balance; what rounds it to 0.05, what is left to pay in cash.
    [InlineData(501, 0, -2, 500)]
    [InlineData(501, 100, -2, 400)]
    [InlineData(1_001, 0, -2, 0)]
    [InlineData(1_003, 0, 0, 0)]
    [InlineData(0, 0, 2, 1_005)]
    public void Credit_on_its_way_is_no_cash_that_is_rounded(long arriving, long balance, long rounding, long left)
    {
        var computed = Compute(Tax(""), Line(1_003));
        var facts = Facts(balance) with { Seller = SellerFacts.Default with { CashRounding = SellerFacts.Default.CashRounding.SetItem("usd", 5) } };
        var draft = InvoiceIssue.Draft("inv_1", null, computed, facts, Now, "one_off", new DraftTerms(null), None);
        var issued = InvoiceDecider.Finalize(InvoiceIssue.InitialState(draft.Invoices[0]), computed, "one_off", facts, arriving, None, Ids, Now).Value.Documents.Finalized[0].Invoice;
        Assert.Equal((1_003 + rounding, left), (issued.Totals.Total, issued.AmountDue - arriving));
    }

    [Fact]
    public void A_draft_that_nobody_was_to_be_charged_for_is_not_charged_when_it_is_issued()
    {
        var computed = Compute(Tax(""), Line(10_000));
        var unpaid = InvoiceIssue.InitialState(Draft(computed, balance: 0).Invoices[0]) with { Automatic = false };
        var turn = InvoiceDecider.Finalize(unpaid, computed, "renewal", Facts(0), 0, None, Ids, Now).Value;
        Assert.Empty(turn.Documents.Attempts);
        Assert.False(turn.State.Automatic);
    }

    [Fact]
    public void A_draft_is_held_or_written_off_as_the_pause_of_the_day_says()
    {
        var computed = Compute(Tax("20"), Line(10_000));
        var draft = InvoiceIssue.InitialState(Draft(computed, balance: 3_000).Invoices[0]);
        var held = InvoiceDecider.Finalize(draft, computed, "renewal", Facts(3_000), 0, None, Ids, Now, new CollectionTerms { Held = true }).Value;
        Assert.Empty(held.Documents.Attempts);
        Assert.Equal((true, InvoiceStatus.Open, null), (held.State.Held, held.State.Status, held.CollectAt));
        var writtenOff = InvoiceDecider.Finalize(draft, computed, "renewal", Facts(3_000), 0, None, Ids, Now, new CollectionTerms { WrittenOff = true }).Value;
        Assert.Empty(writtenOff.Documents.Attempts);
        Assert.Equal((InvoiceStatus.Uncollectible, 9_000, null), (writtenOff.State.Status, writtenOff.State.AmountRemaining, writtenOff.CollectAt));
        // The issue writes its header once, the writing off once more.
        var header = Assert.Single(writtenOff.Documents.InvoiceHeaders);
        Assert.Equal((1, 3, 3, InvoiceStatus.Uncollectible), (writtenOff.Documents.Finalized[0].Version, writtenOff.State.Version, header.Version, header.Status));
        var settled = InvoiceDecider.Finalize(draft, computed, "renewal", Facts(12_000), 0, None, Ids, Now, new CollectionTerms { WrittenOff = true }).Value;
        Assert.Equal((InvoiceStatus.Paid, 2), (settled.State.Status, settled.State.Version));
        Assert.Empty(settled.Documents.InvoiceHeaders);
    }

    [Fact]
    public void A_negative_draft_lowers_the_open_invoice_that_it_credits_when_it_is_issued()
    {
        var billed = Compute(Tax("20"), Line(10_000));
        var computed = Compute(Tax("20"), CreditOf(billed.Lines[0], "inv_old"));
        var open = None.Add("inv_old", new CreditableInvoice("inv_old", InvoiceStatus.Open, 9_000) { Version = 4 });
        var documents = InvoiceIssue.Draft("inv_1", "sub_1", computed, Facts(0), Now, "cancel", new DraftTerms(null), open);
        Assert.Empty(documents.CreditsSent);
        Assert.Equal(new InvoiceSeen("inv_old", 4), Assert.Single(documents.InvoicesCredited));

        var turn = InvoiceDecider.Finalize(InvoiceIssue.InitialState(documents.Invoices[0]), computed, "cancel", Facts(0), 0, open, Ids, Now).Value;
        Assert.Equal(("inv_old", 9_000), (turn.Documents.CreditsSent[0].Invoice, turn.Documents.CreditsSent[0].Amount));
        Assert.Equal(3_000, Assert.Single(turn.Documents.BalanceMoves).Amount);
        Assert.Equal(InvoiceStatus.Paid, turn.State.Status);
    }

    [Fact]
    public void Credit_for_a_line_of_a_draft_waits_for_the_draft()
    {
        var billed = Compute(Tax(""), Line(10_000));
        var draft = None.Add("inv_draft", new CreditableInvoice("inv_draft", InvoiceStatus.Draft, 10_000));
        var documents = InvoiceIssue.Issue("inv_2", "sub_1", Compute(Tax(""), CreditOf(billed.Lines[0], "inv_draft")), Facts(0), Now, "cancel", Ids, draft);
        Assert.Equal(("inv_draft", 10_000), (documents.CreditsSent[0].Invoice, documents.CreditsSent[0].Amount));
        Assert.Empty(documents.BalanceMoves);
    }

    /// <summary>
    /// A draft of 22.00: 10.00 at 20 %, 10.00 without tax. Documents credited 3.33 of the former, 0.67 of tax within, in one or two
    /// parts; the deletion takes back exactly the tax that they took.
    /// </summary>
    [Theory]
    [InlineData(67, new long[] { 400 })]
    [InlineData(67, new long[] { 133, 267 })]
    [InlineData(0, new long[] { 500 })]
    [InlineData(1, new long[] { 1, 1, 1 })]
    public void Credit_that_reaches_a_deleted_draft_is_taken_back_with_the_tax_that_it_bears(long tax, long[] parts)
    {
        var state = new InvoiceScene(total: 2_200, tax: 200).State with { Status = InvoiceStatus.Void, CreditedTax = tax };
        var books = new Dictionary<LedgerAccount, long>();
        for (var i = 0; i < parts.Length; i++)
        {
            var credit = new CreditInTransit($"cit_{i}", "acct_1", "inv_1", "inv_2", "usd", parts[i]);
            var turn = InvoiceDecider.CreditArrived(state, CollectionFacts.Of(null, DunningPolicy.Default), credit, Ids, Now, parts[i..].Sum()).Value;
            foreach (var posting in turn.Documents.Entries.SelectMany(entry => entry.Postings))
            {
                books[posting.Debit] = books.GetValueOrDefault(posting.Debit) + posting.Amount;
                books[posting.Credit] = books.GetValueOrDefault(posting.Credit) - posting.Amount;
            }

            state = turn.State;
        }

        Assert.Equal((parts.Sum(), -tax), (books[LedgerAccount.CreditInTransit], books.GetValueOrDefault(LedgerAccount.TaxPayable)));
    }

    [Fact]
    public void A_deleted_draft_is_void_and_an_issued_invoice_is_neither_finalised_nor_deleted()
    {
        var computed = Compute(Tax(""), Line(10_000));
        var draft = InvoiceIssue.InitialState(Draft(computed, balance: 0).Invoices[0]);
        var facts = CollectionFacts.Of(null, DunningPolicy.Default);
        var deleted = InvoiceDecider.DeleteDraft(draft, facts, Now).Value;
        Assert.Equal((InvoiceStatus.Void, Now), (deleted.State.Status, deleted.State.VoidedAt));
        Assert.Empty(deleted.Documents.Entries);
        Assert.Equal("lines_credited", InvoiceDecider.DeleteDraft(draft with { CreditSettled = 1 }, facts, Now).Refusal!.Code);
        Assert.Equal("invoice_not_draft", InvoiceDecider.DeleteDraft(deleted.State, facts, Now).Refusal!.Code);
        Assert.Equal("invoice_not_draft", InvoiceDecider.Finalize(deleted.State, computed, "renewal", Facts(0), 0, None, Ids, Now).Refusal!.Code);
        Assert.Equal("invoice_not_open", InvoiceDecider.Void(draft, facts, Now).Refusal!.Code);
        Assert.Equal("invoice_not_open", InvoiceDecider.RecordPayment(draft, facts, 1, "r", "m", Ids, Now).Refusal!.Code);
    }

    private static BillingFacts Facts(long balance) =>
        new(Account() with { DefaultMethod = new PaymentMethodRef("pm_1", "sandbox", "tok_visa") }, balance, DunningPolicy.Default);

    private static Documents Draft(ComputedInvoice computed, long balance) =>
        InvoiceIssue.Draft("inv_1", "sub_1", computed, Facts(balance), Now, "renewal", new DraftTerms(Now + NodaTime.Duration.FromHours(1)), None);
}
