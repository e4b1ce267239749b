using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>A part of a period that is billed when it is over.</summary>
/// <param name="Share">The part of the nominal period for which the price is due.</param>
/// <param name="BoundsShare">The day share of the part and of those before it: minimum and maximum shrink by it.</param>
/// <param name="IsLast">False where another part of the same price follows within the period.</param>
public sealed record PartInput(Share Share, Share BoundsShare, bool IsLast)
{
    /// <summary>Exact price of the parts before, of the same price, in minor units before minimum and maximum.</summary>
    public decimal EarlierExact { get; init; }

    /// <summary>Percent taken off the price after minimum and maximum, as negotiated; zero for none.</summary>
    public decimal PercentOff { get; init; }

    /// <summary>Minor units billed before that count against the price.</summary>
    public long EarlierBilled { get; init; }
}

/// <summary>What a part of a period costs.</summary>
/// <param name="Exact">Of this part alone, in minor units before minimum, maximum and rounding.</param>
/// <param name="Line">What is billed for it now; below zero where more was billed before than all parts cost.</param>
public sealed record RatedPart(decimal Exact, Rated Line);

/// <summary>
/// Prices a quantity for a part of a period that is over (rules.md, "A period in pieces"): the price of all parts so far
/// less what was billed before. The minimum falls on the last part, the maximum caps the running total; flat and volume
/// prices are billed on the last part only.
/// </summary>
public static class PartRater
{
    /// <summary>Rates. Refusals are those of <see cref="Rater.Rate"/>.</summary>
    public static Decided<RatedPart> Rate(PricingModel model, decimal quantity, PartInput part)
    {
        var unbound = model.MinimumAmount is null && model.MaximumAmount is null ? model : model with { MinimumAmount = null, MaximumAmount = null };
        var whole = Rater.Rate(unbound, new RatingInput(quantity));
        if (whole.Refusal is { } refusal)
        {
            return refusal;
        }

        try
        {
            return Price(model, whole.Value, part);
        }
        catch (OverflowException)
        {
            return Rater.TooLarge();
        }
    }

    private static Decided<RatedPart> Price(PricingModel model, Rated whole, PartInput part)
    {
        var exact = part.Share.IsWhole ? whole.Exact : part.Share.Of(whole.Exact);
        if (!part.IsLast && model is (FlatModel or VolumeModel))
        {
            return new RatedPart(exact, new Rated(0, 0, [ExplainSteps.Given("Billed with the last part of the period", 0), ExplainSteps.Round(0, 0)], UnitAmount: null));
        }

        var sheet = new RatingSheet();
        sheet.Begin(whole, part.Share, exact);
        if (part.EarlierExact != 0)
        {
            sheet.AddEarlier(part.EarlierExact);
        }

        Rater.Bound(model, part.IsLast, part.BoundsShare, sheet);
        if (part.PercentOff != 0)
        {
            sheet.TakeOff(part.PercentOff);
        }

        var rounded = Rounding.ToMinorUnits(sheet.Amount);
        sheet.Steps.Add(ExplainSteps.Round(sheet.Amount, rounded));
        var amount = rounded - part.EarlierBilled;
        if (part.EarlierBilled != 0)
        {
            sheet.Steps.Add(ExplainSteps.SubtractBilled(rounded, part.EarlierBilled, amount));
        }

        return rounded > Rater.MaxAmount
            ? Rater.TooLarge()
            : new RatedPart(exact, new Rated(sheet.Amount - part.EarlierBilled, amount, sheet.Steps.ToImmutable(), whole.UnitAmount));
    }
}
