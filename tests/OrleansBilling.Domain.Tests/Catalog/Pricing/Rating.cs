using System.Collections.Immutable;
using System.Globalization;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Tests.Invoicing;

namespace OrleansBilling.Domain.Tests.Catalog.Pricing;

/// <summary>The harness of all models: rates, and has every case redone from its explanation alone.</summary>
internal static class Rating
{
    public static long Amount(PricingModel model, RatingInput input) => Rate(model, input).Amount;

    public static long Amount(PricingModel model, decimal quantity) => Amount(model, new RatingInput(quantity));

    public static Rated Rate(PricingModel model, RatingInput input)
    {
        var rated = Rater.Rate(model, input).Value;
        ExplainEvaluator.Check(rated);
        Assert.Equal(rated.Amount, ExplainEvaluator.Rounded(rated.Exact + input.PreviousAmount) - input.PreviousAmount);
        return rated;
    }

    public static Refusal? Refusal(PricingModel model, RatingInput input) => Rater.Rate(model, input).Refusal;

    public static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Tiers as <c>"10:5, 20:4+100, inf:3"</c>: upper bound, unit amount, flat amount.</summary>
    public static ImmutableArray<Tier> Tiers(string text) =>
        [.. text.Split(',', StringSplitOptions.TrimEntries).Select(Tier)];

    public static ImmutableArray<decimal> Values(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number)];

    private static Tier Tier(string text)
    {
        var parts = text.Split(':');
        var amounts = parts[1].Split('+');
        return new Tier(parts[0] == "inf" ? null : Number(parts[0]), Number(amounts[0]), amounts.Length > 1 ? Number(amounts[1]) : 0);
    }
}
