using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Entitlements;

/// <summary>What the entitlements of a plan version must keep.</summary>
public static class EntitlementRules
{
    /// <summary>Entitlements of a plan version.</summary>
    public const int Most = 100;

    /// <summary>
    /// 400 <c>too_many</c>, <c>invalid_code</c>, <c>negative_quantity</c>, <c>quantity_too_large</c>, <c>too_many_decimals</c> of a number,
    /// <c>invalid_entitlement</c> of a text that is blank or too long; or null.
    /// </summary>
    public static Refusal? Check(PlanVersion plan)
    {
        if (CatalogLimits.Count(plan.Entitlements.Count, 0, Most, "entitlements") is { } count)
        {
            return count;
        }

        foreach (var (code, value) in plan.Entitlements)
        {
            var field = $"entitlements.{code}";
            if ((CatalogLimits.Code(code, "entitlements") ?? CatalogLimits.QuantityOf(value.Number, field) ?? Text(value, field)) is { } broken)
            {
                return broken;
            }
        }

        return null;
    }

    private static Refusal? Text(Entitlement value, string field) => value.Text is { } text && (string.IsNullOrWhiteSpace(text) || text.Length > CatalogLimits.NameLength)
        ? Refusal.Invalid("invalid_entitlement", $"Give true, false, a decimal string, or 1 to {CatalogLimits.NameLength} characters that are not all blank.", field)
        : null;
}
