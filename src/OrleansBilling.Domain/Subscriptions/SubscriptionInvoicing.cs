using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Wallets;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>When the lines of a change are billed.</summary>
public enum InvoiceTiming
{
    /// <summary>On an invoice at once.</summary>
    Now,

    /// <summary>They wait for the subscription's next invoice.</summary>
    Next,
}

/// <summary>Lines of a turn as they were billed.</summary>
/// <param name="Id">The invoice that was issued; null where the lines wait for one.</param>
/// <param name="Lines">In order; those that wait have no tax yet.</param>
public sealed record LinesBilled(string? Id, ImmutableArray<InvoiceLine> Lines)
{
    /// <summary>By line id: the invoices of earlier payers on which credits of the turn stand.</summary>
    public ImmutableDictionary<string, string> Elsewhere { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The invoice on which a line stands; null while it waits.</summary>
    public string? InvoiceOf(InvoiceLine line) => Elsewhere.GetValueOrDefault(line.Id) ?? Id;
}

/// <summary>
/// Bills drafted lines of a subscription, on an invoice of its own or on a later one, and remembers on its items what was
/// billed.
/// </summary>
public static class SubscriptionInvoicing
{
    /// <summary>
    /// Issues an invoice of the drafts, with the discounts of the subscription's coupons, and of all that waits for it; or,
    /// where the account gathers its lines or the caller says <see cref="InvoiceTiming.Next"/>, leaves the drafts waiting with
    /// their discounts. An unpaid subscription goes on making invoices that nobody is charged for automatically
    /// (<see cref="Dunning.DunningFinalAction.Unpaid"/>).
    /// </summary>
    /// <returns>The state with what the lines left of its coupons, the lines, and what is committed with them.</returns>
    public static (SubscriptionState State, LinesBilled Invoice, Documents Documents) Issue(
        SubscriptionState state, ImmutableArray<LineDraft> drafts, SubscriptionFacts facts, StepContext context, string cause,
        InvoiceTiming timing = InvoiceTiming.Now)
    {
        var billing = BillingOf(state, facts);
        var terms = TermsOf(state, context);
        if (facts.Parent is null && (timing is InvoiceTiming.Next || (terms == CollectionTerms.Ordinary && IsGathered(drafts, facts)) || CreditsGathered(drafts, facts)))
        {
            return Gather(state, drafts, facts, context, timing);
        }

        var (taken, dropped) = PendingLines.Due(WaitingFor(terms, facts), facts.Billed, facts.Invoices);
        if (taken.IsEmpty && drafts.IsEmpty)
        {
            return (state, new LinesBilled(null, []), new Documents { PendingDropped = dropped });
        }

        var coupons = CouponsAtWork.Of(state, drafts, facts);
        var parts = PayerParts.Of([.. taken, .. drafts], billing, facts);
        var documents = Documents.None;
        foreach (var part in parts)
        {
            // Only the document of the charges has discounts to give; the others take back what their lines carry.
            var discounts = part == parts[^1] ? coupons.Discounts : [];
            var id = context.Ids.Next("inv");
            // Grants count or do not count at the instant for which the document is made, however late it is.
            var purse = Purse.Open(part.Payer.Account.Account, part.Payer.Prepaid, facts.Paid, context.Ids, context.At);
            var computed = InvoiceCalculator.Compute(
                part.Lines, discounts, part.Payer.Account.Tax, state.Currency, context.Ids, purse is null ? null : new PrepaidUse(purse, id));
            documents = documents.And(DraftTermsOf(state, part.Payer.Account, terms, context) is { } draft
                ? InvoiceIssue.Draft(id, state.Id, computed, part.Payer, context.Now, cause, draft, facts.Invoices)
                : InvoiceIssue.Issue(id, state.Id, computed, part.Payer, context.Now, cause, context.Ids, facts.Invoices, terms));
        }

        var invoice = documents.Invoices[^1];
        // What lines that have waited took of a coupon was kept when they were made.
        var (after, seen) = coupons.After(
            state, invoice.Id, [.. invoice.Lines.Where(line => !line.Draft.HasWaited)],
            [.. documents.Invoices[..^1].SelectMany(other => other.Lines.Where(line => !line.Draft.HasWaited).Select(line => (other.Id, line)))]);
        return (
            after,
            new LinesBilled(invoice.Id, [.. documents.Invoices.SelectMany(issued => issued.Lines)])
            {
                Elsewhere = documents.Invoices[..^1].SelectMany(other => other.Lines.Select(line => KeyValuePair.Create(line.Id, other.Id))).ToImmutableDictionary(StringComparer.Ordinal),
            },
            WithSeen(documents, drafts, facts, seen) with { PendingDropped = dropped, Events = [.. documents.Events, .. coupons.Events(state)] });
    }

