using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>
/// Prices a quantity by any model of the closed set (rules.md, "Prices" and "A period in pieces"). Quotes, previews and
/// invoices run this very code.
/// </summary>
/// <remarks>
/// A piece costs the price of all so far less what was billed before. The minimum falls on the last piece, the maximum
/// caps the running total; volume and flat prices are billed only on the last piece. A negotiated percentage comes off what
/// minimum and maximum leave.
/// </remarks>
public static class Rater
{
    /// <summary>The largest amount of a line, in minor units. Keeps the sums of any document within 64 bits.</summary>
    public const long MaxAmount = 1_000_000_000_000_000;

    /// <summary>Rates.</summary>
    /// <returns>
    /// The price, or 422 <c>negative_quantity</c>, <c>events_needed</c> (a percentage or dynamic price without events),
    /// <c>previous_events_needed</c> (free events, and nothing said about the events before), <c>amount_too_large</c>.
    /// </returns>
    public static Decided<Rated> Rate(PricingModel model, RatingInput input)
    {
        if (RatingChecks.Check(model, input) is { } refusal)
        {
            return refusal;
        }

        try
        {
            return Price(model, input);
        }
        catch (OverflowException)
        {
            return TooLarge();
        }
    }

    private static Decided<Rated> Price(PricingModel model, RatingInput input)
    {
        if (!input.IsLast && model is (FlatModel or VolumeModel))
        {
            return new Rated(0, 0, [ExplainSteps.Given("Billed with the last piece of the period", 0), ExplainSteps.Round(0, 0)], UnitAmount: null);
        }

        var sheet = new RatingSheet();
        AddParts(model, input, sheet);
        sheet.Sum();
        Bound(model, input.IsLast, input.BoundsShare, sheet);
        if (input.PercentOff != 0)
        {
            sheet.TakeOff(input.PercentOff);
        }

        var rounded = Rounding.ToMinorUnits(sheet.Amount);
        sheet.Steps.Add(ExplainSteps.Round(sheet.Amount, rounded));
        var amount = rounded - input.PreviousAmount;
        if (input.PreviousAmount != 0)
        {
            sheet.Steps.Add(ExplainSteps.SubtractBilled(rounded, input.PreviousAmount, amount));
        }

        return Math.Abs((decimal)rounded) > MaxAmount || Math.Abs((decimal)amount) > MaxAmount
            ? TooLarge()
            : new Rated(sheet.Amount - input.PreviousAmount, amount, sheet.Steps.ToImmutable(), sheet.UnitAmount)
            {
                SetAside = sheet.SetAside is { } aside ? [.. aside] : [],
            };
    }

    private static void AddParts(PricingModel model, RatingInput input, RatingSheet sheet)
    {
        var quantity = input.PreviousQuantity + input.Quantity;
        switch (model)
        {
            case FlatModel flat:
                FlatPricing.Rate(flat, sheet);
                break;
            case PerUnitModel perUnit:
                PerUnitPricing.Rate(perUnit, quantity, sheet);
                break;
            case PackageModel package:
                PackagePricing.Rate(package, quantity, sheet);
                break;
            case GraduatedModel graduated:
                GraduatedPricing.Rate(graduated, quantity, sheet);
                break;
            case VolumeModel volume:
                VolumePricing.Rate(volume, quantity, sheet);
                break;
            case PercentageModel percentage:
                PercentagePricing.Rate(percentage, input, sheet);
                break;
            case GraduatedPercentageModel graduated:
                GraduatedPercentagePricing.Rate(graduated, input, sheet);
                break;
            case MatrixModel matrix:
                MatrixPricing.Rate(matrix, input, sheet);
                break;
            case DynamicModel:
                DynamicPricing.Rate(input, sheet);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(model), model, "The set of pricing models is closed.");
        }
    }

    /// <summary>Minimum and maximum of a price, by the day share of what is rated.</summary>
    internal static void Bound(PricingModel model, bool isLast, Share share, RatingSheet sheet)
    {
        if (isLast && model.MinimumAmount is { } minimum && sheet.Amount < share.Of(minimum))
        {
            sheet.Bound("minimum", Named("Minimum", share), share.Of(minimum));
        }

        if (model.MaximumAmount is { } maximum && sheet.Amount > share.Of(maximum))
        {
            sheet.Bound("maximum", Named("Maximum", share), share.Of(maximum));
        }
    }

    /// <summary>422 <c>amount_too_large</c>.</summary>
    internal static Refusal TooLarge() =>
        Refusal.Rule("amount_too_large", $"An amount may not exceed {MaxAmount} minor units; bill smaller quantities or prices.");

    private static string Named(string bound, Share share) => share.IsWhole ? bound : $"{bound}, {share} of it";
}
