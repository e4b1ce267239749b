using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What a decision about a subscription needs to know from outside it, read before the turn.</summary>
/// <param name="Billing">Account facts, credit balance, dunning policy.</param>
/// <param name="Plans">The plan versions that it names: see <see cref="SubscriptionReferences"/>.</param>
/// <param name="Invoices">The invoices whose lines may be credited, by id; empty where nothing can be.</param>
public sealed record SubscriptionFacts(
    BillingFacts Billing,
    ImmutableArray<PlanVersion> Plans,
    IReadOnlyDictionary<string, CreditableInvoice> Invoices)
{
    /// <summary>The subscription's own payment method, where it has one that is not detached.</summary>
    public PaymentMethodRef? OwnMethod { get; init; }

    /// <summary>What automatic collection charges: the subscription's own method, else the payer's default.</summary>
    public PaymentMethodRef? ChargedMethod => OwnMethod ?? Payer.Account.DefaultMethod;

    /// <summary>The account that invoices are issued to, where the subscription's own is billed to another; else null.</summary>
    public BillingFacts? Parent { get; init; }

    /// <summary>Whom the next invoice is issued to: its tax, method, terms, dunning, seller and credit balance count.</summary>
    public BillingFacts Payer => Parent ?? Billing;

    /// <summary>By account: others to which invoices were issued whose lines may be credited.</summary>
    public IReadOnlyDictionary<string, BillingFacts> FormerPayers { get; init; } = ImmutableDictionary<string, BillingFacts>.Empty;

    /// <summary>All account facts that a decision may use; the commit checks them.</summary>
    public IEnumerable<AccountFacts> Accounts =>
        new[] { Billing, Parent }.OfType<BillingFacts>().Concat(FormerPayers.Values).Select(facts => facts.Account).DistinctBy(facts => facts.Account);

    /// <summary>The payer to whom an invoice was issued, where it is another one than that of the next; else null.</summary>
    /// <exception cref="InvalidOperationException">His facts were not read: an error of the caller.</exception>
    public BillingFacts? FormerPayerOf(string? invoice)
    {
        if (invoice is null || !Invoices.TryGetValue(invoice, out var found) || found.Account is not { } account || account == Payer.Account.Account)
        {
            return null;
        }

        return account == Billing.Account.Account ? Billing
            : FormerPayers.TryGetValue(account, out var former) ? former
            : throw new InvalidOperationException($"Account {account} of invoice {invoice} was not read before the decision.");
    }

    /// <summary>Lines that wait for the subscription's next invoice, oldest first; empty where none are read.</summary>
    public ImmutableArray<LineDraft> Pending { get; init; } = [];

    /// <summary>What prepaid credit has paid of the lines that may be credited.</summary>
    public PaidLines Paid { get; init; } = PaidLines.None;

    /// <summary>By line id: where lines stand that have waited; those that still wait are left out.</summary>
    public IReadOnlyDictionary<string, BilledLine> Billed { get; init; } = ImmutableDictionary<string, BilledLine>.Empty;

    /// <summary>Lines billed for the current period, without void ones; read where a change by <c>full_difference</c> is made or waits.</summary>
    public ImmutableArray<EarlierLine> Earlier { get; init; } = [];

    /// <summary>The usage that the decision bills.</summary>
    public UsageBook Usage { get; init; } = UsageBook.Unread();

    /// <summary>The plan version that an item names.</summary>
    /// <exception cref="InvalidOperationException">It was not read: an error of the caller.</exception>
    public PlanVersion PlanOf(SubscriptionItem item) => PlanOf(item.Plan, item.PlanVersion);

    /// <summary>A plan version by code and number.</summary>
    /// <exception cref="InvalidOperationException">It was not read: an error of the caller.</exception>
    public PlanVersion PlanOf(string code, int version)
    {
        foreach (var plan in Plans)
        {
            if (plan.Version == version && plan.Code == code)
            {
                return plan;
            }
        }

        throw new InvalidOperationException($"Plan {code}@{version} was not read before the decision.");
    }

    /// <summary>True where an invoice is void: its lines count as not billed.</summary>
    /// <param name="invoice">As it is remembered; null for a line that was made to wait.</param>
    /// <param name="line">The line.</param>
    public bool IsVoid(string? invoice, string line) =>
        InvoiceOf(invoice, line) is { } id && Invoices.TryGetValue(id, out var found) && found.Status is InvoiceStatus.Void;

    /// <summary>What credit notes have taken of a line.</summary>
    public NoteTaken NotesTook(string? invoice, string line) =>
        InvoiceOf(invoice, line) is { } id && Invoices.TryGetValue(id, out var found) ? found.NotesTook.GetValueOrDefault(line) : default;

    /// <summary>The invoice on which a line stands, also of one that has waited; null while it waits.</summary>
    public string? InvoiceOf(string? invoice, string line) => invoice ?? (Billed.TryGetValue(line, out var billed) ? billed.Invoice : null);

    /// <summary>
    /// The facts as they are once a step is committed, for a look at the next one without writing: lines that it took wait no
    /// longer, those that it made do, and balances and prepaid credit have moved.
    /// </summary>
    public SubscriptionFacts After(Documents documents)
    {
        var taken = documents.Invoices.SelectMany(
            static invoice => invoice.Lines.Where(static line => line.Draft.HasWaited),
            static (invoice, line) => new BilledLine(line.Id, invoice.Id, [.. line.Taxes.Select(static tax => tax.Rate)], line.TaxInclusive)).ToList();
        var gone = taken.Select(static line => line.Line).Concat(documents.PendingDropped).ToHashSet(StringComparer.Ordinal);
        return this with
        {
            Billing = Moved(Billing, documents),
            Parent = Parent is null ? null : Moved(Parent, documents),
            FormerPayers = FormerPayers.ToImmutableDictionary(static payer => payer.Key, payer => Moved(payer.Value, documents)),
            Pending = [.. Pending.Where(line => !gone.Contains(line.Id!)), .. documents.PendingLines.Where(static line => line.Source is not PendingSource.CreditNote).Select(static line => line.Draft)],
            Paid = Paid.After(
                documents.Wallets,
                Pending.Where(line => gone.Contains(line.Id!)).Select(static line => GivesBack(line, -1)).Concat(documents.PendingLines.Select(static line => GivesBack(line.Draft, 1)))
                    .Where(static line => line.Value != 0),
                new[] { Billing, Parent }.OfType<BillingFacts>().SelectMany(static payer => payer.Prepaid)),
            Billed = taken.Count == 0 ? Billed : Billed.Concat(taken.Select(static line => KeyValuePair.Create(line.Line, line))).ToImmutableDictionary(StringComparer.Ordinal),
        };
    }

    private static KeyValuePair<string, long> GivesBack(LineDraft line, int sign) => KeyValuePair.Create(line.CreditedLine ?? "", -line.CarriedWallet * sign);

    private static BillingFacts Moved(BillingFacts facts, Documents documents) => facts with
    {
        Prepaid = documents.Wallets.After(facts.Prepaid),
        CreditBalance = facts.CreditBalance + documents.BalanceMoves.Where(move => move.Account == facts.Account.Account).Sum(static move => move.Amount),
    };

    /// <summary>
    /// What an item costs in the current period, for service that begins at an instant: the phase of its plan, and whether its
    /// negotiated price is still in force.
    /// </summary>
    public PriceTerms TermsOf(SubscriptionState state, SubscriptionItem item, Instant start)
    {
        var plan = PlanOf(item);
        var phase = PhaseCount.PhaseOf(state, plan);
        var price = plan.Find(item.Price, phase) ?? throw new InvalidOperationException($"Plan {item.Plan}@{item.PlanVersion} has no price {item.Price}.");
        return new PriceTerms(plan, price, item.Quantity)
        {
            Phase = phase,
            Override = item.Override is { } given && given.AppliesAt(start) ? given : null,
        };
    }

    /// <summary>The plan's own price that an item bills, phases and negotiated prices aside.</summary>
    public Price PriceOf(SubscriptionItem item) =>
        PlanOf(item).Find(item.Price) ?? throw new InvalidOperationException($"Plan {item.Plan}@{item.PlanVersion} has no price {item.Price}.");
}