    /// <summary>
    /// True where the account gathers the lines. What is collected in a way of its own stands on an invoice of its own: charged to
    /// the subscription's own payment method, or credited to an earlier payer.
    /// </summary>
    private static bool IsGathered(ImmutableArray<LineDraft> drafts, SubscriptionFacts facts) =>
        facts.Billing.Account.Grouping is InvoiceGrouping.Account && facts.OwnMethod is null
        && !drafts.Any(draft => draft.CreditedLine is { } credited && facts.FormerPayerOf(facts.InvoiceOf(draft.CreditedInvoice, credited)) is not null);

    /// <summary>
    /// True where a credit takes back a line that the account has gathered and not billed yet: it never stands on an invoice before
    /// that line, however the subscription is collected meanwhile.
    /// </summary>
    private static bool CreditsGathered(ImmutableArray<LineDraft> drafts, SubscriptionFacts facts) => drafts.Any(
        draft => draft is { CreditedLine: { } credited, CreditedInvoice: null } && !facts.Billed.ContainsKey(credited) && facts.Pending.All(line => line.Id != credited));

    /// <summary>
    /// The waiting lines that an invoice takes. One that is taken back unless it is paid bills nothing else; one whose
    /// collection is paused takes what names its subscription only: the account's own lines are collected as always.
    /// </summary>
    private static ImmutableArray<LineDraft> WaitingFor(CollectionTerms terms, SubscriptionFacts facts) =>
        terms.VoidAt is not null ? []
        : terms == CollectionTerms.Ordinary ? facts.Pending
        : [.. facts.Pending.Where(line => line.Subscription is not null)];

    /// <summary>The payer's facts for an invoice of the subscription: its own payment method, and nobody is charged automatically while it is unpaid.</summary>
    internal static BillingFacts BillingOf(SubscriptionState state, SubscriptionFacts facts)
    {
        var account = facts.Payer.Account;
        account = facts.OwnMethod is { } own ? account with { DefaultMethod = own } : account;
        return facts.Payer with
        {
            Account = state.Status is SubscriptionStatus.Unpaid ? account with { Collection = CollectionMode.SendInvoice, DefaultMethod = null } : account,
        };
    }

    /// <summary>
    /// Whether the invoice stays a draft: until a call where a pause of collection keeps it one, for a while as the account's
    /// grace says; null issues it at once. One that is awaited or written off is.
    /// </summary>
    private static DraftTerms? DraftTermsOf(SubscriptionState state, AccountFacts account, CollectionTerms terms, StepContext context) =>
        PauseOf(state, context) is { Behavior: CollectionPauseBehavior.KeepDraft } ? new DraftTerms(FinalizeAt: null)
        : account.InvoiceGraceHours > 0 && terms is { WrittenOff: false, VoidAt: null } ? new DraftTerms(context.Now + Duration.FromHours(account.InvoiceGraceHours)) : null;

