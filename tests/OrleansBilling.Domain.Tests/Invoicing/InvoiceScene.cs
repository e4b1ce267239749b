using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>An issued invoice with its ledger and balance, for tests: applies turns and keeps what they wrote.</summary>
internal sealed class InvoiceScene
{
    public static readonly Instant Issued = Instant.FromUtc(2026, 3, 1, 9, 30);
    public static readonly PaymentMethodRef Visa = new("pm_visa", "sandbox", "tok_visa");
    public static readonly PaymentMethodRef Other = new("pm_other", "sandbox", "tok_mastercard");

    private int _seed;

    public InvoiceScene(long total = 12_000, long tax = 2_000, long creditAtIssue = 0, bool automatic = true, PaymentMethodRef? method = null, Duration? terms = null)
    {
        State = new InvoiceState(
            "inv_1", "acct_1", "sub_1", "usd", "Europe/Berlin", total, creditAtIssue, 0, InvoiceStatus.Open, CollectionStage.Current,
            Issued, Issued + (terms ?? Duration.Zero), 0)
        {
            Automatic = automatic,
            Tax = tax,
        };
        Now = Issued;
        Facts = CollectionFacts.Of(method, DunningPolicy.Default);
        Add(LedgerAccount.Receivable, LedgerAccount.Revenue, total - tax);
        Add(LedgerAccount.Receivable, LedgerAccount.TaxPayable, tax);
        Add(LedgerAccount.CustomerCredit, LedgerAccount.Receivable, creditAtIssue);
        Balance -= creditAtIssue;
        if (automatic && method is not null)
        {
            var payment = new Payment("pay_1", "acct_1", "inv_1", "usd", State.AmountRemaining, PaymentStatus.Pending, 0, Issued);
            State = State with
            {
                Payments = [payment],
                Attempts =
                [
                    new PaymentAttempt("att_1", "pay_1", "inv_1", "acct_1", 1, method.Gateway, method.Id, method.Token, "usd", payment.Amount, AttemptStatus.Queued, Issued),
                ],
            };
        }
    }

    public InvoiceState State { get; set; }

    public CollectionFacts Facts { get; set; }

    public Instant Now { get; set; }

    public InvoiceTurn? Last { get; private set; }

    public long Balance { get; private set; }

    public List<BillingEvent> Events { get; } = [];

    public List<JournalEntry> Entries { get; } = [];

    public List<bool> CollectionChanges { get; } = [];

    public Dictionary<string, long> Ledger { get; } = new(StringComparer.Ordinal);

    public PaymentAttempt? Open => State.Attempts.SingleOrDefault(attempt => attempt.IsOpen);

    public IdSource Ids() => new($"scene{_seed++}", Now);

    public long In(LedgerAccount account) => Ledger.GetValueOrDefault(account.Code);

    public void Add(LedgerAccount debit, LedgerAccount credit, long amount)
    {
        Ledger[debit.Code] = In(debit) + amount;
        Ledger[credit.Code] = In(credit) - amount;
    }

    public Refusal? Try(Decided<InvoiceTurn> decided)
    {
        if (decided.IsAccepted)
        {
            Do(decided.Value);
        }

        return decided.Refusal;
    }

    public void Do(InvoiceTurn turn)
    {
        var documents = turn.Documents;
        if (turn.IsEmpty)
        {
            Assert.Equal(State, turn.State);
            Assert.Empty(documents.Entries);
        }
        else
        {
            Assert.Equal(turn.State, Assert.Single(documents.InvoiceHeaders));
            Assert.Equal(State.Version + 1, turn.State.Version);
        }

        foreach (var write in documents.Attempts)
        {
            Assert.Equal(write.Expected, State.Attempts.FirstOrDefault(attempt => attempt.Id == write.Attempt.Id)?.Status);
        }

        foreach (var entry in documents.Entries)
        {
            Assert.DoesNotContain(Entries, earlier => earlier.Cause == entry.Cause);
            Entries.Add(entry);
            foreach (var posting in entry.Postings)
            {
                Assert.True(posting.Amount > 0, entry.Cause);
                Add(posting.Debit, posting.Credit, posting.Amount);
            }
        }

        Balance += documents.BalanceMoves.Sum(move => move.Amount);
        Events.AddRange(documents.Events);
        CollectionChanges.Add(turn.CollectionChanged);
        State = turn.State;
        Last = turn;
    }

    public void Send()
    {
        State = InvoiceDecider.AttemptSent(State, Open!.Id, Now);
    }

    public void Outcome(AttemptOutcome outcome) => Do(InvoiceDecider.Outcome(State, Facts, Open!.Id, outcome, Now));

    public void Charge(AttemptOutcome outcome)
    {
        Send();
        Outcome(outcome);
    }

    public void Succeed() => Charge(new AttemptOutcome.Succeeded("ch_" + Open!.Id));

    public void Decline(string code = "insufficient_funds", string? advice = null) => Charge(new AttemptOutcome.Declined(code, advice, null));

    public void Step(Instant? at = null)
    {
        Now = at ?? Last!.CollectAt!.Value;
        Do(InvoiceDecider.StepDue(State, Facts, Ids(), Now));
    }

    /// <summary>A later document credits lines of this invoice: it books against its own revenue, then the credit arrives.</summary>
    public Refusal? Credit(long amount, string id = "cit_1")
    {
        // The tax of the crediting lines, as their rows tell it.
        var told = State with { CreditedTax = State.CreditedTax + Rounding.ToMinorUnits((decimal)amount * State.Tax / State.Total) };
        var decided = InvoiceDecider.CreditArrived(told, Facts, new CreditInTransit(id, "acct_1", "inv_1", "inv_2", "usd", amount), Ids(), Now);
        if (decided.IsAccepted)
        {
            Add(LedgerAccount.Revenue, LedgerAccount.CreditInTransit, amount);
        }

        return Try(decided);
    }

    /// <summary>The invoice's one line, as it was billed and with what its credit notes took.</summary>
    public IReadOnlyList<CreditableLine> Lines
    {
        get
        {
            var rate = new TaxRate("vat", 20);
            var draft = new LineDraft(LineKind.Recurring, "Pro", new Period(Issued, Issued + Duration.FromDays(31)), State.Total - State.Tax, Explain.Empty);
            var line = new InvoiceLine("line_1", draft, 0, State.Tax, [new LineTax(rate, State.Tax)], TaxInclusive: false, Explain.Empty);
            return [new CreditableLine(line, Notes.SelectMany(note => note.Lines).Aggregate(LineTaken.None, (taken, part) => taken.And(new LineTaken(part.Amount, part.DiscountAmount, part.WalletAmount, part.Taxes))))];
        }
    }

    public List<CreditNote> Notes { get; } = [];

    /// <summary>Credits an amount with tax by a credit note.</summary>
    public string? Note(long amount, CreditNoteSettlement settle = CreditNoteSettlement.Credit)
    {
        var refused = Try(InvoiceDecider.IssueCreditNote(State, Facts, Lines, new CreditNoteOrder([], amount, "asked", settle), Ids(), Now));
        if (refused is null)
        {
            Notes.AddRange(Last!.Documents.CreditNotes);
        }

        return refused?.Code;
    }

    public ImmutableArray<string> Told => [.. Events.Select(told => told.Type)];
}