/// <summary>What a step of a subscription's life gives: the new state and what is committed with it.</summary>
/// <param name="State">The subscription after the step.</param>
/// <param name="Documents">Invoices, entries, payments, events.</param>
public sealed record SubscriptionStep(SubscriptionState State, Documents Documents)
{
    /// <summary>A step that documents nothing but an event.</summary>
    public static SubscriptionStep Of(SubscriptionState state, params ReadOnlySpan<BillingEvent> events) =>
        new(state, Documents.None with { Events = [.. events] });

    /// <summary>The step with events told before its documents' own.</summary>
    public SubscriptionStep Telling(params ReadOnlySpan<BillingEvent> events) =>
        this with { Documents = Documents with { Events = [.. events, .. Documents.Events] } };

    /// <summary>The step with further invoices that must stand as they were seen.</summary>
    internal SubscriptionStep Seeing(ImmutableArray<InvoiceSeen> seen) =>
        seen.IsEmpty ? this : this with { Documents = Documents.Seeing(seen) };
}

/// <summary>The frame of one step: when it takes effect, when it is done, and its ids.</summary>
/// <param name="At">The effective instant: the due time, which a late step keeps.</param>
/// <param name="Now">The account's clock; issue and due dates count from it.</param>
/// <param name="Ids">Ids of this turn.</param>
/// <param name="Cause">The turn's name on lines of revisions above 0, unique, such as <c>cancel:sub_x:2</c>.</param>
public sealed record StepContext(Instant At, Instant Now, IdSource Ids, string Cause);