    /// <summary>
    /// A difference, what is missing to a commitment, and what pieces have left to bill of usage depends on what credit notes have taken of the lines that it subtracts, though it credits none of them:
    /// their invoices must stand as they were seen. So must those that gave of a coupon.
    /// </summary>
    private static Documents WithSeen(Documents documents, ImmutableArray<LineDraft> drafts, SubscriptionFacts facts, ImmutableArray<InvoiceSeen> ofCoupons) =>
        documents.Seeing(
        [
            .. ofCoupons,
            .. drafts.Any(draft => draft.Kind is LineKind.Commitment || draft.Proration?.Policy is ProrationPolicy.FullDifference || draft.Usage is { Part.Pieces.IsEmpty: false })
                ? facts.Invoices.Values.Select(seen => new InvoiceSeen(seen.Id, seen.Version))
                : [],
        ]);

    internal static CollectionTerms TermsOf(SubscriptionState state, StepContext context) => state switch
    {
        { Status: SubscriptionStatus.Incomplete, RequiresPayment: true, AwaitedInvoice: null } => new CollectionTerms { VoidAt = context.Now + SubscriptionActivation.Patience },
        _ => PauseOf(state, context)?.Behavior switch
        {
            CollectionPauseBehavior.Uncollectible => new CollectionTerms { WrittenOff = true },
            CollectionPauseBehavior.Open or CollectionPauseBehavior.KeepDraft => new CollectionTerms { Held = true },
            _ => CollectionTerms.Ordinary,
        },
    };

    /// <summary>The pause of collection that holds at the instant of the step; its own end is not in it.</summary>
    private static CollectionPause? PauseOf(SubscriptionState state, StepContext context) =>
        state.CollectionPause is { } pause && pause.HoldsAt(context.At) ? pause : null;

    /// <summary>Leaves the drafts waiting: for the next invoice, or for the one on which the account gathers its lines.</summary>
    private static (SubscriptionState State, LinesBilled Invoice, Documents Documents) Gather(
        SubscriptionState state, ImmutableArray<LineDraft> drafts, SubscriptionFacts facts, StepContext context, InvoiceTiming timing)
    {
        var account = facts.Billing.Account;
        var waits = timing is InvoiceTiming.Next;
        // A credit that is dated back goes with the line that it takes back, or after it.
        var at = CreditsGathered(drafts, facts) ? context.Now : context.At;
        var coupons = CouponsAtWork.Of(state, drafts, facts);
        var pending = PendingLines.Of(
            drafts, coupons.Discounts, account, waits ? PendingSource.Change : PendingSource.Gathered, at, context.Ids);
        ImmutableArray<InvoiceLine> lines = [.. pending.Select(line => Waiting(line.Draft, account.Tax))];
        // The invoice that gathers is the next one of the subscription: what waits for it is gathered too.
        ImmutableArray<PendingLine> awaited = waits ? [] :
        [
            .. facts.Pending.Where(line => line.Subscription == state.Id)
                .Select(line => new PendingLine(account.Account, account.Currency.Code, line, PendingSource.Gathered, at)),
        ];
        var documents = new Documents
        {
            PendingDropped = [.. awaited.Select(line => line.Draft.Id!)],
            PendingLines = [.. awaited.AddRange(pending).Select(line => line with { Uncharged = !waits && state.Status is SubscriptionStatus.Unpaid })],
            GatherAt = waits ? [] : [at],
            InvoicesCredited = CreditDistribution.InvoicesCredited(pending.Select(line => line.Draft), facts.Invoices),
            Events = coupons.Events(state),
        };
        var (after, seen) = coupons.After(state, null, lines);
        return (after, new LinesBilled(null, lines), WithSeen(documents, drafts, facts, seen));
    }

    /// <summary>
    /// True where an invoice is made although a turn drafts no lines: lines that name the subscription wait for its next one.
    /// </summary>
    public static bool IsAwaited(SubscriptionState state, SubscriptionFacts facts) =>
        facts.Pending.Any(line => line.Subscription == state.Id);

