using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>What a line stands for. Lines hold no tax and no discount lines.</summary>
public enum LineKind
{
    /// <summary>A recurring price for a period.</summary>
    Recurring,

    /// <summary>Metered usage of a period.</summary>
    Usage,

    /// <summary>A one-time price.</summary>
    OneTime,

    /// <summary>What was billed for time that is not used.</summary>
    ProrationCredit,

    /// <summary>The share of a price for the rest of a period.</summary>
    ProrationCharge,

    /// <summary>What is missing to a plan's minimum commitment.</summary>
    Commitment,

    /// <summary>A line made by a person: one-off, pending or corrective.</summary>
    Adjustment,
}

/// <summary>A tax rate as it applied to a line.</summary>
/// <param name="Code">The account's name for the rate, such as <c>vat</c>.</param>
/// <param name="Percentage">Percent: 20 is 20 %.</param>
public sealed record TaxRate(string Code, decimal Percentage);

/// <summary>The tax of one line at one rate, in minor units.</summary>
public sealed record LineTax(TaxRate Rate, long Amount);

/// <summary>The share with which a line was charged; a credit of the line uses the same one (rules.md, "Shares of a period").</summary>
/// <param name="Policy">The policy by which it was charged.</param>
/// <param name="Share">Numerator and denominator of the whole nominal period.</param>
public sealed record LineProration(ProrationPolicy Policy, Share Share);

/// <summary>
/// What is to be billed, before discounts and tax. Rounded once, when it was made.
/// </summary>
/// <param name="Kind">What the line stands for.</param>
/// <param name="Description">Shown to the customer.</param>
/// <param name="Period">The service period the line is for.</param>
/// <param name="Amount">Minor units; negative for credits. Contains the tax where the account's prices are inclusive.</param>
/// <param name="Explain">Enough to redo the sum by hand.</param>
public sealed record LineDraft(LineKind Kind, string Description, Period Period, long Amount, Explain Explain)
{
    /// <summary>
    /// The line's id where it was given before the document is made: the line has waited for it (<see cref="PendingLine"/>).
    /// Null takes a new one.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>
    /// True where the line has waited: its discounts are <see cref="CarriedDiscounts"/>, fixed in the turn that made it and
    /// explained already, and no coupon applies to it any more. Tax is the document's.
    /// </summary>
    public bool HasWaited { get; init; }

    /// <summary>The subscription, or null for lines of the account.</summary>
    public string? Subscription { get; init; }

    /// <summary>The subscription's item, or null.</summary>
    public string? Item { get; init; }

    /// <summary>The plan whose price is billed, or null.</summary>
    public string? Plan { get; init; }

    /// <summary>The code of the price, or null.</summary>
    public string? Price { get; init; }

    /// <summary>The quantity billed; null where none applies.</summary>
    public decimal? Quantity { get; init; }

    /// <summary>Minor units for one of the quantity; null where no single one applies (tiers).</summary>
    public decimal? UnitAmount { get; init; }

    /// <summary>Selects tax rates that are limited to codes.</summary>
    public string? TaxCode { get; init; }

    /// <summary>The usage group (values of the meter's group_by), or empty.</summary>
    public string Group { get; init; } = "";

    /// <summary>Why it has no amount: such a draft is set aside and never stands on an invoice. Null where it is rated.</summary>
    public UnratedLine? Unrated { get; init; }

    /// <summary>The usage that the line bills, in the turn that makes it; null on other lines and when it is read again.</summary>
    public ClosedUsage? Usage { get; init; }

    /// <summary>Set on prorated charges; credits of them are computed from it.</summary>
    public LineProration? Proration { get; init; }

    /// <summary>The line that a credit takes back, or null.</summary>
    public string? CreditedLine { get; init; }

    /// <summary>The invoice of the line that a credit takes back, or null.</summary>
    public string? CreditedInvoice { get; init; }

    /// <summary>0 is what the schedule or the creation bills; further ones name their cause.</summary>
    public int Revision { get; init; }

    /// <summary>What made the line where <see cref="Revision"/> is above 0: <c>change:...</c>, <c>cancel:...</c>.</summary>
    public string? Cause { get; init; }

    /// <summary>
    /// Fixed before the invoice is computed: credits carry the discount share of the line they take back, sign turned, by
    /// coupon; coupons never apply to them. Empty otherwise.
    /// </summary>
    public ImmutableArray<LineDiscount> CarriedDiscounts { get; init; } = [];

    /// <summary>The sum of <see cref="CarriedDiscounts"/>.</summary>
    public long CarriedDiscount => CarriedDiscounts.Sum(static part => part.Amount);

    /// <summary>
    /// What a credit gives back of the part of its line that prepaid credit had paid, sign turned: zero or below. It goes to
    /// the grants, so the credit is worth that much less in money.
    /// </summary>
    public long CarriedWallet { get; init; }

    /// <summary>
    /// When the usage of the line came about, where grants begin or end within its period; sums to the amount. Empty for usage that
    /// every grant meets as a whole or not at all, and for all other lines.
    /// </summary>
    public ImmutableArray<UsageShare> UsedIn { get; init; } = [];

    /// <summary>Fixed tax treatment of a credit: the rates of the credited line. Null takes the account's rates.</summary>
    public ImmutableArray<TaxRate>? CarriedTaxRates { get; init; }

    /// <summary>Inclusiveness of a credited line; null takes the account's.</summary>
    public bool? CarriedInclusive { get; init; }
}

/// <summary>A line of an invoice, complete with its share of discount and tax.</summary>
/// <param name="Id"><c>line_...</c></param>
/// <param name="Draft">What was billed.</param>
/// <param name="DiscountAmount">Minor units taken off before tax; not negative on charges.</param>
/// <param name="TaxAmount">Minor units of tax: on top where exclusive, contained where inclusive.</param>
/// <param name="Taxes">The tax per rate; sums to <paramref name="TaxAmount"/>.</param>
/// <param name="TaxInclusive">True where <c>Draft.Amount</c> contains the tax.</param>
/// <param name="Explain">The draft's steps, then discount, tax and rounding.</param>
public sealed record InvoiceLine(
    string Id,
    LineDraft Draft,
    long DiscountAmount,
    long TaxAmount,
    ImmutableArray<LineTax> Taxes,
    bool TaxInclusive,
    Explain Explain)
{
    /// <summary>Which coupons made the discount, in the order in which they did; sums to <c>DiscountAmount</c>.</summary>
    public ImmutableArray<LineDiscount> Discounts { get; init; } = [];

    /// <summary>Minor units of the line paid by wallet credit, before tax; negative on a credit that gives it back.</summary>
    public long WalletAmount { get; init; }

    /// <summary>What the line adds to the document's total: amount less discount and wallet credit, plus tax on top.</summary>
    public long Total => Draft.Amount - DiscountAmount - WalletAmount + (TaxInclusive ? 0 : TaxAmount);
}
