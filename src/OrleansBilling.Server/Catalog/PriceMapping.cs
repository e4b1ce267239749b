using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Server.Accounts;
using OrleansBilling.Server.Entitlements;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Catalog;

/// <summary>Turns requests about prices into the records of the domain. What a price may be is decided there.</summary>
internal static class PriceMapping
{
    /// <summary>The definition of a plan version; its number is given by the plan.</summary>
    public static PlanVersion ToDomain(PlanVersionBody body, string code) => new(
        code, 1, body.Name, Currency.Of(body.Currency), ToDomain(body.Interval), body.TrialDays ?? 0, [.. body.Prices.Select((price, index) => ToDomain(price, $"prices[{index}]"))])
    {
        Metadata = AccountMapping.ToMetadata(body.Metadata),
        Minimum = (body.Minimum ?? ImmutableDictionary<string, long>.Empty)
            .ToImmutableSortedDictionary(pair => CurrencyCode(pair.Key, "minimum"), pair => pair.Value, StringComparer.Ordinal),
        Phases = [.. (body.Phases ?? []).Select((phase, index) =>
            new PlanPhase(phase.Periods, [.. phase.Prices.Select((price, i) => ToDomain(price, $"phases[{index}].prices[{i}]"))]))],
        UsageGraceHours = body.UsageGraceHours ?? 0,
        Entitlements = EntitlementEndpoints.ToDomain(body.Entitlements),
        ChangeDefaults = body.ChangeDefaults is { } given ? new ChangeDefaults(ToDomain(given.Upgrade), ToDomain(given.Downgrade)) : null,
    };

    /// <summary>An interval: 400 <c>invalid_interval</c>.</summary>
    public static BillingInterval ToDomain(IntervalBody body)
    {
        var interval = BillingInterval.Of(body.Unit, body.Count);
        return interval.Refusal is { } refusal ? throw Problem.Of(refusal).Exception() : interval.Value;
    }

    /// <summary>A pricing model.</summary>
    public static PricingModel ToDomain(ModelBody body)
    {
        PricingModel model = body switch
        {
            FlatBody flat => new FlatModel(flat.Amount),
            PerUnitBody unit => new PerUnitModel(unit.UnitAmount, unit.FreeUnits ?? 0),
            PackageBody package => new PackageModel(package.PackageSize, package.Amount, package.FreeUnits ?? 0),
            GraduatedBody graduated => new GraduatedModel([.. graduated.Tiers.Select(ToDomain)]),
            VolumeBody volume => new VolumeModel([.. volume.Tiers.Select(ToDomain)]),
            PercentageBody rate => new PercentageModel(
                rate.Rate, rate.FixedAmount ?? 0, rate.FreeEvents, rate.FreeValue, rate.MinPerEvent, rate.MaxPerEvent),
            GraduatedPercentageBody tiers => new GraduatedPercentageModel(
                [.. tiers.Tiers.Select(tier => new PercentageTier(tier.UpTo, tier.Rate, tier.FlatAmount ?? 0))]),
            MatrixBody matrix => new MatrixModel([.. matrix.Dimensions], [.. matrix.Cells.Select(ToDomain)], matrix.DefaultUnitAmount),
            DynamicBody dynamic => new DynamicModel(dynamic.Property),
            _ => throw new ArgumentOutOfRangeException(nameof(body), body, "A model without a reading."),
        };
        return model with { MinimumAmount = body.MinimumAmount, MaximumAmount = body.MaximumAmount };
    }

    private static Price ToDomain(PriceBody body, string field) => new(
        body.Code,
        body.Kind,
        body.Billing ?? (body.Kind is PriceKind.Usage ? BillingTiming.InArrears : BillingTiming.InAdvance),
        ToDomain(body.Model))
    {
        Meter = body.Meter,
        Filters = (body.Filters ?? ImmutableDictionary<string, IReadOnlyList<string>>.Empty)
            .ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.ToImmutableArray(), StringComparer.Ordinal),
        CurrencyModels = (body.CurrencyModels ?? ImmutableDictionary<string, ModelBody>.Empty)
            .ToImmutableSortedDictionary(pair => CurrencyCode(pair.Key, $"{field}.currency_models"), pair => ToDomain(pair.Value), StringComparer.Ordinal),
        TaxCode = body.TaxCode,
        Proration = body.Proration,
        ChargeInTrial = body.ChargeInTrial ?? false,
    };

    private static ChangeDefault? ToDomain(ChangeDefaultBody? body) =>
        body is null ? null : new ChangeDefault(body.When is DefaultTime.PeriodEnd, body.Proration);

    private static Tier ToDomain(TierBody body) => new(body.UpTo, body.UnitAmount ?? 0, body.FlatAmount ?? 0);

    private static MatrixCell ToDomain(CellBody body) => new(
        body.Values.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Values.ToImmutableArray(), StringComparer.Ordinal),
        body.UnitAmount);

    private static string CurrencyCode(string key, string field) => Currency.Find(key)?.Code
        ?? throw Problem.Invalid("unknown_currency", "Name the models by ISO 4217 codes, such as eur.", field).Exception();
}