    /// <summary>Keeps on each item what was billed for it, exactly as it stands on the line.</summary>
    public static SubscriptionState Remember(SubscriptionState state, LinesBilled invoice, Period nominal) =>
        Kept(Commitments.Counted(state, invoice), invoice, nominal);

    /// <summary>The same, where the caller has counted the lines towards commitments.</summary>
    internal static SubscriptionState Kept(SubscriptionState state, LinesBilled invoice, Period nominal) => state with
    {
        Items = Remembered(state.Items, state, invoice, nominal),
        Former = Remembered(state.Former, state, invoice, nominal),
        LatestInvoice = invoice.Id ?? state.LatestInvoice,
    };

    private static ImmutableArray<SubscriptionItem> Remembered(ImmutableArray<SubscriptionItem> kept, SubscriptionState state, LinesBilled invoice, Period nominal)
    {
        var items = kept.ToBuilder();
        for (var i = 0; i < items.Count; i++)
        {
            foreach (var line in invoice.Lines)
            {
                // Lines that have waited for this invoice were remembered by the turn that made them.
                if (line.Draft.Item != items[i].Id || (invoice.Id is not null && line.Draft.HasWaited))
                {
                    continue;
                }

                items[i] = line.Draft switch
                {
                    // What is over is billed for good: only what reaches the end of the period can become unused.
                    { Kind: LineKind.Recurring or LineKind.ProrationCharge } when line.Draft.Period.End != state.CurrentPeriod.End => WithPart(items[i], invoice, line),
                    { Kind: LineKind.ProrationCharge, Proration.Policy: ProrationPolicy.FullDifference } => WithDifference(items[i], Charge(invoice, line, nominal)),
                    { Kind: LineKind.Recurring or LineKind.ProrationCharge } => items[i] with { Billed = Charge(invoice, line, nominal) },
                    { Kind: LineKind.OneTime } => items[i] with { OneTimeBilled = true },
                    _ => items[i],
                };
            }
        }

        return items.DrainToImmutable();
    }

    /// <summary>A line that waits, as its charge is remembered: taxed by today's settings until a document says otherwise.</summary>
    internal static InvoiceLine Waiting(LineDraft draft, TaxSettings tax) => new(
        draft.Id!, draft, draft.CarriedDiscount, TaxAmount: 0,
        [.. (draft.CarriedTaxRates ?? tax.RatesFor(draft.TaxCode)).Select(rate => new LineTax(rate, 0))],
        draft.CarriedInclusive ?? tax.Inclusive, draft.Explain)
    {
        Discounts = draft.CarriedDiscounts,
    };

    private static SubscriptionItem WithDifference(SubscriptionItem item, BilledCharge charge)
    {
        var history = item.History ?? new ItemHistory(charge.Proration!.Share, [], []);
        return item with { History = history with { Differences = history.Differences.Add(charge) } };
    }

    /// <summary>What was billed of what ran in arrears, named where its item remembers it.</summary>
    private static SubscriptionItem WithPart(SubscriptionItem item, LinesBilled invoice, InvoiceLine line)
    {
        var named = item.History is { Settled: [.., { Line: "" }] } history
            ? item with { History = history with { Settled = [.. history.Settled[..^1], new SettledCharge(invoice.Id, line.Id, line.Draft.Amount)] } }
            : item;
        return named.Arrears is { Parts: [.., var part] } running && part.Period == line.Draft.Period
            ? named with { Arrears = running with { Parts = [.. running.Parts[..^1], part with { Invoice = invoice.Id, Line = line.Id }] } }
            : named;
    }

    /// <summary>A line as its charge is remembered.</summary>
    internal static BilledCharge Charge(LinesBilled invoice, InvoiceLine line, Period nominal) => new(
        invoice.Id, line.Id, line.Draft.Period, nominal, line.Draft.Amount, line.DiscountAmount,
        [.. line.Taxes.Select(tax => tax.Rate)], line.TaxInclusive)
    {
        Discounts = line.Discounts,
        Proration = line.Draft.Proration,
    };
}
