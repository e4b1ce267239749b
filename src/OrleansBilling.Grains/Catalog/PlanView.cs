using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Catalog;

/// <summary>How a plan version is shown over HTTP.</summary>
public sealed record PlanView(
    string Id,
    string Object,
    string Code,
    int Version,
    int LatestVersion,
    string Name,
    string Currency,
    IntervalView Interval,
    int TrialDays,
    IReadOnlyList<PriceView> Prices,
    IReadOnlyDictionary<string, long> Minimum,
    IReadOnlyList<PlanPhaseView> Phases,
    int UsageGraceHours,
    IReadOnlyDictionary<string, object> Entitlements,
    ChangeDefaultsView? ChangeDefaults,
    Instant CreatedAt,
    Instant? ArchivedAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The resource as JSON.</summary>
    public static string Render(PlanVersion plan, PlanHeader header) => AnswerJson.Write(Of(plan, header));

    /// <summary>The view of a version.</summary>
    public static PlanView Of(PlanVersion plan, PlanHeader header) => new(
        plan.Code, "plan", plan.Code, plan.Version, header.LatestVersion, plan.Name, plan.Currency.Code,
        IntervalView.Of(plan.Interval), plan.TrialDays, [.. plan.Prices.Select(PriceView.Of)], plan.Minimum,
        [.. plan.Phases.Select(PlanPhaseView.Of)], plan.UsageGraceHours,
        plan.Entitlements.ToDictionary(pair => pair.Key, pair => pair.Value.Shown, StringComparer.Ordinal), ChangeDefaultsView.Of(plan.ChangeDefaults), header.CreatedAt,
        header.ArchivedAt, plan.Metadata);
}

/// <summary>A billing interval.</summary>
public sealed record IntervalView(string Unit, int Count)
{
    /// <summary>The view of an interval.</summary>
    public static IntervalView Of(BillingInterval interval) => new(interval.Unit.ToString().ToLowerInvariant(), interval.Count);
}

/// <summary>A price of a plan version.</summary>
public sealed record PriceView(
    string Code,
    string Kind,
    string Billing,
    string? Meter,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Filters,
    IReadOnlyDictionary<string, object?> Model,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, object?>> CurrencyModels,
    string? TaxCode,
    string? Proration,
    bool ChargeInTrial)
{
    /// <summary>The view of a price.</summary>
    public static PriceView Of(Price price) => new(
        price.Code,
        price.Kind switch { PriceKind.OneTime => "one_time", PriceKind.Usage => "usage", _ => "recurring" },
        price.Billing is BillingTiming.InAdvance ? "in_advance" : "in_arrears",
        price.Meter,
        price.Filters.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<string>)[.. pair.Value], StringComparer.Ordinal),
        PricingModelView.Of(price.Model),
        price.CurrencyModels.ToDictionary(pair => pair.Key, pair => PricingModelView.Of(pair.Value), StringComparer.Ordinal),
        price.TaxCode,
        price.Proration is { } policy ? ProrationPolicyNames.Of(policy) : null,
        price.ChargeInTrial);
}
