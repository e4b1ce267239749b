using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>What was billed for the pieces of a period before the one that is rated, where nobody says what it was.</summary>
public static class PreviousPiece
{
    /// <summary>
    /// Minor units that the units before cost as a piece that others follow: no minimum, and nothing for flat and volume
    /// prices, which are billed on the last piece (rules.md, "A period in pieces"). Models that price single events or groups
    /// cannot say it of a number of units: 0, so that the piece is priced by itself.
    /// </summary>
    /// <param name="model">The price's model.</param>
    /// <param name="quantity">Units (or value) billed before, not negative.</param>
    /// <returns>The amount, or the refusals of <see cref="Rater.Rate"/>.</returns>
    public static Decided<long> AmountOf(PricingModel model, decimal quantity)
    {
        if (quantity <= 0 || model is PercentageModel or DynamicModel or MatrixModel)
        {
            return 0;
        }

        var rated = Rater.Rate(model, new RatingInput(quantity) { Position = PiecePosition.First });
        return rated.Refusal is { } refusal ? refusal : rated.Value.Amount;
    }
}
