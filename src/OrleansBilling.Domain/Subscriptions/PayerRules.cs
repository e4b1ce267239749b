using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What stands against a paying parent, and what a subscription cannot do while another account pays for it.</summary>
public static class PayerRules
{
    /// <summary>
    /// What stands against billing an account to another, or null: 404 <c>account_not_found</c>; 422 <c>billed_to_itself</c>,
    /// <c>payer_currency_differs</c>, <c>payer_clock_differs</c>, <c>payer_is_billed_to_another</c>, <c>account_pays_for_others</c>.
    /// </summary>
    /// <param name="child">The account whose subscriptions are billed, as it shall be.</param>
    /// <param name="parent">The account that shall pay; null where it does not exist.</param>
    /// <param name="pays">True where other accounts are billed to the child.</param>
    public static Refusal? RefusalOf(AccountFacts child, AccountFacts? parent, bool pays)
    {
        if (child.BilledTo == child.Account)
        {
            return Refusal.Rule("billed_to_itself", "An account pays its own invoices anyway: leave billed_to out.", "billed_to");
        }

        if (parent is null)
        {
            return Refusal.NotFound("account_not_found", $"There is no account {child.BilledTo}.", "billed_to");
        }

        if (parent.Currency != child.Currency)
        {
            return Refusal.Rule("payer_currency_differs", $"The paying account bills in {parent.Currency}, this one in {child.Currency}. Name a payer with the same currency.", "billed_to");
        }

        if (parent.Clock != child.Clock)
        {
            return Refusal.Rule("payer_clock_differs", "The paying account lives on another clock. Name a payer on the same one.", "billed_to");
        }

        if (parent.BilledTo is not null)
        {
            return Refusal.Rule("payer_is_billed_to_another", "The paying account is itself billed to another. Name the account that pays in the end.", "billed_to");
        }

        return pays
            ? Refusal.Rule("account_pays_for_others", "Other accounts are billed to this one, so it must pay itself. Bill them to another account first.", "billed_to")
            : null;
    }

    /// <summary>422 <c>pending_lines_wait</c>.</summary>
    public static Refusal LinesWait() =>
        Refusal.Rule("pending_lines_wait", "Lines wait for the account's next invoice. Bill or remove them first: another payer must not get them.", "billed_to");

    /// <summary>422 <c>grouping_with_billed_to</c>.</summary>
    public static Refusal NotGrouped() =>
        Refusal.Rule("grouping_with_billed_to", "Another account pays for this one: an invoice is made for each subscription. Use invoice_grouping subscription, or leave billed_to out.", "invoice_grouping");

    /// <summary>422 <c>billed_to_another</c> for lines that should wait.</summary>
    public static Refusal? RefusalOf(InvoiceTiming timing, SubscriptionFacts facts) => timing is InvoiceTiming.Next && facts.Parent is not null
        ? Refusal.Rule("billed_to_another", "Another account pays for this one: lines do not wait for its next invoice. Use invoice now.", "invoice")
        : null;

    /// <summary>422 <c>billed_to_another</c> for a payment method of the subscription.</summary>
    public static Refusal NoOwnMethod() =>
        Refusal.Rule("billed_to_another", "Another account pays for this one: its default payment method is charged. Leave payment_method out.", "payment_method");

    /// <summary>422 <c>billed_to_another</c> for an activation that waits for a payment.</summary>
    internal static Refusal NoGate() =>
        Refusal.Rule("billed_to_another", "Another account pays for this one: the subscription cannot wait for its first payment. Use activate.", "payment_behavior");
}
