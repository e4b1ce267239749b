using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Subscriptions;
using OrleansBilling.Domain.Tests.Wallets;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>
/// A subscription's life with all that happens to its invoices: payments, credit that arrives, credit notes, voids, drafts. Each
/// decision reads what its grain would read, and no more.
/// </summary>
internal sealed partial class World
{
    private static readonly PaymentMethodRef Card = new("pm_1", "sandbox", "tok_visa");
    private readonly HashSet<string> _kept = [];
    private int _turn;

    public World(PlanVersion plan, string zone, TaxSettings tax, Func<AccountFacts, AccountFacts> terms)
    {
        Books = new Books
        {
            Waiting = () => Life!.Waiting.Select(line => line.Draft),
            Ordered = () => Life!.Waiting.Where(line => line.Source is PendingSource.CreditNote).Select(line => line.Draft),
        };
        Life = new Life(plan, zone, tax) { Reads = Read, ReadsSpans = ReadSpans, NotesTook = TakenByNotes, Watch = (_, step) => Take(step.Documents) }.On(terms);
        Books.Grants = new GrantRows(Life.Facts().Billing.Account);
    }

    public Life Life { get; }

    public Books Books { get; }

    /// <summary>Plans that a command names beside those of the state.</summary>
    public List<PlanVersion> Ordered { get; } = [];

    /// <summary>Each command with what was answered: <c>accepted</c>, or the code of the refusal.</summary>
    public List<(string Command, string Answer)> Answers { get; } = [];

    public CollectionFacts Collection => CollectionFacts.Of(Card, DunningPolicy.Default);

    /// <summary>Looks, or acts, once the documents of a step are there and before anything else happens.</summary>
    public Action<World>? Each { get; init; }

    private void Take(Documents documents)
    {
        Books.Take(documents);
        Each?.Invoke(this);
    }

    /// <summary>Everything due until an instant, then drafts whose time has come.</summary>
    public void Until(Instant now)
    {
        Life.Until(now);
        if (!InvoicesComeLate)
        {
            Gathered(now);
        }

        foreach (var draft in Books.Documents.Values.Where(document => document.Draft?.FinalizeAt <= now && !_kept.Contains(document.Id)).ToList())
        {
            Finalize(draft.Id, now, asked: false);
        }
    }

    /// <summary>What the account has gathered is not billed yet when the next things happen.</summary>
    public bool InvoicesComeLate { get; set; }

    /// <summary>The account's invoices of what its subscription has gathered, boundary by boundary.</summary>
    public void Gathered(Instant now)
    {
        while (Life.Waiting.Where(line => line.Source is PendingSource.Gathered).Select(line => (Instant?)line.At).Min() is { } boundary)
        {
            var due = Life.Waiting.Where(line => line.Source is PendingSource.Gathered && line.At == boundary).Select(line => line.Draft.Id).ToHashSet();
            ImmutableArray<GatheredLine> lines =
            [
                .. Life.Waiting.Where(line => due.Contains(line.Draft.Id) || (line.Draft.CreditedLine is { } credited && due.Contains(credited)) || (line.Source is not PendingSource.Gathered && line.Draft.Subscription is null))
                    .OrderBy(line => line.Draft.Subscription is null).Select(line => new GatheredLine(line.Draft, line.Uncharged)),
            ];
            var waited = lines.Where(line => line.Draft.CreditedInvoice is null).Select(line => line.Draft.CreditedLine).OfType<string>().ToHashSet();
            var billed = Life.Billed.Where(line => waited.Contains(line.Key)).ToDictionary();
            var invoices = billed.Values.Select(line => line.Invoice).Concat(lines.Select(line => line.Draft.CreditedInvoice).OfType<string>()).Distinct()
                .ToDictionary(id => id, Books.Creditable);
            var documents = GatheredInvoice.Issue(lines, boundary, BillingOf(Life.Facts().Billing.Account.Account), billed, invoices, Books.Grants!.Paid(invoices.Keys, Books.Waiting()), now);
            Take(documents);
            Life.Gathered(documents);
        }
    }

    public void Sent(string id, Instant now)
    {
        if (Books.Read(id).Attempts.FirstOrDefault(attempt => attempt.Status is AttemptStatus.Queued) is { } queued)
        {
            Books.Set(InvoiceDecider.AttemptSent(Books.Read(id), queued.Id, now));
        }
    }

