using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>
/// Sums that must hold between documents, payments, balances and the ledger, whatever happened. Written from the meaning of
/// each account, not from the entries that move it.
/// </summary>
internal static class BooksCheck
{
    /// <summary>What must hold after every step.</summary>
    public static void Step(Books books)
    {
        TheLedgerIsWhatTheDocumentsSay(books);
        NoLineGivesBackMoreThanItBilled(books);
        PrepaidCreditIsWhatTheLinesSay(books);
    }

    /// <summary>The same, and all documents once more: each line is billed once, each sum follows from its explanation.</summary>
    public static void Whole(Books books)
    {
        Step(books);
        LinesAreBilledOnce(books);
        EveryDocumentAddsUp(books);
    }

    private static void TheLedgerIsWhatTheDocumentsSay(Books books)
    {
        long In(params LedgerAccount[] accounts) => books.Entries.SelectMany(entry => entry.Postings)
            .Sum(posting => (accounts.Contains(posting.Debit) ? posting.Amount : 0) - (accounts.Contains(posting.Credit) ? posting.Amount : 0));

        var headers = books.Headers.ToList();
        long Remaining(InvoiceStatus status) => headers.Where(header => header.Status == status).Sum(header => header.AmountRemaining);

        Assert.Equal(Remaining(InvoiceStatus.Open), In(LedgerAccount.Receivable));
        Assert.Equal(Remaining(InvoiceStatus.Uncollectible), In(LedgerAccount.BadDebt));
        Assert.Equal(books.Balances.Sum(balance => balance.Value), -In(LedgerAccount.CustomerCredit));
        Assert.Equal(books.Transit.Sum(credit => credit.Amount), -In(LedgerAccount.CreditInTransit));
        var money = headers.SelectMany(header => header.Payments).Where(payment => payment.Status is PaymentStatus.Succeeded).Sum(payment => payment.Amount - payment.Refunded);
        Assert.Equal(money, In(LedgerAccount.GatewayClearing, LedgerAccount.OffGateway));
        var onTheWay = headers.SelectMany(header => header.Refunds).Where(refund => refund is { Status: RefundStatus.Pending, CreditNote: not null }).Sum(refund => refund.Amount);
        Assert.Equal(onTheWay, -In(LedgerAccount.RefundsPayable));

        // What stands billed: lines of documents that are neither void nor drafts, less notes; nothing that takes back void lines.
        var status = headers.ToDictionary(header => header.Id, header => header.Status);
        bool IsVoid(string? invoice) => invoice is not null && status[invoice] is InvoiceStatus.Void;
        var stands = books.Lines.Where(at => status[at.Document.Id] is not InvoiceStatus.Draft && !IsVoid(at.Line.Draft.CreditedInvoice));
        var billed = stands.Sum(at => at.Line.Total) - books.Notes.Where(note => !IsVoid(note.Invoice)).Sum(note => note.Total);
        // Money that went back without a note stands against revenue until a note documents it or the invoice is void.
        var undocumented = headers.Where(header => header.Status is not InvoiceStatus.Void).Sum(header => header.Refunds.Where(refund => refund is { Status: RefundStatus.Succeeded, CreditNote: null }).Sum(refund => refund.Amount))
            - books.Notes.Where(note => !IsVoid(note.Invoice)).Sum(note => note.Matched);
        Assert.Equal(undocumented, In(LedgerAccount.Refunds));
        // What prepaid credit makes of revenue comes from what was granted.
        Assert.Equal(billed, -In(LedgerAccount.Revenue, LedgerAccount.TaxPayable, LedgerAccount.PrepaidCredit, LedgerAccount.PromotionalCredit, LedgerAccount.Breakage));
    }

