using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Tests.Wallets;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>
/// What the rows would keep of a life's documents, with the checks that a commit makes: versions, balances, credits on their way
/// and lines that are billed once. What the rows tell of an invoice is read from here.
/// </summary>
internal sealed class Books
{
    private readonly Dictionary<string, InvoiceState> _headers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _balances = new(StringComparer.Ordinal);

    /// <summary>Documents in the order in which they came, drafts as they were finalised.</summary>
    public Dictionary<string, Invoice> Documents { get; } = new(StringComparer.Ordinal);

    public List<JournalEntry> Entries { get; } = [];

    public List<CreditInTransit> Transit { get; } = [];

    public List<CreditNote> Notes { get; } = [];

    /// <summary>Prepaid credit of the account.</summary>
    public GrantRows? Grants { get; set; }

    /// <summary>Lines that wait and credit others: taken already, though no document has them.</summary>
    public required Func<IEnumerable<LineDraft>> Waiting { get; init; }

    /// <summary>Those of them for which a credit note is ordered.</summary>
    public Func<IEnumerable<LineDraft>> Ordered { get; init; } = () => [];

    public IEnumerable<InvoiceState> Headers => Documents.Keys.Select(id => _headers[id]);

    public long Balance(string account) => _balances.GetValueOrDefault(account);

    public IEnumerable<KeyValuePair<string, long>> Balances => _balances;

    /// <summary>Lines that bill: those of void documents do not.</summary>
    public IEnumerable<(Invoice Document, InvoiceLine Line)> Lines =>
        Documents.Values.Where(document => _headers[document.Id].Status is not InvoiceStatus.Void).SelectMany(document => document.Lines, (document, line) => (document, line));

    public void Take(Documents written) => Take(written, null);

    private void Take(Documents written, string? own)
    {
        var before = _balances.ToDictionary();
        Assert.Equal(written.InvoicesCredited.Length, written.InvoicesCredited.DistinctBy(seen => seen.Invoice).Count());
        foreach (var seen in written.InvoicesCredited)
        {
            Assert.Equal(_headers[seen.Invoice].Version, seen.Version);
            _headers[seen.Invoice] = _headers[seen.Invoice] with { Version = seen.Version + 1 };
        }

        Assert.All(written.InvoicesSeen.Where(seen => written.InvoicesCredited.All(credited => credited.Invoice != seen.Invoice)), seen => Assert.Equal(_headers[seen.Invoice].Version, seen.Version));

        // A reissue takes the old document back in the turn that makes the new one.
        foreach (var changed in written.InvoiceHeaders.Where(changed => changed.Id != own && _headers.ContainsKey(changed.Id)))
        {
            Assert.Equal(_headers[changed.Id].Version + 1, changed.Version);
            Put(changed);
        }

        foreach (var invoice in written.Invoices)
        {
            var header = InvoiceIssue.InitialState(invoice);
            Documents.Add(invoice.Id, invoice);
            Put(written.InvoiceHeaders.FirstOrDefault(changed => changed.Id == invoice.Id) ?? header with
            {
                Payments = [.. written.Payments.Where(payment => payment.Invoice == invoice.Id)],
                Attempts = [.. written.Attempts.Where(write => write.Attempt.Invoice == invoice.Id).Select(write => write.Attempt)],
            });
        }

        foreach (var move in written.BalanceMoves)
        {
            // What was seen is the balance before the turn.
            Assert.Equal(move.Seen ?? before.GetValueOrDefault(move.Account), before.GetValueOrDefault(move.Account));
            _balances[move.Account] = Balance(move.Account) + move.Amount;
        }

        Assert.All(_balances, balance => Assert.True(balance.Value >= 0, $"{balance.Key} has {balance.Value}"));

        foreach (var entry in written.Entries)
        {
            Assert.DoesNotContain(Entries, earlier => earlier.Cause == entry.Cause);
            Assert.All(entry.Postings, posting => Assert.True(posting.Amount > 0 && posting.Debit != posting.Credit));
            Entries.Add(entry);
        }

        Transit.AddRange(written.CreditsSent);
        Assert.All(written.CreditsArrived, id => Assert.Equal(1, Transit.RemoveAll(credit => credit.Id == id)));
        Notes.AddRange(written.CreditNotes);
        Grants?.Keep(written);
    }

    /// <summary>A turn of an invoice; what its state says of its lines must be what the rows say afterwards.</summary>
    public void Take(InvoiceTurn turn)
    {
        if (turn.IsEmpty)
        {
            return;
        }

        // A draft that is written off in the turn that issues it is written twice.
        var writes = turn.Documents.Finalized.IsEmpty || turn.Documents.InvoiceHeaders.IsEmpty ? 1 : 2;
        Assert.Equal(_headers[turn.State.Id].Version + writes, turn.State.Version);
        foreach (var draft in turn.Documents.Finalized)
        {
            Documents[draft.Invoice.Id] = draft.Invoice;
        }

        Put(turn.State);
        Take(turn.Documents, turn.State.Id);
        var read = Read(turn.State.Id);
        Assert.Equal(
            (read.CreditSettled, read.CreditedTax, read.CreditRefunded, read.RefundsMatched),
            (turn.State.CreditSettled, turn.State.CreditedTax, turn.State.CreditRefunded, turn.State.RefundsMatched));
    }

    /// <summary>The header as it is, without what the rows add.</summary>
    public void Set(InvoiceState state) => _headers[state.Id] = state;