    /// <summary>The gateway answers what is away.</summary>
    public void Answered(string id, bool declined, Instant now)
    {
        var state = Books.Read(id);
        if (state.Attempts.FirstOrDefault(attempt => attempt.Status is AttemptStatus.Sent) is { } sent)
        {
            AttemptOutcome outcome = declined ? new AttemptOutcome.Declined("insufficient_funds", null, null) : new AttemptOutcome.Succeeded("ch_" + sent.Id);
            Books.Take(InvoiceDecider.Outcome(state, Collection, sent.Id, outcome, now));
        }
    }

    /// <summary>Credits on their way arrive, unless a payment is away or the invoice is still a draft.</summary>
    public void Arrived(Instant now, string? invoice = null)
    {
        foreach (var credit in Books.Transit.Where(credit => (invoice is null || credit.Invoice == invoice) && Books.Read(credit.Invoice).Status is not InvoiceStatus.Draft).ToList())
        {
            var arriving = Books.Transit.Where(other => other.Invoice == credit.Invoice).Sum(other => other.Amount);
            Do(credit.Invoice, state => InvoiceDecider.CreditArrived(state, Collection, credit, Ids(now), now, arriving));
        }

        Noted(now, invoice);
    }

    public Refusal? Void(string id, Instant now) => Arriving(id, now, state => InvoiceDecider.Void(state, Collection, Credited(id), now));

    public Refusal? WriteOff(string id, Instant now) => Arriving(id, now, state => InvoiceDecider.MarkUncollectible(state, Collection, now));

    public Refusal? Pay(string id, Instant now) => Arriving(id, now, state => InvoiceDecider.Pay(state, Collection, Card, Ids(now), now));

    public Refusal? Record(string id, long amount, Instant now) =>
        Arriving(id, now, state => InvoiceDecider.RecordPayment(state, Collection, amount, "bank", "transfer", Ids(now), now));

    public Refusal? Note(string id, CreditNoteOrder order, Instant now) =>
        Arriving(id, now, state => InvoiceDecider.IssueCreditNote(state, Collection, Books.Creditables(id), order, Ids(now), now));

    public Refusal? Refund(string id, string payment, long? amount, Instant now) =>
        Do(id, state => InvoiceDecider.RequestRefund(state, Collection, payment, amount, "asked", Ids(now).Next("re"), now));

    /// <summary>The gateway answers refunds.</summary>
    public void Refunded(string id, bool refused, Instant now)
    {
        foreach (var refund in Books.Read(id).Refunds.Where(refund => refund.Status is RefundStatus.Pending))
        {
            AttemptOutcome outcome = refused ? new AttemptOutcome.Declined("refused", null, null) : new AttemptOutcome.Succeeded("re_" + refund.Id);
            Books.Take(InvoiceDecider.RefundOutcome(Books.Read(id), Collection, refund.Id, outcome, now));
        }
    }

    public Refusal? Delete(string id, Instant now)
    {
        var refused = Do(id, state => InvoiceDecider.DeleteDraft(state, Collection, now));
        Arrived(now, id);
        return refused;
    }

    /// <summary>Issues a draft, by a call or since its grace is over; a pause of collection may keep it.</summary>
    public Refusal? Finalize(string id, Instant now, bool asked = true)
    {
        var document = Books.Documents[id];
        if (CollectionPause.TermsOfIssue(document.Subscription is null ? null : Life.State.CollectionPause, asked, now) is not { } terms)
        {
            _kept.Add(id);
            return null;
        }

        var computed = new ComputedInvoice(Books.Stored(id), document.Totals, document.Facts.Currency);
        var arriving = Books.Transit.Where(credit => credit.Invoice == id).Sum(credit => credit.Amount);
        var refused = Do(id, state => InvoiceDecider.Finalize(
            state, computed, document.Cause, BillingOf(document.Account), arriving, Credited(id), Ids(now), now, terms));
        if (refused is null)
        {
            Arrived(now, id);
        }

        return refused;
    }

    /// <summary>Takes an invoice back and issues it anew, in one turn of the subscription.</summary>
    public Refusal? Reissue(string id, Instant now)
    {
        Arrived(now, id);
        var (document, state) = (Books.Documents[id], Books.Read(id));
        var arriving = Books.Transit.Where(credit => credit.Invoice == id).Sum(credit => credit.Amount) + OrderedOf(id);
        var facts = Life.Facts() with { Invoices = Credited(id) };
        var context = Life.Context(now, now);
        return Life.Reissue(state, facts, context, (billing, terms, revision) => InvoiceReissue.Make(
            state, Books.Stored(id), billing, arriving, [], facts.Invoices, revision, context.Cause, now, context.Ids, terms)).Refusal;
    }

