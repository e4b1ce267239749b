using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>A coupon on a subscription, with what is left of it.</summary>
/// <param name="Id"><c>disc_...</c>: names it on the lines that it reduces.</param>
/// <param name="Coupon">As it was made.</param>
/// <param name="AttachedAt">On the account's clock.</param>
/// <param name="PeriodEnd">The end of the period that <see cref="PeriodAmount"/> and <see cref="Uses"/> are of.</param>
public sealed record AttachedCoupon(string Id, Coupon Coupon, Instant AttachedAt, Instant PeriodEnd)
{
    /// <summary>Periods that ended and in which it reduced something.</summary>
    public int PeriodsUsed { get; init; }

    /// <summary>Minor units that an amount coupon gives in the current period, over all its invoices; 0 for a percentage.</summary>
    public long PeriodAmount { get; init; }

    /// <summary>What invoices of the current period gave of it.</summary>
    public ImmutableArray<CouponUse> Uses { get; init; } = [];

    /// <summary>The documents by which it has more to give than else, since they took back of an earlier period.</summary>
    public ImmutableArray<CouponReliance> ReliesOn { get; init; } = [];
}

/// <summary>What one invoice gave of a coupon, or took back of what another one gave in the same period.</summary>
/// <param name="Invoice">The invoice; should it be void, this counts as not given. Null where its lines waited for one.</param>
/// <param name="Amount">Minor units on charges; below zero on credits.</param>
public sealed record CouponUse(string? Invoice, long Amount)
{
    /// <summary>One of the lines, where they waited for an invoice: it stands on the invoice that took them.</summary>
    public string? Line { get; init; }

    /// <summary>
    /// Of what was taken back, the invoice of the charge; should it be void, nothing of it was given and nothing taken back. Null for
    /// what was given, and where the charge waited.
    /// </summary>
    public string? CreditedInvoice { get; init; }

    /// <summary>Of what was taken back, a charge that waited for an invoice; else null.</summary>
    public string? CreditedLine { get; init; }

    /// <summary>The invoice, also of lines that have waited; null while they wait.</summary>
    public string? Standing(SubscriptionFacts facts) =>
        Line is null ? Invoice : facts.InvoiceOf(Invoice, Line);

    /// <summary>The invoices on which it depends whether this counts.</summary>
    public IEnumerable<string> On(SubscriptionFacts facts) => new[]
    {
        Standing(facts), CreditedLine is null ? CreditedInvoice : facts.InvoiceOf(CreditedInvoice, CreditedLine),
    }.OfType<string>();

    /// <summary>False where the invoice, or the one whose charge it takes back, is void.</summary>
    public bool Counts(SubscriptionFacts facts) => !On(facts).Any(invoice => facts.IsVoid(invoice, ""));
}
