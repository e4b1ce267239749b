using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>The limits of the catalog, and the checks of single values against them.</summary>
public static class CatalogLimits
{
    /// <summary>Prices of a plan version.</summary>
    public const int Prices = 100;

    /// <summary>Phases of a plan version.</summary>
    public const int Phases = 10;

    /// <summary>Paid periods of a phase.</summary>
    public const int PhasePeriods = 1000;

    /// <summary>Tiers of a model.</summary>
    public const int Tiers = 100;

    /// <summary>Dimensions of a matrix.</summary>
    public const int Dimensions = 10;

    /// <summary>Cells of a matrix.</summary>
    public const int Cells = 1000;

    /// <summary>Values of one dimension in one cell or filter.</summary>
    public const int Values = 100;

    /// <summary>Characters of a name or of a property's value.</summary>
    public const int NameLength = 200;

    /// <summary>Characters of a code.</summary>
    public const int CodeLength = 64;

    /// <summary>Digits after the point of unit amounts, quantities and rates.</summary>
    public const int Decimals = 12;

    /// <summary>The largest quantity of a definition: free units, tier bounds, package sizes.</summary>
    public const decimal Quantity = 1_000_000_000_000_000m;

    /// <summary>The largest percentage.</summary>
    public const decimal Percentage = 1000m;

    /// <summary>
    /// True for <c>^[a-z0-9][a-z0-9_.-]{0,63}$</c>: lower-case letters, digits, and after the first character also
    /// underscore, point and hyphen.
    /// </summary>
    public static bool IsCode(string? code)
    {
        if (code is not { Length: > 0 and <= CodeLength } || !IsLetterOrDigit(code[0]))
        {
            return false;
        }

        foreach (var character in code)
        {
            if (!IsLetterOrDigit(character) && character is not ('_' or '.' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>400 <c>invalid_code</c>, or null.</summary>
    public static Refusal? Code(string? code, string field) => IsCode(code)
        ? null
        : Refusal.Invalid("invalid_code", $"Use 1 to {CodeLength} lower-case letters, digits, '_', '.' or '-', beginning with a letter or digit.", field);

    /// <summary>400 <c>invalid_name</c>, or null.</summary>
    public static Refusal? Name(string? name, string field) => !string.IsNullOrWhiteSpace(name) && name.Length <= NameLength
        ? null
        : Refusal.Invalid("invalid_name", $"Give 1 to {NameLength} characters that are not all blank.", field);

    /// <summary>An amount in minor units: 400 <c>negative_amount</c>, <c>amount_too_large</c>, <c>too_many_decimals</c>, or null.</summary>
    public static Refusal? Amount(decimal? amount, string field) => InRange(
        amount, Rater.MaxAmount, "negative_amount", "amount_too_large", $"Give an amount from 0 to {Rater.MaxAmount} minor units.", field);

    /// <summary>A quantity: 400 <c>negative_quantity</c>, <c>quantity_too_large</c>, <c>too_many_decimals</c>, or null.</summary>
    public static Refusal? QuantityOf(decimal? quantity, string field) => InRange(
        quantity, Quantity, "negative_quantity", "quantity_too_large", $"Give a quantity from 0 to {Quantity}.", field);

    /// <summary>A percentage: 400 <c>negative_rate</c>, <c>rate_too_large</c>, <c>too_many_decimals</c>, or null.</summary>
    public static Refusal? Rate(decimal rate, string field) => InRange(
        rate, Percentage, "negative_rate", "rate_too_large", $"Give a percentage from 0 to {Percentage}.", field);

    /// <summary>A percentage that is taken off: 400 <c>percent_off_out_of_range</c>, <c>too_many_decimals</c>, or null.</summary>
    public static Refusal? PercentOff(decimal? percent, string field) => InRange(
        percent, 100m, "percent_off_out_of_range", "percent_off_out_of_range", "Give a percentage from 0 to 100.", field);

    /// <summary>400 <c>too_few</c>, <c>too_many</c>, or null.</summary>
    public static Refusal? Count(int count, int minimum, int maximum, string field) => count < minimum
        ? Refusal.Invalid("too_few", $"Give {minimum} to {maximum} entries.", field)
        : count > maximum ? Refusal.Invalid("too_many", $"Give {minimum} to {maximum} entries.", field) : null;

    private static Refusal? InRange(decimal? value, decimal maximum, string below, string above, string detail, string field) => value switch
    {
        null => null,
        < 0 => Refusal.Invalid(below, detail, field),
        { } given when given > maximum => Refusal.Invalid(above, detail, field),
        { } given when decimal.Round(given, Decimals) != given =>
            Refusal.Invalid("too_many_decimals", $"At most {Decimals} digits may follow the point.", field),
        _ => null,
    };

    private static bool IsLetterOrDigit(char character) => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character);
}
