using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Kernel;

/// <summary>Everything that a decision writes beside the state: committed with it in one transaction, or not at all.</summary>
public sealed record Documents
{
    /// <summary>Nothing.</summary>
    public static Documents None { get; } = new();

    /// <summary>Invoices issued or drafted; their lines go with them.</summary>
    public ImmutableArray<Invoice> Invoices { get; init; } = [];

    /// <summary>Drafts that are issued now.</summary>
    public ImmutableArray<FinalizedDraft> Finalized { get; init; } = [];

    /// <summary>Headers of invoices issued earlier, as they shall be.</summary>
    public ImmutableArray<InvoiceState> InvoiceHeaders { get; init; } = [];

    /// <summary>Payments, new or changed.</summary>
    public ImmutableArray<Payment> Payments { get; init; } = [];

    /// <summary>Payment attempts, new or stepped on.</summary>
    public ImmutableArray<AttemptWrite> Attempts { get; init; } = [];

    /// <summary>Refunds, new or changed.</summary>
    public ImmutableArray<Refund> Refunds { get; init; } = [];

    /// <summary>Lines that wait for a later document.</summary>
    public ImmutableArray<PendingLine> PendingLines { get; init; } = [];

    /// <summary>
    /// Ids of waiting lines that go without being billed, or are written anew among <see cref="PendingLines"/>. A commit meets each of them, as it meets those that its invoices
    /// take (<see cref="LineDraft.HasWaited"/>): a line is taken once, and a miss decides the turn again.
    /// </summary>
    public ImmutableArray<string> PendingDropped { get; init; } = [];

    /// <summary>Boundaries whose gathered lines go on one invoice of the account, once its due work of then is done.</summary>
    public ImmutableArray<NodaTime.Instant> GatherAt { get; init; } = [];

    /// <summary>Journal entries, one per cause.</summary>
    public ImmutableArray<JournalEntry> Entries { get; init; } = [];

    /// <summary>What is told to the outside.</summary>
    public ImmutableArray<BillingEvent> Events { get; init; } = [];

    /// <summary>Moves of credit balances.</summary>
    public ImmutableArray<BalanceMove> BalanceMoves { get; init; } = [];

    /// <summary>Credits sent to open invoices.</summary>
    public ImmutableArray<CreditInTransit> CreditsSent { get; init; } = [];

    /// <summary>Invoices whose lines these documents credit, as the decision saw them; a commit meets them unchanged.</summary>
    public ImmutableArray<InvoiceSeen> InvoicesCredited { get; init; } = [];

    /// <summary>
    /// Invoices on which the decision depends, though it credits none of their lines: a commit meets them unchanged, and leaves them so. Any
    /// number of turns may see one invoice side by side.
    /// </summary>
    public ImmutableArray<InvoiceSeen> InvoicesSeen { get; init; } = [];

    /// <summary>Ids of credits that arrived and are applied by this turn.</summary>
    public ImmutableArray<string> CreditsArrived { get; init; } = [];

    /// <summary>Redemptions taken from their coupons' limits.</summary>
    public ImmutableArray<CouponRedemption> Redemptions { get; init; } = [];

    /// <summary>Credit notes issued; their lines go with them.</summary>
    public ImmutableArray<CreditNote> CreditNotes { get; init; } = [];

    /// <summary>Wallets, grants, holds and movements of prepaid credit.</summary>
    public WalletDocuments Wallets { get; init; } = WalletDocuments.None;

    /// <summary>Spans of usage that are closed without a line; those with one are on it (<see cref="LineDraft.Usage"/>).</summary>
    public ImmutableArray<ClosedUsage> UsageClosed { get; init; } = [];

    /// <summary>The documents with further invoices that must stand as they were seen; those of which coupon money is given again are marked, as credited ones.</summary>
    public Documents Seeing(IReadOnlyCollection<InvoiceSeen> seen) => this with
    {
        InvoicesCredited = InvoiceSeen.Together(InvoicesCredited.Concat(seen.Where(static one => one.CouponGivenAgain))),
        InvoicesSeen = InvoiceSeen.Together(InvoicesSeen.Concat(seen.Where(static one => !one.CouponGivenAgain))),
    };

    /// <summary>Both sets of documents, in order.</summary>
    public Documents And(Documents other) => new()
    {
        Invoices = Invoices.AddRange(other.Invoices),
        Finalized = Finalized.AddRange(other.Finalized),
        InvoiceHeaders = InvoiceHeaders.AddRange(other.InvoiceHeaders),
        Payments = Payments.AddRange(other.Payments),
        Attempts = Attempts.AddRange(other.Attempts),
        Refunds = Refunds.AddRange(other.Refunds),
        PendingLines = PendingLines.AddRange(other.PendingLines),
        PendingDropped = PendingDropped.AddRange(other.PendingDropped),
        GatherAt = GatherAt.AddRange(other.GatherAt),
        Entries = Entries.AddRange(other.Entries),
        Events = Events.AddRange(other.Events),
        BalanceMoves = BalanceMoves.AddRange(other.BalanceMoves),
        CreditsSent = CreditsSent.AddRange(other.CreditsSent),
        InvoicesCredited = InvoicesCredited.AddRange(other.InvoicesCredited),
        InvoicesSeen = InvoicesSeen.AddRange(other.InvoicesSeen),
        CreditsArrived = CreditsArrived.AddRange(other.CreditsArrived),
        Redemptions = Redemptions.AddRange(other.Redemptions),
        CreditNotes = CreditNotes.AddRange(other.CreditNotes),
        UsageClosed = UsageClosed.AddRange(other.UsageClosed),

        Wallets = Wallets.And(other.Wallets),
    };
}
