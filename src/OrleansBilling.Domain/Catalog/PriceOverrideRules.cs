using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>What a negotiated price must keep: all that a price of the catalog keeps.</summary>
public static class PriceOverrideRules
{
    /// <summary>The first rule that an override breaks, or null.</summary>
    /// <param name="given">The override.</param>
    /// <param name="price">The price in whose place it stands.</param>
    /// <param name="from">When it begins to apply.</param>
    /// <param name="field">Its place in the request, such as <c>price_overrides.seats</c>.</param>
    /// <returns>
    /// 422 <c>override_needs_one</c>, <c>override_over</c>, those of <see cref="CatalogLimits.PercentOff"/>, and those of
    /// <see cref="PriceRules"/> for a model.
    /// </returns>
    public static Refusal? Check(PriceOverride given, Price price, Instant from, string field)
    {
        if (given.Model is null == given.PercentOff is null)
        {
            return Refusal.Rule("override_needs_one", "Give a model or percent_off; percent_off \"0\" takes an override back.", field);
        }

        if (CatalogLimits.PercentOff(given.PercentOff, $"{field}.percent_off") is { } refusal)
        {
            return refusal;
        }

        if (given.Until <= from)
        {
            return Refusal.Rule("override_over", $"The override would end before it begins at {from}: give a later until, or leave it out.", $"{field}.until");
        }

        return given.Model is { } model ? PriceRules.CheckModel(price, model, $"{field}.model") : null;
    }
}
