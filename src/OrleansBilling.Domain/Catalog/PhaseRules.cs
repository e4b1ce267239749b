using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>What the phases of a plan must keep.</summary>
internal static class PhaseRules
{
    /// <summary>The first rule that a phase breaks, or null.</summary>
    /// <returns>
    /// 400 <c>too_many</c>, <c>too_few</c>, <c>invalid_periods</c>; 422 <c>unknown_price</c>, <c>duplicate_code</c>,
    /// <c>phase_kind_differs</c>, <c>currency_not_priced</c>, and those of <see cref="PriceRules"/>.
    /// </returns>
    public static Refusal? Check(PlanVersion plan)
    {
        if (CatalogLimits.Count(plan.Phases.Length, 0, CatalogLimits.Phases, "phases") is { } refusal)
        {
            return refusal;
        }

        for (var i = 0; i < plan.Phases.Length; i++)
        {
            if (Check(plan, plan.Phases[i], $"phases[{i}]") is { } broken)
            {
                return broken;
            }
        }

        return null;
    }

    private static Refusal? Check(PlanVersion plan, PlanPhase phase, string field)
    {
        if (phase.Periods is < 1 or > CatalogLimits.PhasePeriods)
        {
            return Refusal.Invalid("invalid_periods", $"A phase lasts 1 to {CatalogLimits.PhasePeriods} periods.", $"{field}.periods");
        }

        if (CatalogLimits.Count(phase.Prices.Length, 1, CatalogLimits.Prices, $"{field}.prices") is { } refusal)
        {
            return refusal;
        }

        var codes = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < phase.Prices.Length; i++)
        {
            var (price, place) = (phase.Prices[i], $"{field}.prices[{i}]");
            var broken = PriceRules.Check(price, plan.Currency, place)
                ?? (codes.Add(price.Code) ? null : Refusal.Rule("duplicate_code", "A phase prices a code once.", $"{place}.code"))
                ?? Beside(plan, price, place);
            if (broken is not null)
            {
                return broken;
            }
        }

        return null;
    }

    /// <summary>A phase changes what a price costs, not what it is charged for, nor the currencies that the plan is sold in.</summary>
    private static Refusal? Beside(PlanVersion plan, Price price, string field)
    {
        if (plan.Find(price.Code) is not { } own)
        {
            return Refusal.Rule("unknown_price", $"The plan has no price '{price.Code}': a phase prices what the plan sells.", $"{field}.code");
        }

        if (price.Kind != own.Kind || price.Billing != own.Billing || price.Meter != own.Meter || price.ChargeInTrial != own.ChargeInTrial || !SameFilters(price, own))
        {
            return Refusal.Rule("phase_kind_differs", $"Price '{price.Code}' of a phase has the kind, billing, meter and filters of the plan's own.", field);
        }

        return own.CurrencyModels.Keys.FirstOrDefault(code => !price.CurrencyModels.ContainsKey(code)) is { } missing
            ? Refusal.Rule("currency_not_priced", $"The plan is sold in {missing}: give the phase's price in it too.", $"{field}.currency_models")
            : null;
    }

    private static bool SameFilters(Price price, Price own) =>
        price.Filters.Count == own.Filters.Count
        && price.Filters.All(filter => own.Filters.TryGetValue(filter.Key, out var values) && values.ToHashSet(StringComparer.Ordinal).SetEquals(filter.Value));
}
