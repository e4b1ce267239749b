using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>What the decision must know of an invoice whose lines are credited.</summary>
/// <param name="Id"><c>inv_...</c></param>
/// <param name="Status">Its state. Lines of void invoices are left out before the computation.</param>
/// <param name="Remaining">Minor units still to pay, or written off and not yet lowered.</param>
public sealed record CreditableInvoice(string Id, InvoiceStatus Status, long Remaining)
{
    /// <summary>The version of its header when it was read: see <see cref="InvoiceSeen"/>.</summary>
    public long Version { get; init; } = 1;

    /// <summary>The account that it was issued to; null where that is the payer of today.</summary>
    public string? Account { get; init; }

    /// <summary>True where prepaid credit has paid lines of it: a decision that credits them reads by which grants.</summary>
    public bool IsPaidByCredit { get; init; }

    /// <summary>What credit notes have taken of its lines, by line; lines without are left out.</summary>
    public ImmutableDictionary<string, NoteTaken> NotesTook { get; init; } = ImmutableDictionary<string, NoteTaken>.Empty;
}

/// <summary>What credit notes have taken of a line, in minor units.</summary>
/// <param name="Amount">Of its amount before discount and tax.</param>
/// <param name="Discount">Of its discount.</param>
public readonly record struct NoteTaken(long Amount, long Discount);

/// <summary>
/// Turns a computed invoice into the document with its journal entry, its use of credit, its first payment attempt and
/// its events (rules.md, "Invoices"). Everything is committed in one transaction, or not at all.
/// </summary>
public static class InvoiceIssue
{
    /// <summary>Issues.</summary>
    /// <param name="id"><c>inv_...</c></param>
    /// <param name="subscription">The subscription, or null for one-off and grouped invoices.</param>
    /// <param name="computed">Lines and totals.</param>
    /// <param name="facts">Account, credit balance and dunning policy as read before the turn.</param>
    /// <param name="now">The instant of the turn; issue and due date count from it, however late the turn is.</param>
    /// <param name="cause">What made it: <c>create</c>, <c>renewal</c>, <c>cancel</c>, <c>change</c>, <c>one_off</c>.</param>
    /// <param name="ids">Gives the ids of payment, attempt and credits.</param>
    /// <param name="terms">What its subscription asks of its collection; null is nothing.</param>
    /// <param name="openInvoices">By id: the invoices whose lines are credited here and that are not settled.</param>
    public static Documents Issue(
        string id,
        string? subscription,
        ComputedInvoice computed,
        BillingFacts facts,
        Instant now,
        string cause,
        IdSource ids,
        IReadOnlyDictionary<string, CreditableInvoice> openInvoices,
        CollectionTerms? terms = null) =>
        Issue(id, subscription, computed, facts, now, cause, ids, openInvoices, terms ?? CollectionTerms.Ordinary, arriving: 0);

    /// <summary>
    /// A draft: lines and totals stand; number, dates, credit balance, entry and first attempt come when it is finalised, so
    /// that no invoice is open before its credit is applied.
    /// </summary>
    /// <param name="id"><c>inv_...</c></param>
    /// <param name="subscription">The subscription, or null for one-off and grouped invoices.</param>
    /// <param name="computed">Lines and totals.</param>
    /// <param name="facts">Account and seller of the moment; what is issued takes those of its own.</param>
    /// <param name="now">The instant of the turn.</param>
    /// <param name="cause">What made it.</param>
    /// <param name="terms">When it is finalised.</param>
    /// <param name="openInvoices">By id: the invoices whose lines are credited here.</param>
    public static Documents Draft(
        string id,
        string? subscription,
        ComputedInvoice computed,
        BillingFacts facts,
        Instant now,
        string cause,
        DraftTerms terms,
        IReadOnlyDictionary<string, CreditableInvoice> openInvoices)
    {
        var invoice = Document(id, subscription, computed, facts, now, cause, applied: 0) with
        {
            DueAt = now,
            Draft = terms,
        };
        InvoiceInvariants.Check(invoice);
        return new Documents
        {
            Invoices = [invoice],
            InvoicesCredited = CreditDistribution.InvoicesCredited(computed.Lines.Select(line => line.Draft), openInvoices),
            Events = [BillingEvent.Of(
                "invoice.drafted", invoice.Account, invoice.Id, ("cause", cause), ("currency", invoice.Facts.Currency.Code), ("finalizes_at", terms.FinalizeAt),
                ("subscription", subscription), ("total", invoice.Totals.Total))],
        }.And(computed.Prepaid);
    }

