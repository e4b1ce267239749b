namespace OrleansBilling.Domain.Invoicing.Proration;

/// <summary>An exact part of a nominal period.</summary>
/// <param name="Numerator">Days or seconds (ticks) of the part.</param>
/// <param name="Denominator">Of the whole nominal period; above zero.</param>
public readonly record struct Share(decimal Numerator, decimal Denominator)
{
    /// <summary>The whole.</summary>
    public static Share One => new(1, 1);

    /// <summary>Nothing.</summary>
    public static Share Zero => new(0, 1);

    /// <summary>The quotient; not exact, for display only.</summary>
    public decimal Value => Numerator / Denominator;

    /// <summary>Such as <c>9/30</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Numerator:0.############}/{Denominator:0.############}");
}
