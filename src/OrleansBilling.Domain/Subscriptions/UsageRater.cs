using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Hands metered usage to the rater, in the form that each model takes.</summary>
internal static class UsageRater
{
    /// <summary>What usage costs. Refusals are those of <see cref="Rater.Rate"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="used">What was used, as <see cref="UsageNeed.Of"/> asks for the model.</param>
    /// <param name="bounds">The day share by which minimum and maximum shrink.</param>
    /// <param name="percentOff">As negotiated; zero for none.</param>
    /// <param name="withMinimum">False for what falls short of no minimum: a trial, and a span that still runs.</param>
    public static Decided<Rated> Rate(PricingModel model, MeteredUsage used, Share bounds, decimal percentOff, bool withMinimum)
    {
        var rated = !withMinimum && model.MinimumAmount is not null ? model with { MinimumAmount = null } : model;
        return Rater.Rate(rated, Input(rated, used) with { BoundsShare = bounds, PercentOff = percentOff });
    }

    /// <summary>What usage has come to as a piece that others follow: no minimum, and nothing for flat and volume prices. Refusals are the same.</summary>
    /// <param name="model">The model.</param>
    /// <param name="used">All that was used of the span so far.</param>
    /// <param name="bounds">The day share by which the maximum shrinks.</param>
    /// <param name="percentOff">As negotiated; zero for none.</param>
    public static Decided<Rated> RatePiece(PricingModel model, MeteredUsage used, Share bounds, decimal percentOff) =>
        Rater.Rate(model, Input(model, used) with { BoundsShare = bounds, PercentOff = percentOff, Position = PiecePosition.First });

    private static RatingInput Input(PricingModel model, MeteredUsage used) => model switch
    {
        // The value in minor units is in the events; those of which none is free or bounded are priced alike.
        _ when EventTerms.Of(model) is not null => new RatingInput(0) { Sums = used.Single ?? EventSums.None },
        PercentageModel => new RatingInput(used.Events == 0 ? 0 : Floor(used.Quantity)) { EventCount = used.Events },
        MatrixModel => new RatingInput(Floor(used.Quantity)) { Groups = [.. used.Groups.Select(static group => group with { Quantity = Floor(group.Quantity) })] },
        _ => new RatingInput(Floor(used.Quantity)),
    };

    /// <summary>Corrections and gains may sum to less than nothing: that much was not used, and nothing is paid back for it.</summary>
    private static decimal Floor(decimal quantity) => Math.Max(0, quantity);
}