    /// <summary>Issues a draft by today's facts, with the lines that it has; rounding to cash is of what is due then.</summary>
    /// <param name="state">The draft's header. Credit on its way to it is left room: it lowers what is due before the balance does.</param>
    /// <param name="computed">Its lines and totals.</param>
    /// <param name="facts">Account, credit balance and dunning policy as read before the turn.</param>
    /// <param name="cause">What made it.</param>
    /// <param name="arriving">Minor units of credit on their way to it.</param>
    /// <param name="terms">How it is collected, as its subscription asks now.</param>
    /// <param name="now">Issue and due date count from it.</param>
    /// <param name="ids">Gives the ids of payment, attempt and credits.</param>
    /// <param name="openInvoices">By id: the invoices whose lines are credited here.</param>
    public static Documents Finalize(
        InvoiceState state,
        ComputedInvoice computed,
        BillingFacts facts,
        string cause,
        long arriving,
        CollectionTerms terms,
        Instant now,
        IdSource ids,
        IReadOnlyDictionary<string, CreditableInvoice> openInvoices)
    {
        // A draft of a subscription that was unpaid by then is not charged by itself.
        var billing = state.Automatic
            ? facts
            : facts with { Account = facts.Account with { Collection = CollectionMode.SendInvoice, DefaultMethod = null } };
        var documents = Issue(state.Id, state.Subscription, computed, billing, now, cause, ids, openInvoices, terms, arriving);
        return documents with
        {
            Invoices = [],
            Finalized = [new FinalizedDraft(documents.Invoices[^1], state.Version, computed.Lines.Length)],
        };
    }

    private static Documents Issue(
        string id,
        string? subscription,
        ComputedInvoice computed,
        BillingFacts facts,
        Instant now,
        string cause,
        IdSource ids,
        IReadOnlyDictionary<string, CreditableInvoice> openInvoices,
        CollectionTerms terms,
        long arriving)
    {
        var account = facts.Account;
        if (computed.Currency != account.Currency)
        {
            throw new InvalidOperationException($"An invoice in {computed.Currency} cannot be issued to an account in {account.Currency}.");
        }

        computed = CashRounding.Apply(computed, facts, arriving, now, ids);
        var total = computed.Totals.Total;
        var applied = Math.Clamp(facts.CreditBalance, 0, Math.Max(total - arriving, 0));
        var sent = CreditDistribution.ToOpenInvoices(id, computed, account, ids, openInvoices);
        var invoice = Document(id, subscription, computed, facts, now, cause, applied) with { Collecting = terms };
        InvoiceInvariants.Check(invoice);

        var inTransit = sent.Sum(credit => credit.Amount);
        var entry = InvoicePostings.Issued(invoice, inTransit);
        var documents = new Documents
        {
            Invoices = [invoice],
            Entries = entry is null ? [] : [entry],
            CreditsSent = sent,
            InvoicesCredited = CreditDistribution.InvoicesCredited(computed.Lines.Select(line => line.Draft), openInvoices),
            BalanceMoves = [.. BalanceMoves(invoice, facts.CreditBalance, inTransit)],
            Events = [.. Events(invoice)],
        };
        return documents.And(computed.Prepaid).And(invoice.Collecting.WrittenOff ? WrittenOff(invoice, facts) : FirstAttempt(invoice, ids));
    }

    private static Invoice Document(
        string id, string? subscription, ComputedInvoice computed, BillingFacts facts, Instant now, string cause, long applied) => new(
        id, facts.Account.Account, subscription, computed.Lines, computed.Totals, applied, Math.Max(-computed.Totals.Total, 0), now,
        DueAt(now, facts.Account), facts.Account, cause)
    {
        Seller = facts.Seller,
    };

    /// <summary>
    /// The header with which an invoice begins its life: a draft, open, or paid at once where nothing is due. Payment and attempt
    /// stand in their own rows.
    /// </summary>
    public static InvoiceState InitialState(Invoice invoice) => new(
        invoice.Id,
        invoice.Account,
        invoice.Subscription,
        invoice.Facts.Currency.Code,
        invoice.Facts.TimeZone,
        invoice.Totals.Total,
        invoice.CreditApplied,
        AmountPaid: 0,
        StatusOf(invoice),
        CollectionStage.Current,
        invoice.IssuedAt,
        invoice.DueAt,
        RetriesDone: 0)
    {
        Clock = invoice.Facts.Clock,
        Grouped = invoice.Subscription is null && invoice.Cause == GatheredInvoice.Cause,
        Tax = invoice.Totals.TaxTotal,
        PaidAt = StatusOf(invoice) is InvoiceStatus.Paid ? invoice.IssuedAt : null,
        Automatic = invoice.Facts.Collection is CollectionMode.Automatic,
        DunningPolicy = invoice.Facts.DunningPolicy,
        Held = invoice.Collecting.Held,
        VoidAt = invoice.Collecting.VoidAt,
    };

