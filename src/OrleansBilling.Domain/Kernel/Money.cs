namespace OrleansBilling.Domain.Kernel;

/// <summary>
/// A whole number of minor units of one currency. Negative amounts are credits.
/// </summary>
/// <remarks>
/// Adding two currencies is an error of the program, not of the caller, and throws. All arithmetic is checked:
/// an overflow throws instead of wrapping.
/// </remarks>
/// <param name="Amount">Minor units (cents for usd, yen for jpy, fils for kwd).</param>
/// <param name="Currency">The currency of the amount.</param>
public readonly record struct Money(long Amount, Currency Currency) : IComparable<Money>
{
    /// <summary>True where the amount is nought.</summary>
    public bool IsZero => Amount == 0;

    /// <summary>Nothing, in the given currency.</summary>
    public static Money Zero(Currency currency) => new(0, currency);

    /// <summary>The sum; both sides must be of one currency.</summary>
    public static Money operator +(Money left, Money right) => left with { Amount = checked(left.Amount + Same(left, right)) };

    /// <summary>The difference; both sides must be of one currency.</summary>
    public static Money operator -(Money left, Money right) => left with { Amount = checked(left.Amount - Same(left, right)) };

    /// <summary>The amount with its sign turned.</summary>
    public static Money operator -(Money value) => value with { Amount = checked(-value.Amount) };

    /// <summary>Compares amounts of one currency.</summary>
    public static bool operator <(Money left, Money right) => left.Amount < Same(left, right);

    /// <summary>Compares amounts of one currency.</summary>
    public static bool operator >(Money left, Money right) => left.Amount > Same(left, right);

    /// <summary>Compares amounts of one currency.</summary>
    public static bool operator <=(Money left, Money right) => left.Amount <= Same(left, right);

    /// <summary>Compares amounts of one currency.</summary>
    public static bool operator >=(Money left, Money right) => left.Amount >= Same(left, right);

    /// <summary>The smaller of two amounts of one currency.</summary>
    public static Money Min(Money left, Money right) => left <= right ? left : right;

    /// <inheritdoc/>
    public int CompareTo(Money other) => Amount.CompareTo(Same(this, other));

    /// <summary>The amount in major units with its currency, such as <c>12.50 usd</c>; for people and logs.</summary>
    public override string ToString()
    {
        var scale = 1m;
        for (var i = 0; i < Currency.Decimals; i++)
        {
            scale *= 10m;
        }

        return (Amount / scale).ToString("F" + Currency.Decimals, System.Globalization.CultureInfo.InvariantCulture)
            + " " + Currency.Code;
    }

    private static long Same(Money left, Money right) =>
        left.Currency == right.Currency
            ? right.Amount
            : throw new InvalidOperationException($"Cannot combine {left.Currency} with {right.Currency}.");
}
