using OrleansBilling.Domain.Entitlements;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Catalog;

/// <summary>
/// What a plan version must keep before it is published. The first broken rule is refused, in the order in which the
/// fields are written: the plan's own, then each price with its models; what the product does not bill comes last.
/// </summary>
public static class PlanRules
{
    /// <summary>
    /// What the running product bills. Plans with anything else are refused, so that nothing is sold that would never be
    /// charged.
    /// </summary>
    public static IReadOnlyList<(PriceKind Kind, BillingTiming Billing)> Billable { get; } =
        [(PriceKind.Recurring, BillingTiming.InAdvance), (PriceKind.Recurring, BillingTiming.InArrears), (PriceKind.OneTime, BillingTiming.InAdvance), (PriceKind.Usage, BillingTiming.InArrears)];

    /// <summary>The first rule that the plan breaks, or null.</summary>
    /// <returns>
    /// 400 for a single value that is out of range (<see cref="CatalogLimits"/>, <c>invalid_interval</c>,
    /// <c>invalid_trial_days</c>, <c>unknown_currency</c>); 422 for values that do not go together (<c>duplicate_code</c>, <c>minimum_currency_not_sold</c>,
    /// those of <see cref="PriceRules"/>, <see cref="ModelRules"/>, <see cref="EntitlementRules"/>, <see cref="PhaseRules"/> and <see cref="UsagePriceRules"/>,
    /// <c>price_kind_not_billable</c>).
    /// </returns>
    public static Refusal? Check(PlanVersion plan) =>
        CatalogLimits.Code(plan.Code, "code")
        ?? CatalogLimits.Name(plan.Name, "name")
        ?? BillingInterval.Of(plan.Interval.Unit, plan.Interval.Count).Refusal
        ?? TrialCalendar.RefusalFor(plan.TrialDays)
        ?? CatalogLimits.Count(plan.Prices.Length, 1, CatalogLimits.Prices, "prices")
        ?? Prices(plan)
        ?? PhaseRules.Check(plan)
        ?? UsagePriceRules.Check(plan)
        ?? Minimum(plan)
        ?? EntitlementRules.Check(plan)
        ?? NotBillable(plan);

    private static Refusal? Minimum(PlanVersion plan)
    {
        foreach (var (code, amount) in plan.Minimum)
        {
            var field = $"minimum.{code}";
            if (Currency.Find(code)?.Code != code)
            {
                return Refusal.Invalid("unknown_currency", "Give a lower-case ISO 4217 code.", field);
            }

            if (CatalogLimits.Amount(amount, field) is { } broken)
            {
                return broken;
            }

            if (!plan.Sells(Currency.Of(code)))
            {
                return Refusal.Rule("minimum_currency_not_sold", $"The plan has no prices in {code}: give each price currency_models for it, or leave its minimum out.", field);
            }
        }

        return null;
    }

    private static Refusal? Prices(PlanVersion plan)
    {
        var codes = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < plan.Prices.Length; i++)
        {
            var field = $"prices[{i}]";
            if (PriceRules.Check(plan.Prices[i], plan.Currency, field) is { } refusal)
            {
                return refusal;
            }

            if (!codes.Add(plan.Prices[i].Code))
            {
                return Refusal.Rule("duplicate_code", "Price codes are unique within a plan.", $"{field}.code");
            }
        }

        return null;
    }

    private static Refusal? NotBillable(PlanVersion plan)
    {
        for (var i = 0; i < plan.Prices.Length; i++)
        {
            var price = plan.Prices[i];
            if (Billable.All(billable => billable.Kind != price.Kind))
            {
                return NotBillable($"prices[{i}].kind");
            }

            if (!Billable.Contains((price.Kind, price.Billing)))
            {
                return NotBillable($"prices[{i}].billing");
            }
        }

        return null;
    }

    private static Refusal NotBillable(string field) => Refusal.Rule(
        "price_kind_not_billable", "This installation bills recurring, one-time and usage prices; choose one of these.", field);
}