    /// <summary>The status with which it is written: a draft, open, or paid at once where nothing is due.</summary>
    public static InvoiceStatus StatusOf(Invoice invoice) =>
        invoice.Draft is not null ? InvoiceStatus.Draft : invoice.AmountDue == 0 ? InvoiceStatus.Paid : InvoiceStatus.Open;

    /// <summary>
    /// When the invoice first needs attention: at once where a method is charged automatically, else when it falls due;
    /// null where nothing is due, and for a draft.
    /// </summary>
    public static Instant? CollectAt(Invoice invoice) =>
        invoice.AmountDue == 0 || invoice.Draft is not null || invoice.Collecting is { Held: true } or { WrittenOff: true } ? null
        : ChargedMethod(invoice) is null ? invoice.Collecting.VoidAt ?? invoice.DueAt
        : invoice.IssuedAt;

    /// <summary>Issue plus net terms, in local days of the account's zone.</summary>
    public static Instant DueAt(Instant issuedAt, AccountFacts account) =>
        account.NetTermsDays == 0
            ? issuedAt
            : TimeZones.InstantOf(TimeZones.LocalOf(issuedAt, account.TimeZone).PlusDays(account.NetTermsDays), account.TimeZone);

    private static IEnumerable<BalanceMove> BalanceMoves(Invoice invoice, long seen, long inTransit)
    {
        // Moves nothing where there was no credit: then it only holds that there still is none.
        if (invoice.Totals.Total > 0)
        {
            yield return new BalanceMove(invoice.Account, invoice.Facts.Currency.Code, -invoice.CreditApplied, seen, invoice.Id);
        }

        if (invoice.Credited > inTransit)
        {
            yield return new BalanceMove(invoice.Account, invoice.Facts.Currency.Code, invoice.Credited - inTransit, Seen: null, invoice.Id);
        }
    }

    private static IEnumerable<BillingEvent> Events(Invoice invoice)
    {
        yield return BillingEvent.Of(
            "invoice.issued",
            invoice.Account,
            invoice.Id,
            ("amount_due", invoice.AmountDue),
            ("cause", invoice.Cause),
            ("currency", invoice.Facts.Currency.Code),
            ("due_at", invoice.DueAt),
            ("subscription", invoice.Subscription),
            ("total", invoice.Totals.Total),
            ("wallet_applied", invoice.Totals.WalletApplied));
        if (invoice.AmountDue == 0)
        {
            yield return BillingEvent.Of(
                "invoice.paid",
                invoice.Account,
                invoice.Id,
                ("amount_paid", 0L),
                ("currency", invoice.Facts.Currency.Code),
                ("subscription", invoice.Subscription),
                ("total", invoice.Totals.Total));
        }
    }

    /// <summary>Where the subscription's collection is paused so, the invoice is a bad debt from its first turn on.</summary>
    private static Documents WrittenOff(Invoice invoice, BillingFacts facts) => invoice.AmountDue == 0
        ? Documents.None
        : InvoiceDecider.MarkUncollectible(InitialState(invoice), CollectionFacts.Of(null, facts.Dunning), invoice.IssuedAt).Value.Documents;

    private static Documents FirstAttempt(Invoice invoice, IdSource ids)
    {
        if (invoice.AmountDue == 0 || invoice.Collecting.Held || ChargedMethod(invoice) is not { } method)
        {
            return Documents.None;
        }

        var currency = invoice.Facts.Currency.Code;
        var payment = new Payment(
            ids.Next("pay"), invoice.Account, invoice.Id, currency, invoice.AmountDue, PaymentStatus.Pending, Refunded: 0, invoice.IssuedAt);
        var attempt = new PaymentAttempt(
            ids.Next("att"), payment.Id, invoice.Id, invoice.Account, Number: 1, method.Gateway, method.Id, method.Token, currency,
            invoice.AmountDue, AttemptStatus.Queued, invoice.IssuedAt);
        return new Documents { Payments = [payment], Attempts = [new AttemptWrite(attempt, Expected: null)] };
    }

    private static PaymentMethodRef? ChargedMethod(Invoice invoice) =>
        invoice.Facts.Collection is CollectionMode.Automatic ? invoice.Facts.DefaultMethod : null;
}
