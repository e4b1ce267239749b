using NodaTime;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Invoicing;

public static partial class InvoiceDecider
{
    /// <summary>
    /// Takes the invoice back: revenue and tax are reversed, what was owed is owed no more, credit balance that it had
    /// taken is given back. What other documents have credited of its lines is reversed already and not reversed twice, and
    /// what of it went to the balance is given back already.
    /// 422 <c>invoice_not_open</c>, <c>money_received</c> (while money received is not refunded), <c>lines_credited</c> (where
    /// the balance was given more than the invoice had taken of it), <c>draft_credits_lines</c> (what a draft credits may still
    /// be given or not), <c>credits_void_invoice</c>, <c>prepaid_given_back</c>, <c>coupon_given_again</c>; 409 <c>payment_in_progress</c>.
    /// What prepaid credit has paid goes back to its grants, less what credits have given back; an invoice that it paid whole
    /// can be voided, too.
    /// </summary>
    /// <param name="state">The invoice.</param>
    /// <param name="facts">Of collection.</param>
    /// <param name="credited">By id: the invoices whose lines it credits. Where one is void, that one gave back only what this
    /// document had not given: taken back as well, it would be lost.</param>
    /// <param name="now">The account's clock.</param>
    public static Decided<InvoiceTurn> Void(
        InvoiceState state, CollectionFacts facts, IReadOnlyDictionary<string, CreditableInvoice> credited, Instant now)
    {
        var decided = Void(state, facts, now);
        if (decided.Refusal is { } refusal)
        {
            return refusal;
        }

        if (credited.Values.FirstOrDefault(static invoice => invoice.Status is InvoiceStatus.Void) is { } gone)
        {
            return Refusal.Rule(
                "credits_void_invoice",
                $"The invoice credits lines of {gone.Id}, which was voided less this credit. Take its charges back by a credit note instead.");
        }

        var documents = decided.Value.Documents;
        return decided.Value with
        {
            Documents = documents with
            {
                InvoicesCredited = [.. documents.InvoicesCredited, .. credited.Values.Select(static seen => new InvoiceSeen(seen.Id, seen.Version))],
            },
        };
    }

    /// <summary>As with credited invoices: of a document that credits none, or whose credits another one takes over in the same turn.</summary>
    public static Decided<InvoiceTurn> Void(InvoiceState state, CollectionFacts facts, Instant now)
    {
        if (state.Status is InvoiceStatus.Void or InvoiceStatus.Draft || state.Total < 0 || (state.Total == 0 && state.Paid.Parts.IsEmpty))
        {
            return NotOpen(state);
        }

        if ((GivenBack(state) ?? GivenAgain(state)) is { } given)
        {
            return given;
        }

        if (Away(state) is not null)
        {
            return InProgress();
        }

        var kept = state.Payments.Where(Received).Sum(static payment => payment.Amount - payment.Credited - payment.Refunded);
        if (kept > 0)
        {
            return Refusal.Rule(
                "money_received",
                $"{kept} minor units received on this invoice are not refunded; refund them first.");
        }

        if (state.CreditDrafted > 0)
        {
            return Refusal.Rule(
                "draft_credits_lines",
                $"A draft credits {state.CreditDrafted} minor units of lines of this invoice. Finalise or delete it first.");
        }

        // Of the credit balance taken at issue, what credits of its lines have not brought back yet; what credit notes have
        // sent back as money came from its payments.
        var giveBack = state.CreditApplied - (state.CreditSettled - state.CreditRefunded);
        if (giveBack < 0)
        {
            return Refusal.Rule(
                "lines_credited",
                $"Credit for lines of this invoice has gone to the balance, {-giveBack} minor units more than the invoice took from it; it cannot be voided any more.");
        }

        var change = new InvoiceChange(state, facts, now);
        DropQueued(change);
        CancelPending(change);
        PostVoid(change, state, giveBack);
        change.GiveCredit(giveBack, $"invoice:{state.Id}:voided");
        TakeBackLapsed(change);
        var prepaid = GiveBackPrepaid(change);
        change.Set(change.State with { Status = InvoiceStatus.Void, VoidedAt = now });
        change.Tell("invoice.voided", state.Id, ("total", state.Total), ("to_balance", giveBack), ("to_prepaid", prepaid));
        return change.Done();
    }