    /// <summary>The header with what other rows tell of it.</summary>
    public InvoiceState Read(string id)
    {
        var notes = Notes.Where(note => note.Invoice == id).ToList();
        var credits = Lines.Where(at => at.Line.Draft.CreditedInvoice == id).Select(at => at.Line).ToList();
        var header = _headers[id];
        return header with
        {
            CreditSettled = notes.Sum(note => note.Total) - credits.Sum(line => line.Total) - Transit.Where(credit => credit.Invoice == id).Sum(credit => credit.Amount),
            CreditDrafted = -Lines.Where(at => at.Line.Draft.CreditedInvoice == id && _headers[at.Document.Id].Status is InvoiceStatus.Draft).Sum(at => at.Line.Total),
            CreditedTax = notes.Sum(note => note.TaxTotal) - credits.Sum(line => line.TaxAmount),
            CreditRefunded = notes.Sum(note => note.Refunded + note.Matched)
                - header.Refunds.Where(refund => refund is { CreditNote: not null, Status: RefundStatus.Failed }).Sum(refund => refund.Amount),
            RefundsMatched = notes.Sum(note => note.Matched),
            Paid = Grants!.Paid([id], Waiting()),
            GaveBackPrepaid = Documents[id].Lines.Any(line => line.WalletAmount < 0),
            CreditNotes = [.. notes.Select(note => new CreditNoteRef(note.Id, note.Total))],
        };
    }

    /// <summary>The invoice as a decision finds it that may credit its lines.</summary>
    public CreditableInvoice Creditable(string id)
    {
        var header = _headers[id];
        var remaining = Math.Max(header.Total, 0) - header.CreditApplied - header.AmountPaid - Transit.Where(credit => credit.Invoice == id).Sum(credit => credit.Amount);
        return new CreditableInvoice(id, header.Status, Math.Max(remaining, 0))
        {
            Version = header.Version,
            Account = header.Account,
            NotesTook = Notes.Where(note => note.Invoice == id).SelectMany(note => note.Lines).Select(line => (line.Line, line.Amount, line.DiscountAmount))
                .Concat(Ordered().Where(credit => credit.CreditedInvoice == id).Select(credit => (Line: credit.CreditedLine!, Amount: -credit.Amount, DiscountAmount: -credit.CarriedDiscount)))
                .GroupBy(line => line.Line)
                .ToImmutableDictionary(lines => lines.Key, lines => new NoteTaken(lines.Sum(line => line.Amount), lines.Sum(line => line.DiscountAmount))),
        };
    }

    /// <summary>The lines of an invoice as their rows tell them: what only the turn knew that made them is gone.</summary>
    public ImmutableArray<InvoiceLine> Stored(string id) =>
    [
        .. Documents[id].Lines.Select(line => line with
        {
            Draft = line.Draft with { Id = null, HasWaited = false, CarriedDiscounts = [], CarriedTaxRates = null, CarriedInclusive = null, Explain = line.Explain },
        }),
    ];

    /// <summary>The lines of an invoice with what was taken back of them, as a credit note finds them.</summary>
    public IReadOnlyList<CreditableLine> Creditables(string id) => [.. Documents[id].Lines.Select(line => new CreditableLine(line, TakenOf(line, id)))];

    private LineTaken TakenOf(InvoiceLine line, string invoice)
    {
        var taken = LineTaken.None;
        foreach (var (document, credit) in Lines.Where(at => at.Line.Draft.CreditedLine == line.Id))
        {
            Assert.Equal(invoice, credit.Draft.CreditedInvoice ?? document.Id);
            taken = taken.And(new LineTaken(-credit.Draft.Amount, -credit.DiscountAmount, -credit.WalletAmount, [.. credit.Taxes.Select(tax => tax with { Amount = -tax.Amount })]));
        }

        foreach (var waits in Waiting().Where(draft => draft.CreditedLine == line.Id && Ordered().All(ordered => ordered.Id != draft.Id)))
        {
            taken = taken.And(new LineTaken(-waits.Amount, -waits.CarriedDiscount, -waits.CarriedWallet, [.. line.Taxes.Select(tax => tax with
            {
                Amount = -(long)Math.Round((decimal)tax.Amount * waits.Amount / line.Draft.Amount, MidpointRounding.AwayFromZero),
            })]));
        }

        return Notes.Where(note => note.Invoice == invoice).SelectMany(note => note.Lines).Where(part => part.Line == line.Id)
            .Aggregate(taken, (sum, part) => sum.And(new LineTaken(part.Amount, part.DiscountAmount, part.WalletAmount, part.Taxes)));
    }

    /// <summary>The bounds that the row's own checks hold.</summary>
    private void Put(InvoiceState state)
    {
        var due = Math.Max(state.Total, 0);
        Assert.True(state.CreditApplied >= state.CreditArrived && state.CreditArrived >= 0 && state.CreditApplied <= due, $"{state.Id} credit {state.CreditApplied} of {due}");
        Assert.True(state.AmountPaid >= 0 && state.AmountPaid + state.CreditApplied <= due, $"{state.Id} paid {state.AmountPaid} of {due}");
        Assert.True(state.Status is not InvoiceStatus.Paid || state.AmountPaid + state.CreditApplied == due, $"{state.Id} is paid with {state.AmountPaid} of {due}");
        Assert.True(state.Attempts.Count(attempt => attempt.IsOpen) <= 1 && state.Payments.Count(payment => payment.Status is PaymentStatus.Pending) <= 1);
        Assert.All(state.Payments, payment => Assert.True(payment.Refunded + payment.Credited <= payment.Amount));
        _headers[state.Id] = state;
    }
}
