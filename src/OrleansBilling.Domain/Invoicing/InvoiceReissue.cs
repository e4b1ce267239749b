using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Wallets;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>An invoice that is issued anew.</summary>
/// <param name="Old">The turn that takes the old document back.</param>
/// <param name="Documents">Of both: the old header, and the new document with what belongs to it.</param>
/// <param name="New">The new document.</param>
/// <param name="Lines">Its lines, by the id of the old line that each replaces.</param>
public sealed record Reissued(InvoiceTurn Old, Documents Documents, Invoice New, ImmutableDictionary<string, InvoiceLine> Lines);

/// <summary>
/// Issues an invoice anew: the old document is voided, and a new one bills the same lines by today's facts of the account
/// (tax, terms, seller, address). Both in one transaction, so that nothing is billed twice or not at all.
/// </summary>
public static class InvoiceReissue
{
    /// <summary>
    /// Decides. Amounts, discounts and what credits carry stay; charges take today's rates, unless theirs were given with them.
    /// Refusals: those of <see cref="InvoiceDecider.Void(InvoiceState, CollectionFacts, Instant)"/> (<c>money_received</c>: refund it, or credit the invoice instead),
    /// 422 <c>lines_credited</c> (a credit of the old lines would not be one of the new), <c>grouped_invoice</c>,
    /// <c>prepaid_credit_sold</c>. Prepaid credit that had paid the old lines goes back, and pays the new ones as it counts now.
    /// </summary>
    /// <param name="state">The old header.</param>
    /// <param name="lines">Its lines, all of them.</param>
    /// <param name="facts">Account, credit balance and dunning policy as read before the turn.</param>
    /// <param name="arriving">Minor units of credit on their way to it.</param>
    /// <param name="blocked">Payment methods that a hard decline forbids to try again.</param>
    /// <param name="credited">By id: the invoices whose lines it credits.</param>
    /// <param name="revision">Of the new lines, above those of the old; lines that are alike take the next ones.</param>
    /// <param name="cause">Names the reissue on the new lines, unique.</param>
    /// <param name="now">The account's clock.</param>
    /// <param name="ids">Ids of this turn.</param>
    /// <param name="terms">What its subscription asks of the collection of the new document.</param>
    public static Decided<Reissued> Make(
        InvoiceState state, ImmutableArray<InvoiceLine> lines, BillingFacts facts, long arriving,
        ImmutableHashSet<string> blocked, IReadOnlyDictionary<string, CreditableInvoice> credited, int revision, string cause, Instant now, IdSource ids,
        CollectionTerms? terms = null)
    {
        var taken = InvoiceDecider.Void(state, new CollectionFacts(facts.Account.DefaultMethod, facts.Dunning, blocked), now);
        if (taken.Refusal is { } refusal)
        {
            return refusal;
        }

        // A note can come to nothing, of a line that a coupon paid whole, and has taken its line back all the same.
        if (state.CreditSettled > 0 || arriving > 0 || !state.CreditNotes.IsEmpty)
        {
            return Refusal.Rule(
                "lines_credited", "Lines of this invoice have been credited; a new document would bill them in full again. Credit the rest and make a new invoice.");
        }

        if (InvoiceDecider.SellsCredit(state) is { } sold)
        {
            return sold;
        }

        if (state.Subscription is null && lines.Any(static line => line.Draft.Subscription is not null))
        {
            return Refusal.Rule("grouped_invoice", "The invoice gathers lines of several subscriptions; credit it and bill them anew.");
        }

        // What rounded the old document is not billed again: the new one is rounded by itself.
        lines = lines.RemoveAll(CashRounding.IsRounding);
        var alike = new Dictionary<(string?, string?, LineKind, Instant, string, string?), int>();
        var named = lines.ToDictionary(static line => line.Id, _ => ids.Next("line"), StringComparer.Ordinal);
        var drafts = lines.Select(line => Named(Draft(line, revision, cause, alike), line.Id, named)).ToList();
        var old = taken.Value;
        var id = ids.Next("inv");
        var purse = Purse.Open(facts.Account.Account, facts.Prepaid, old.State.Paid, ids, now);
        var computed = InvoiceCalculator.Compute(
            drafts, [], facts.Account.Tax, facts.Account.Currency, ids, purse is null ? null : new PrepaidUse(purse, id));
        var back = old.Documents.BalanceMoves.Sum(static move => move.Amount);
        var issued = InvoiceIssue.Issue(
            id, state.Subscription, computed, facts with { CreditBalance = facts.CreditBalance + back }, now, "reissue", ids, credited, terms);
        var made = old.Documents.And(issued with
        {
            // What the decision saw is the balance before the old document gave back what it had taken.
            BalanceMoves = [.. issued.BalanceMoves.Select(move => move.Seen is null ? move : move with { Seen = facts.CreditBalance })],
        });
        var document = issued.Invoices[^1];
        var told = BillingEvent.Of(
            "invoice.reissued", state.Account, state.Id, ("currency", state.Currency), ("replaced_by", document.Id), ("subscription", state.Subscription));
        return new Reissued(
            old, made with { Events = [.. made.Events, told] }, document,
            lines.Zip(document.Lines).ToImmutableDictionary(static pair => pair.First.Id, static pair => pair.Second, StringComparer.Ordinal));
    }

    /// <summary>A credit that stands beside its charge follows it to the charge's new line.</summary>
    private static LineDraft Named(LineDraft draft, string old, Dictionary<string, string> named) => draft with
    {
        Id = named[old],
        CreditedLine = draft is { CreditedLine: { } credited, CreditedInvoice: null } && named.TryGetValue(credited, out var made) ? made : draft.CreditedLine,
    };

    /// <summary>
    /// A line to be billed anew. Lines that waited for the old document may be alike but for what made them (two by hand, two
    /// changes at one instant): the reissue is one cause for all, so that they are counted through.
    /// </summary>
    private static LineDraft Draft(
        InvoiceLine line, int revision, string cause, Dictionary<(string?, string?, LineKind, Instant, string, string?), int> alike)
    {
        var key = (line.Draft.Subscription, line.Draft.Item, line.Draft.Kind, line.Draft.Period.Start, line.Draft.Group, line.Draft.CreditedLine);
        var before = line.Draft.Subscription is null ? 0 : alike.GetValueOrDefault(key);
        alike[key] = before + 1;
        var own = line.Explain with { Steps = [.. line.Explain.Steps.Where(static step => step.Operation is not ("discount" or "prepaid" or "tax" or "tax_contained"))] };
        // A credit keeps the treatment of what it takes back on another document (beside its charge it bears what the charge does);
        // so do rates that a person gave with the line.
        var keeps = line.Draft.CreditedInvoice is not null || own.Facts.ContainsKey(OneOffInvoice.GivenRates);
        return line.Draft with
        {
            Explain = own,
            Revision = revision + before,
            Cause = before == 0 ? cause : $"{cause}:{before + 1}",
            CarriedDiscounts = !line.Discounts.IsEmpty ? line.Discounts
                : line.DiscountAmount == 0 ? []
                : [new LineDiscount("disc_reissue", "reissued", line.DiscountAmount)],
            CarriedTaxRates = keeps ? [.. line.Taxes.Select(static tax => tax.Rate)] : null,
            CarriedInclusive = keeps ? line.TaxInclusive : null,
        };
    }
}
