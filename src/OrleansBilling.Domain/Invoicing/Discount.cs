using System.Collections.Immutable;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// What one coupon may take off one invoice: a percentage of what is eligible, or an amount as far as it reaches
/// (rules.md, "Discounts").
/// </summary>
/// <param name="Id">Names it on the lines that it reduces; unique among the discounts of an invoice: <c>disc_...</c></param>
/// <param name="Coupon">The coupon's code.</param>
/// <param name="PercentOff">Percent, above 0 and at most 100; null where it is an amount.</param>
/// <param name="AmountLeft">Minor units that it may still give; null where it is a percentage.</param>
/// <param name="AppliesTo">Codes of plans or prices, or <c>plan/price</c>; empty applies to every line.</param>
public sealed record Discount(string Id, string Coupon, decimal? PercentOff, long? AmountLeft, ImmutableArray<string> AppliesTo)
{
    /// <summary>A percentage.</summary>
    public static Discount Percent(string id, string coupon, decimal percentOff, ImmutableArray<string> appliesTo) => new(id, coupon, percentOff, null, appliesTo);

    /// <summary>An amount, as far as it is left.</summary>
    public static Discount Amount(string id, string coupon, long left, ImmutableArray<string> appliesTo) => new(id, coupon, null, left, appliesTo);

    /// <summary>
    /// True where it may reduce a line. Credits never: they carry the discount of what they take back. Lines below zero and
    /// lines whose discounts are fixed already (<see cref="LineDraft.CarriedDiscounts"/>, <see cref="LineDraft.HasWaited"/>) neither.
    /// </summary>
    public bool Reduces(LineDraft line) =>
        line is { Amount: > 0, CreditedLine: null, Kind: not LineKind.ProrationCredit, HasWaited: false }
        && line.CarriedDiscounts.IsEmpty
        && AppliesToPrice(AppliesTo, line.Plan, line.Price);

    /// <summary>True where a price is among what a coupon is limited to, by its own code, its plan's or <c>plan/price</c>; or where it is not limited.</summary>
    public static bool AppliesToPrice(ImmutableArray<string> appliesTo, string? plan, string? price) =>
        appliesTo.IsDefaultOrEmpty
        || (price is not null && appliesTo.Contains(price))
        || (plan is not null && (appliesTo.Contains(plan) || appliesTo.Contains($"{plan}/{price}")));
}

/// <summary>The part of a line's discount that one coupon made.</summary>
/// <param name="Discount">The <see cref="Discount.Id"/> of what made it.</param>
/// <param name="Coupon">The coupon's code.</param>
/// <param name="Amount">Minor units: above zero where it was given, below where a credit takes it back.</param>
public sealed record LineDiscount(string Discount, string Coupon, long Amount);