    /// <summary>By grants is paid of each line what it says, less what credits of it have given back; of void ones nothing.</summary>
    private static void PrepaidCreditIsWhatTheLinesSay(Books books)
    {
        var credits = books.Lines.Where(at => at.Line.Draft.CreditedLine is not null).ToLookup(at => at.Line.Draft.CreditedLine!, at => at.Line.WalletAmount);
        var notes = books.Notes.SelectMany(note => note.Lines).ToLookup(part => part.Line, part => part.WalletAmount);
        var lines = books.Documents.Values.SelectMany(document => document.Lines).ToDictionary(line => line.Id);
        foreach (var (_, credit) in books.Lines.Where(at => at.Line.Draft.CreditedLine is not null))
        {
            // In proportion to what is credited, rounded. What is credited on the line's own document was not paid at all.
            var line = lines[credit.Draft.CreditedLine!];
            if (credit.Draft.CreditedInvoice is not null && !notes.Contains(line.Id))
            {
                var beside = books.Documents.Values.First(document => document.Lines.Any(each => each.Id == line.Id)).Lines.Where(each => each.Draft.CreditedLine == line.Id);
                var left = line.Draft.Amount - line.DiscountAmount + beside.Sum(each => each.Draft.Amount - each.DiscountAmount);
                var share = (long)Math.Round((decimal)line.WalletAmount * -(credit.Draft.Amount - credit.DiscountAmount) / Math.Max(left, 1), MidpointRounding.AwayFromZero);
                // Each further credit takes its share of what the earlier ones have left, which were rounded.
                Assert.InRange(Math.Abs(share + credit.WalletAmount), 0, credits[line.Id].Count() + books.Waiting().Count(waits => waits.CreditedLine == line.Id) - 1);
            }
        }

        var voided = books.Headers.Where(header => header.Status is InvoiceStatus.Void).Select(header => header.Id).ToHashSet();
        foreach (var document in books.Documents.Values)
        {
            foreach (var line in document.Lines.Where(line => line.WalletAmount >= 0))
            {
                Assert.Equal(voided.Contains(document.Id) ? 0 : line.WalletAmount + credits[line.Id].Sum() - notes[line.Id].Sum(), books.Grants!.PaidOf(line.Id));
            }
        }
    }

    private static void NoLineGivesBackMoreThanItBilled(Books books)
    {
        var crediting = books.Lines.Where(at => at.Line.Draft.CreditedLine is not null).ToLookup(at => at.Line.Draft.CreditedLine!, at => at.Line);
        var waits = books.Waiting().Where(draft => draft.CreditedLine is not null).ToLookup(draft => draft.CreditedLine!);
        var notes = books.Notes.SelectMany(note => note.Lines).ToLookup(part => part.Line);
        foreach (var (_, line) in books.Lines.Where(at => at.Line.Draft.CreditedLine is null && at.Line.Draft.Kind is not LineKind.Adjustment))
        {
            Assert.True(line.Draft.Amount >= 0, $"{line.Draft.Description} {line.Draft.Amount}");
            var credits = crediting[line.Id].ToList();
            var waiting = waits[line.Id].ToList();
            var noted = notes[line.Id].ToList();
            Assert.InRange(noted.Sum(part => part.Amount) - credits.Sum(credit => credit.Draft.Amount) - waiting.Sum(credit => credit.Amount), 0, line.Draft.Amount);
            Assert.InRange(noted.Sum(part => part.DiscountAmount) - credits.Sum(credit => credit.DiscountAmount) - waiting.Sum(credit => credit.CarriedDiscount), 0, line.DiscountAmount);
            Assert.All(credits, credit => Assert.True(line.Draft.Period.Start <= credit.Draft.Period.Start && credit.Draft.Period.End <= line.Draft.Period.End));
            Assert.All(credits, credit => Assert.Equal(
                (line.TaxInclusive, string.Join(", ", line.Taxes.Select(tax => tax.Rate))), (credit.TaxInclusive, string.Join(", ", credit.Taxes.Select(tax => tax.Rate)))));
        }
    }

    /// <summary>The keys by which the schema refuses a line that is billed twice.</summary>
    private static void LinesAreBilledOnce(Books books)
    {
        var drafts = books.Lines.Select(at => at.Line.Draft).Where(draft => draft.Kind is not LineKind.Adjustment).ToList();
        var once = drafts.GroupBy(draft => (draft.Item, draft.Kind, draft.Period.Start, draft.Group, draft.CreditedLine, draft.Revision)).ToList();
        Assert.All(once, same => Assert.True(same.Count() == 1, $"{same.Count()} x {same.Key}"));
        var caused = drafts.Where(draft => draft.Cause is not null).GroupBy(draft => (draft.Cause, draft.Item, draft.Kind, draft.Period.Start, draft.Group, draft.CreditedLine));
        Assert.All(caused, same => Assert.True(same.Count() == 1, $"{same.Count()} x {same.Key}"));
        Assert.All(drafts, draft => Assert.True(draft.Revision == 0 || draft.Cause is not null));
    }

    private static void EveryDocumentAddsUp(Books books)
    {
        Assert.All(books.Documents.Values, document =>
        {
            Invoicing.ExplainEvaluator.Check(document);
            Assert.Equal(
                document.Totals.Total,
                document.Lines.Sum(line => line.Draft.Amount - line.DiscountAmount - line.WalletAmount + (line.TaxInclusive ? 0 : line.Taxes.Sum(tax => tax.Amount))));
            Assert.All(document.Lines, line => Assert.Null(line.Draft.Unrated));
        });
        Assert.All(books.Notes, note => Assert.Equal(note.Total, note.Offset + note.Refunded + note.Matched + note.Credited));
        Assert.Equal(books.Documents.Values.Sum(document => document.Lines.Length), books.Documents.Values.SelectMany(document => document.Lines).DistinctBy(line => line.Id).Count());
    }
}
