using System.Collections.Immutable;
using System.Globalization;
using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// Makes the steps of an <see cref="Explain"/>. A step either adds a part to the running amount (<c>flat, multiply, package,
/// tier_unit, tier_flat, percentage, given</c>) or turns the running amount, its input <c>amount</c>, into another one
/// (<c>sum, minimum, maximum, percent_off, share, credit_share, round, round_to, subtract_billed, discount</c>). Tax steps stand beside it.
/// </summary>
public static class ExplainSteps
{
    /// <summary>A step with its exact inputs and result.</summary>
    public static ExplainStep Of(string operation, string description, decimal result, params ReadOnlySpan<(string Name, string Value)> inputs)
    {
        var named = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in inputs)
        {
            named[name] = value;
        }

        return new ExplainStep(operation, description, named.ToImmutable(), Text(result));
    }

    /// <summary>The running amount rounded to whole minor units, half away from zero.</summary>
    public static ExplainStep Round(decimal amount, long rounded) =>
        Of("round", "Rounded half away from zero", rounded, ("amount", Text(amount)));

    /// <summary>The running amount rounded to a multiple of a step, half away from zero.</summary>
    public static ExplainStep RoundTo(long amount, long step, long rounded) =>
        Of("round_to", $"Rounded to a multiple of {Text(step)}", rounded, ("amount", Text(amount)), ("step", Text(step)));

    /// <summary>A share of the running amount, exact.</summary>
    public static ExplainStep Share(decimal amount, Share share, decimal result) =>
        Of("share", $"{share} of the price", result, ("amount", Text(amount)), ("numerator", Text(share.Numerator)), ("denominator", Text(share.Denominator)));

    /// <summary>The running amount less a negotiated percentage, exact: <c>amount x (100 - percent) / 100</c>.</summary>
    public static ExplainStep PercentOff(decimal amount, decimal percent, decimal result) =>
        Of("percent_off", $"Negotiated: {Text(percent)} % off", result, ("amount", Text(amount)), ("percent", Text(percent)));

    /// <summary>An amount that is given and not computed.</summary>
    public static ExplainStep Given(string description, decimal amount) =>
        Of("given", description, amount, ("amount", Text(amount)));

    /// <summary>
    /// The unused share of a billed amount with the sign turned, exact: <c>-(amount x numerator / denominator)</c>.
    /// A <c>given</c> step with the billed amount goes before it.
    /// </summary>
    public static ExplainStep CreditShare(long billed, Share unused, decimal result) =>
        Of("credit_share", $"{unused} of what was billed, taken back", result, ("amount", Text(billed)), ("numerator", Text(unused.Numerator)), ("denominator", Text(unused.Denominator)));

    /// <summary>What was billed before for the same period, taken off the price of all so far.</summary>
    public static ExplainStep SubtractBilled(decimal amount, long billed, decimal result) =>
        Of("subtract_billed", "Less what was billed before", result, ("amount", Text(amount)), ("billed", Text(billed)));

    /// <summary>A decimal as explanations and the API write it: no exponent, no trailing zeros.</summary>
    public static string Text(decimal value) =>
        (value.Scale == 0 ? value : value / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture);
}