    /// <summary>The invoices whose lines a document credits.</summary>
    private Dictionary<string, CreditableInvoice> Credited(string id) =>
        Books.Documents[id].Lines.Select(line => line.Draft.CreditedInvoice).OfType<string>().Distinct().ToDictionary(invoice => invoice, Books.Creditable);

    /// <summary>What is under way comes to its end: drafts are issued, payments answered, credits arrive, refunds go.</summary>
    public void Settled(Instant now, bool isPaid)
    {
        Gathered(now);
        for (var i = 0; i < 2; i++)
        {
            foreach (var id in Books.Documents.Keys.ToList())
            {
                Finalize(id, now);
                if (isPaid)
                {
                    Sent(id, now);
                    Answered(id, declined: false, now);
                    Refunded(id, refused: false, now);
                }
            }

            Arrived(now);
        }
    }

    private BillingFacts BillingOf(string account)
    {
        var known = Life.Facts();
        var facts = new[] { known.Billing, known.Parent }.Concat(known.FormerPayers.Values).Concat(Payers).OfType<BillingFacts>().First(facts => facts.Account.Account == account);
        return facts with { CreditBalance = Books.Balance(account) };
    }

    /// <summary>Accounts that paid at some time.</summary>
    public List<BillingFacts> Payers { get; } = [];

    private Refusal? Arriving(string id, Instant now, Func<InvoiceState, Decided<InvoiceTurn>> decide)
    {
        Arrived(now, id);
        return Do(id, decide);
    }

    private Refusal? Do(string id, Func<InvoiceState, Decided<InvoiceTurn>> decide)
    {
        var decided = decide(Books.Read(id));
        if (decided.IsAccepted)
        {
            Books.Take(decided.Value);
        }

        return decided.Refusal;
    }

    private IdSource Ids(Instant now) => new($"world/{_turn++}", now);

    /// <summary>What the subscription's grain would read before a decision.</summary>
    private SubscriptionFacts Read(SubscriptionFacts known, Instant? due)
    {
        var facts = known with
        {
            Billing = known.Billing with { CreditBalance = Books.Balance(known.Billing.Account.Account), Prepaid = Books.Grants?.Living ?? [] },
            Parent = known.Parent is { } parent ? parent with { CreditBalance = Books.Balance(parent.Account.Account) } : null,
            Invoices = ImmutableDictionary<string, CreditableInvoice>.Empty,
            Billed = ImmutableDictionary<string, BilledLine>.Empty,
            FormerPayers = ImmutableDictionary<string, BillingFacts>.Empty,
        };
        if (Life.State is not { } state)
        {
            return facts;
        }

        var named = SubscriptionReferences.Plans(state).ToHashSet();
        facts = facts with { Plans = [.. known.Plans.Where(plan => named.Contains((plan.Code, plan.Version)) || (due is null && Ordered.Contains(plan)))] };
        var withInvoices = due is not { } now || SubscriptionDueWork.Credits(state, now) || SubscriptionReferences.RenewalNeedsInvoices(state);
        var gathers = facts.Billing.Account.Grouping is InvoiceGrouping.Account;
        ImmutableArray<LineDraft> pending = gathers ? [.. known.Pending.Where(line => line.Subscription == state.Id)] : known.Pending;
        facts = facts with { Pending = pending };
        if (!withInvoices && pending.All(line => line.CreditedLine is null))
        {
            return facts;
        }

        var waited = pending.Where(line => line.CreditedInvoice is null).Select(line => line.CreditedLine).OfType<string>().Concat(SubscriptionReferences.Waited(state)).ToHashSet();
        var billed = known.Billed.Where(line => waited.Contains(line.Key)).ToDictionary();
        var invoices = SubscriptionReferences.Invoices(state).Concat(billed.Values.Select(line => line.Invoice)).Concat(pending.Select(line => line.CreditedInvoice).OfType<string>())
            .Distinct().ToDictionary(id => id, Books.Creditable);
        var payers = facts.Accounts.Select(account => account.Account).ToHashSet();
        return facts with
        {
            Billed = billed,
            Invoices = invoices,
            Paid = Books.Grants!.Paid(invoices.Keys, Books.Waiting()),
            FormerPayers = Payers.Where(payer => !payers.Contains(payer.Account.Account) && invoices.Values.Any(invoice => invoice.Account == payer.Account.Account))
                .ToDictionary(payer => payer.Account.Account, payer => payer with { CreditBalance = Books.Balance(payer.Account.Account) }),
        };
    }
}
