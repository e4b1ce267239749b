using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// Gathers what one decision does to an invoice, so that state and documents can never differ. Lives within one decision.
/// </summary>
internal sealed class InvoiceChange(InvoiceState state, CollectionFacts facts, Instant now)
{
    private readonly InvoiceState _before = state;
    private readonly List<string> _payments = [];
    private readonly List<AttemptWrite> _attempts = [];
    private readonly List<string> _refunds = [];
    private readonly List<JournalEntry> _entries = [];
    private readonly List<BillingEvent> _events = [];
    private readonly List<BalanceMove> _moves = [];
    private readonly List<string> _creditsArrived = [];
    private readonly List<CreditNote> _notes = [];
    private Documents _others = Documents.None;
    private bool _hasOthers;

    public InvoiceState State { get; private set; } = state;

    public Instant Now => now;

    public CollectionFacts Facts => facts;

    public Payment? PendingPayment => State.Payments.LastOrDefault(payment => payment.Status is PaymentStatus.Pending);

    public void Set(InvoiceState state) => State = state;

    public void Write(Payment payment)
    {
        State = State with { Payments = Upsert(State.Payments, payment, static p => p.Id) };
        _payments.Add(payment.Id);
    }

    public void Write(PaymentAttempt attempt, AttemptStatus? expected)
    {
        State = State with { Attempts = Upsert(State.Attempts, attempt, static a => a.Id) };
        _attempts.Add(new AttemptWrite(attempt, expected));
    }

    public void Write(Refund refund)
    {
        State = State with { Refunds = Upsert(State.Refunds, refund, static r => r.Id) };
        _refunds.Add(refund.Id);
    }

    public void Write(CreditNote note)
    {
        State = State with { CreditNotes = State.CreditNotes.Add(new CreditNoteRef(note.Id, note.Total)) };
        _notes.Add(note);
    }

    /// <summary>One journal entry for a cause; postings of nothing are left out, negative ones change sides.</summary>
    public void Post(string cause, params ReadOnlySpan<Posting> postings)
    {
        var real = postings.ToArray()
            .Where(static posting => posting.Amount != 0)
            .Select(static posting => posting.Amount > 0 ? posting : new Posting(posting.Credit, posting.Debit, -posting.Amount))
            .ToImmutableArray();
        if (!real.IsEmpty)
        {
            _entries.Add(new JournalEntry(cause, State.Account, State.Id, State.Currency, now, real));
        }
    }

    public void GiveCredit(long amount, string cause)
    {
        if (amount > 0)
        {
            _moves.Add(new BalanceMove(State.Account, State.Currency, amount, Seen: null, cause));
        }
    }

    /// <summary>What is written beside the invoice's own documents.</summary>
    public void Add(Documents documents)
    {
        _others = _others.And(documents);
        _hasOthers |= documents != Documents.None;
    }

    public void Arrived(string credit) => _creditsArrived.Add(credit);

    public void Tell(string type, string subject, params (string Name, object? Value)[] data) =>
        _events.Add(BillingEvent.Of(
            type,
            State.Account,
            subject,
            [("invoice", State.Id), ("subscription", State.Subscription), ("currency", State.Currency), .. data]));

    /// <summary>Ends the change: settles, sets the stage of collection, and counts the version where anything happened.</summary>
    public InvoiceTurn Done()
    {
        var stage = CollectionStagePolicy.After(State, facts.Policy, now);
        var changed = stage != _before.Stage;
        if (changed)
        {
            Restage(stage);
        }

        if (stage is CollectionStage.Exhausted && PendingPayment is { } pending && !State.Attempts.Any(attempt => attempt.IsOpen))
        {
            Write(pending with { Status = PaymentStatus.Failed });
        }

        var quiet = State == _before && _attempts.Count == 0 && _creditsArrived.Count == 0 && !_hasOthers;
        if (!quiet)
        {
            State = State with { Version = _before.Version + 1 };
        }

        return new InvoiceTurn(
            State,
            quiet ? Documents.None : Gathered(),
            CollectionCalendar.NextAt(State, facts.Policy, now),
            RefundCalendar.NextAt(State, now),
            (State.Subscription is not null || State.Grouped) && (changed || (_before.VoidAt is not null && State.Status != _before.Status)));
    }

    private void Restage(CollectionStage stage)
    {
        State = State with { Stage = stage };
        if (stage is CollectionStage.Current)
        {
            return;
        }

        if (stage is CollectionStage.PastDue)
        {
            Tell("invoice.past_due", State.Id, ("amount_remaining", State.AmountRemaining), ("due_at", State.DueAt));
            return;
        }

        Tell("invoice.collection_exhausted", State.Id, ("amount_remaining", State.AmountRemaining), ("retries", State.RetriesDone));
    }

    private Documents Gathered() => new Documents
    {
        InvoiceHeaders = [State],
        Payments = [.. _payments.Distinct(StringComparer.Ordinal).Select(id => State.Payments.Single(p => p.Id == id))],
        Attempts = [.. _attempts],
        Refunds = [.. _refunds.Distinct(StringComparer.Ordinal).Select(id => State.Refunds.Single(r => r.Id == id))],
        Entries = [.. _entries],
        Events = [.. _events],
        BalanceMoves = [.. _moves],
        CreditsArrived = [.. _creditsArrived],
        CreditNotes = [.. _notes],
    }.And(_others);

    private static ImmutableArray<T> Upsert<T>(ImmutableArray<T> items, T item, Func<T, string> id)
    {
        for (var i = 0; i < items.Length; i++)
        {
            if (id(items[i]) == id(item))
            {
                return items.SetItem(i, item);
            }
        }

        return items.Add(item);
    }
}
