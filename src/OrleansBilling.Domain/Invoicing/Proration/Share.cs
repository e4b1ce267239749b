using System.Globalization;

namespace OrleansBilling.Domain.Invoicing.Proration;

/// <summary>
/// An exact part of a nominal period, kept as the fraction that was counted (9 of 30 days) and never as its quotient.
/// </summary>
/// <remarks>Equality compares the fractions as they stand: 30/30 is whole, and yet not equal to 1/1.</remarks>
/// <param name="Numerator">Days, or seconds by policy <c>second</c>. Whole except where an instant has parts of a second.</param>
/// <param name="Denominator">The same of the whole nominal period; above zero.</param>
public readonly record struct Share(decimal Numerator, decimal Denominator)
{
    /// <summary>The whole.</summary>
    public static Share One => new(1, 1);

    /// <summary>Nothing.</summary>
    public static Share Zero => new(0, 1);

    /// <summary>The quotient; for display and comparison, not for money.</summary>
    public decimal Value => Numerator / Denominator;

    /// <summary>True for the whole.</summary>
    public bool IsWhole => Numerator == Denominator;

    /// <summary>True for nothing.</summary>
    public bool IsZero => Numerator == 0;

    /// <summary>This part of an exact amount, not yet rounded: multiplied first, so that thirds stay exact.</summary>
    public decimal Of(decimal exact) => exact * Numerator / Denominator;

    /// <summary>Such as <c>9/30</c>.</summary>
    public override string ToString() => Text(Numerator) + "/" + Text(Denominator);

    private static string Text(decimal value) => value.ToString("0.#########", CultureInfo.InvariantCulture);
}
