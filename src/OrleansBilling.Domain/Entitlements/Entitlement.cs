using System.Globalization;
using System.Text.RegularExpressions;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Entitlements;

/// <summary>What a plan gives under a code: exactly one of the three.</summary>
/// <param name="Flag">True or false.</param>
/// <param name="Number">A number, not negative; of a meter's code the usage that is meant for a period.</param>
/// <param name="Text">Any other text.</param>
public sealed partial record Entitlement(bool? Flag, decimal? Number, string? Text)
{
    /// <summary>A switch.</summary>
    public static Entitlement Of(bool flag) => new(flag, null, null);

    /// <summary>A number.</summary>
    public static Entitlement Of(decimal number) => new(null, number, null);

    /// <summary>A plain decimal is a number ("10", "2.5"); anything else is text, also "007".</summary>
    public static Entitlement Of(string text) => Decimal().IsMatch(text) && decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        ? Of(number)
        : new Entitlement(null, null, text);

    /// <summary>As JSON shows it: true or false, else a string.</summary>
    public object Shown => Flag is { } flag ? flag : Number is { } number ? ExplainSteps.Text(number) : Text ?? "";

    /// <summary>What two plans give together: numbers add up, of switches one is enough, of texts and of values of two kinds the first holds.</summary>
    public Entitlement And(Entitlement other) => (this, other) switch
    {
        ({ Flag: { } one }, { Flag: { } two }) => Of(one || two),
        ({ Number: { } one }, { Number: { } two }) => Of(one + two),
        _ => this,
    };

    [GeneratedRegex(@"^-?(0|[1-9][0-9]{0,27})(\.[0-9]{1,20})?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Decimal();
}