    /// <summary>
    /// What of the credit that it sold has lapsed is no breakage any more, since nobody has paid for it: it goes where the void takes the
    /// revenue. The wallet's next turn does the same with what is still deferred.
    /// </summary>
    private static void TakeBackLapsed(InvoiceChange change)
    {
        if (change.State.Sold is not { } sold)
        {
            return;
        }

        change.Post($"grant:{sold.Grant.Id}:unlapsed", new Posting(LedgerAccount.Breakage, LedgerAccount.Revenue, sold.Lapsed));
        // What lapses beside this turn would be missed: the grant must stand as it was seen.
        change.Add(new Documents { Wallets = new WalletDocuments { Grants = [new GrantWrite(sold.Grant, sold.Grant)] } });
    }

    /// <summary>Gives back to its grants all that prepaid credit has still paid of the lines, and says how much that is.</summary>
    private static long GiveBackPrepaid(InvoiceChange change)
    {
        var state = change.State;
        var ids = new IdSource($"{state.Id}/{state.Version}/prepaid", change.Now);
        if (Purse.Open(state.Account, [], state.Paid, ids, change.Now) is not { } purse)
        {
            return 0;
        }

        var value = purse.GiveBackAll($"invoice:{state.Id}:voided");
        change.Add(purse.Done());
        change.Set(state with { Paid = purse.After(state.Paid) });
        return value;
    }

    /// <summary>The refusal of taking back what gave prepaid credit back: that may have been used again, or have lapsed.</summary>
    private static Refusal? GivenBack(InvoiceState state) => state.GaveBackPrepaid
        ? Refusal.Rule(
            "prepaid_given_back",
            "Credits on this invoice have given prepaid credit back, which may be used already; credit its charges by a credit note instead.",
            "invoice")
        : null;

    /// <summary>The refusal of taking back what took coupon money back: a later document has given it again.</summary>
    private static Refusal? GivenAgain(InvoiceState state) => state.CouponGivenAgain
        ? Refusal.Rule(
            "coupon_given_again",
            "Credits on this invoice took coupon money back, which a later invoice has given again; credit its charges by a credit note instead.",
            "invoice")
        : null;

    /// <summary>
    /// Writes off what is left. 422 <c>invoice_not_open</c>; 409 <c>payment_in_progress</c>.
    /// </summary>
    public static Decided<InvoiceTurn> MarkUncollectible(InvoiceState state, CollectionFacts facts, Instant now)
    {
        if (state.Status is not InvoiceStatus.Open)
        {
            return NotOpen(state);
        }

        if (Away(state) is not null)
        {
            return InProgress();
        }

        var change = new InvoiceChange(state, facts, now);
        DropQueued(change);
        CancelPending(change);
        change.Post(
            $"invoice:{state.Id}:uncollectible",
            new Posting(LedgerAccount.BadDebt, LedgerAccount.Receivable, state.AmountRemaining));
        change.Set(change.State with { Status = InvoiceStatus.Uncollectible });
        change.Tell("invoice.marked_uncollectible", state.Id, ("amount", state.AmountRemaining));
        return change.Done();
    }

    /// <summary>
    /// Revenue and tax against what carries them: the debt (or what was written off of it), the credit balance given back,
    /// and the money received and sent back again without a credit note (<c>refunds</c>). Both sides are the total less credits of its lines.
    /// </summary>
    private static void PostVoid(InvoiceChange change, InvoiceState state, long giveBack)
    {
        var against = new (LedgerAccount Account, long Amount)[]
        {
            (Owed(state), state.AmountRemaining),
            (LedgerAccount.CustomerCredit, giveBack),
            (LedgerAccount.Refunds, state.AmountPaid - state.CreditRefunded),
        };
        var tax = state.Tax - state.CreditedTax;
        var postings = new List<Posting>();
        foreach (var (account, amount) in against)
        {
            var ofTax = Math.Min(tax, amount);
            tax -= ofTax;
            postings.Add(new Posting(LedgerAccount.TaxPayable, account, ofTax));
            postings.Add(new Posting(LedgerAccount.Revenue, account, amount - ofTax));
        }

        // Where credits within the document bear more tax than it has in all, the rest moves between the two.
        postings.Add(new Posting(LedgerAccount.TaxPayable, LedgerAccount.Revenue, tax));
        change.Post($"invoice:{state.Id}:voided", [.. postings]);
    }

    private static bool Received(Payment payment) => payment.Status is PaymentStatus.Succeeded;
}
