using System.Collections.Immutable;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Issues an invoice of a subscription anew. The subscription's turn does it, since its charges follow to the new document in
/// the same transaction: credits later are of the new lines.
/// </summary>
public static class SubscriptionReissue
{
    /// <summary>Decides. Refusals: those of <see cref="InvoiceReissue.Make"/> (<c>lines_credited</c> also where a credit of its lines waits
    /// for the next invoice); 404 <c>invoice_not_found</c> for one of another subscription; <c>payer_changed</c>; <c>subscription_incomplete</c> while it waits for its first payment.</summary>
    /// <param name="state">The subscription.</param>
    /// <param name="invoice">The old header.</param>
    /// <param name="facts">Account facts, the invoices that the old one credits, and the lines that wait for the next one.</param>
    /// <param name="context">The frame of the turn.</param>
    /// <param name="make">Makes the new document by account facts, terms of collection and revision.</param>
    public static Decided<(SubscriptionStep Step, Reissued Reissued)> Reissue(
        SubscriptionState state, InvoiceState invoice, SubscriptionFacts facts, StepContext context,
        Func<BillingFacts, CollectionTerms, int, Decided<Reissued>> make)
    {
        if (invoice.Subscription != state.Id)
        {
            return Refusal.NotFound("invoice_not_found", $"The subscription has no invoice {invoice.Id}.");
        }

        if (state.AwaitedInvoice is not null)
        {
            return SubscriptionActivation.Incomplete();
        }

        if (invoice.Account != facts.Payer.Account.Account)
        {
            return Refusal.Rule("payer_changed", "The invoice was issued to an earlier payer; an invoice issued anew would go to the payer of today. Void it or credit it instead.");
        }

        var revision = state.Revision + 1;
        var decided = make(SubscriptionInvoicing.BillingOf(state, facts), SubscriptionInvoicing.TermsOf(state, context), revision);
        if (decided.Refusal is { } refusal)
        {
            return refusal;
        }

        if (facts.Pending.Any(line => line.CreditedLine is { } credited && facts.InvoiceOf(line.CreditedInvoice, credited) == invoice.Id))
        {
            return Refusal.Rule(
                "lines_credited", "Credit for lines of this invoice waits for the next one; a new document would bill them in full again. Issue it anew before a change, or credit it.");
        }

        var reissued = decided.Value;
        revision = reissued.New.Lines.Select(line => line.Draft.Revision).Append(revision).Max();
        return (new SubscriptionStep(Follow(state with { Revision = revision }, invoice.Id, reissued), reissued.Documents), reissued);
    }

    /// <summary>The charges that stand on the old document, what it gave of coupons and what counts towards commitments stand on the new one.</summary>
    private static SubscriptionState Follow(SubscriptionState state, string old, Reissued reissued)
    {
        var lines = reissued.Lines;
        return state with
        {
            Items = [.. state.Items.Select(item => Follow(item, old, reissued.New, lines))],
            Former = [.. state.Former.Select(item => Follow(item, old, reissued.New, lines))],
            UsageWaiting = [.. state.UsageWaiting.Select(part => part with { Pieces = Follow(part.Pieces, old, reissued.New, lines) })],
            SetAside = [.. state.SetAside.Select(line => line.Usage is { Pieces.IsEmpty: false } part ? line with { Usage = part with { Pieces = Follow(part.Pieces, old, reissued.New, lines) } } : line)],
            Coupons = [.. state.Coupons.Select(coupon => coupon with
            {
                Uses = [.. coupon.Uses.Select(use => Follow(use, old, reissued.New, lines))],
                ReliesOn = [.. coupon.ReliesOn.Select(one => StoodOn(one.Invoice, one.Line ?? "", old, lines) ? one with { Invoice = reissued.New.Id } : one)],
            })],
            Commitments = [.. state.Commitments.Select(running => Follow(running, old, reissued.New, lines))],
            CommitmentsWaiting = [.. state.CommitmentsWaiting.Select(ended => ended with { Running = Follow(ended.Running, old, reissued.New, lines) })],
            LatestInvoice = state.LatestInvoice == old ? reissued.New.Id : state.LatestInvoice,
        };
    }

    /// <summary>What was taken back of a charge that stands beside its credit follows both.</summary>
    private static CouponUse Follow(CouponUse use, string old, Invoice made, ImmutableDictionary<string, InvoiceLine> lines)
    {
        var follows = StoodOn(use.Invoice, use.Line ?? "", old, lines) ? use with { Invoice = made.Id } : use;
        return use is { CreditedInvoice: null, CreditedLine: { } credited } && lines.ContainsKey(credited)
            ? follows with { CreditedInvoice = made.Id, CreditedLine = null }
            : follows;
    }

    private static SubscriptionItem Follow(SubscriptionItem item, string old, Invoice made, ImmutableDictionary<string, InvoiceLine> lines) => item with
    {
        Billed = item.Billed is { } billed ? Follow(billed, old, made, lines) : null,
        History = item.History is { } history
            ? history with
            {
                Settled = [.. history.Settled.Select(charge => StoodOn(charge.Invoice, charge.Line, old, lines) ? charge with { Invoice = made.Id, Line = lines[charge.Line].Id } : charge)],
                Differences = [.. history.Differences.Select(charge => Follow(charge, old, made, lines))],
            }
            : null,
        Arrears = item.Arrears is { } arrears
            ? arrears with { Parts = [.. arrears.Parts.Select(part => part.Line is { } line && StoodOn(part.Invoice, line, old, lines) ? part with { Invoice = made.Id, Line = lines[line].Id } : part)] }
            : null,
        Usage = item.Usage is { Pieces.IsEmpty: false } usage ? usage with { Pieces = Follow(usage.Pieces, old, made, lines) } : item.Usage,
    };

    private static ImmutableArray<UsagePiece> Follow(ImmutableArray<UsagePiece> pieces, string old, Invoice made, ImmutableDictionary<string, InvoiceLine> lines) =>
        [.. pieces.Select(piece => piece with { Charge = Follow(piece.Charge, old, made, lines) })];

    private static Commitment Follow(Commitment running, string old, Invoice made, ImmutableDictionary<string, InvoiceLine> lines) => running with
    {
        Lines = [.. running.Lines.Select(line => StoodOn(line.Invoice, line.Line, old, lines) ? line with { Invoice = made.Id, Line = lines[line.Line].Id } : line)],
    };

    private static BilledCharge Follow(BilledCharge charge, string old, Invoice made, ImmutableDictionary<string, InvoiceLine> lines)
    {
        if (!StoodOn(charge.Invoice, charge.Line, old, lines))
        {
            return charge;
        }

        var line = lines[charge.Line];
        return charge with
        {
            Invoice = made.Id,
            Line = line.Id,
            Amount = line.Draft.Amount,
            Discount = line.DiscountAmount,
            Discounts = line.Discounts,
            TaxRates = [.. line.Taxes.Select(tax => tax.Rate)],
            TaxInclusive = line.TaxInclusive,
        };
    }

    /// <summary>True for a line of the old document; one that has waited for it names no invoice, and kept its id.</summary>
    private static bool StoodOn(string? invoice, string line, string old, ImmutableDictionary<string, InvoiceLine> lines) =>
        invoice == old || (invoice is null && lines.ContainsKey(line));
}
