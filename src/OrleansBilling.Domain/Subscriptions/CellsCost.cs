using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What the units without a cell of one span cost, retry by retry, each at its price: beside what the rest of the line costs by now,
/// which the maximum bounds together with them, and whose minimum they make good.
/// </summary>
/// <param name="Sold">The price of the rest.</param>
/// <param name="Bounds">The day share by which minimum and maximum shrink.</param>
/// <param name="Rest">Minor units of the rest without its minimum.</param>
/// <param name="Minimum">Minor units that the minimum adds to it.</param>
internal sealed record CellsCost(MatrixModel Sold, Share Bounds, long Rest, long Minimum)
{
    /// <summary>Beside what stands of a span; null where it has no matrix price without a default, or cannot be rated.</summary>
    public static CellsCost? Of(UsagePart part, PricingModel? sold, decimal percentOff, MeteredUsage used)
    {
        if (sold is not MatrixModel { DefaultUnitAmount: null } matrix || UsageRater.Rate(sold, used, part.Bounds, percentOff, withMinimum: false) is not { IsAccepted: true } rest)
        {
            return null;
        }

        var whole = part.InTrial || part.IsEmpty ? rest : UsageRater.Rate(sold, used, part.Bounds, percentOff, withMinimum: true);
        return new CellsCost(matrix, part.Bounds, rest.Value.Amount, whole.IsAccepted ? whole.Value.Amount - rest.Value.Amount : 0);
    }

    /// <summary>Minor units of retries together, before the minimum of the rest is made good.</summary>
    /// <exception cref="InvalidOperationException">They cannot be rated any more: the work waits for a person.</exception>
    public long Of(ImmutableArray<CellsRetry> retries)
    {
        var (quantity, amount) = (0m, 0L);
        foreach (var retry in retries)
        {
            amount += Of(retry, quantity, amount) is { IsAccepted: true } rated ? Math.Max(0, rated.Value.Amount)
                : throw new InvalidOperationException("Units without a cell cannot be rated again by the price that billed them.");
            quantity += retry.Quantity;
        }

        return amount;
    }

    /// <summary>Minor units that are due of units without a cell: what they make good of the minimum was billed with the rest.</summary>
    public long Due(long amount) => Math.Max(0, amount - Minimum);

    /// <summary>The units of a retry: those of a matrix by its cells, of others as a quantity. Null where the price does not tell it.</summary>
    /// <param name="retry">The retry.</param>
    /// <param name="quantity">Units of the retries before.</param>
    /// <param name="amount">Their minor units.</param>
    public Decided<Rated>? Of(CellsRetry retry, decimal quantity, long amount)
    {
        // The minimum was due with the rest of the line; a maximum holds for that, for what retries have billed, and for this.
        var most = retry.Model.MaximumAmount is null || retry.PercentOff != 0 ? 0 : amount + Rest;
        var model = retry.Model with { MinimumAmount = null };
        var input = new RatingInput(retry.Quantity) { BoundsShare = Bounds, PercentOff = retry.PercentOff };
        return model switch
        {
            MatrixModel matrix => matrix.Dimensions.All(name => Sold.Dimensions.Contains(name, StringComparer.Ordinal)) ? Rater.Rate(matrix, input with { Groups = retry.Groups, PreviousAmount = most }) : (Decided<Rated>?)null,
            PercentageModel or GraduatedPercentageModel or DynamicModel => (Decided<Rated>?)null,
            _ => ByQuantity(model, input, quantity, most),
        };
    }

    /// <summary>Units by a price that no cell tells apart: they go on after those that retries have billed, at this price.</summary>
    private static Decided<Rated> ByQuantity(PricingModel model, RatingInput input, decimal before, long most)
    {
        var unbounded = input.PercentOff == 0 ? model with { MaximumAmount = null } : model;
        long billed = 0;
        if (before > 0)
        {
            var earlier = Rater.Rate(unbounded, input with { Quantity = before });
            if (earlier.Refusal is { } refusal)
            {
                return refusal;
            }

            billed = earlier.Value.Amount;
        }

        var bounded = model.MaximumAmount is { } maximum && input.PercentOff == 0
            ? unbounded with { MaximumAmount = billed + Math.Max(0, Rounding.ToMinorUnits(input.BoundsShare.Of(maximum)) - most) }
            : unbounded;
        return Rater.Rate(bounded, input with { PreviousQuantity = before, PreviousAmount = billed, BoundsShare = bounded.MaximumAmount is null || input.PercentOff != 0 ? input.BoundsShare : Share.One });
    }
}
