using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Grains.Catalog;

/// <summary>A phase of a plan: so many paid periods at prices of its own.</summary>
public sealed record PlanPhaseView(int Periods, IReadOnlyList<PriceView> Prices)
{
    /// <summary>The view of a phase.</summary>
    public static PlanPhaseView Of(PlanPhase phase) => new(phase.Periods, [.. phase.Prices.Select(PriceView.Of)]);
}

/// <summary>When changes to a plan take effect where the call does not say.</summary>
public sealed record ChangeDefaultsView(ChangeDefaultView? Upgrade, ChangeDefaultView? Downgrade)
{
    /// <summary>The view of a plan's defaults.</summary>
    public static ChangeDefaultsView? Of(ChangeDefaults? defaults) =>
        defaults is null ? null : new ChangeDefaultsView(ChangeDefaultView.Of(defaults.Upgrade), ChangeDefaultView.Of(defaults.Downgrade));
}

/// <summary>A default of changes in one direction. <c>when</c> is <c>now</c> or <c>period_end</c>.</summary>
public sealed record ChangeDefaultView(string When, string? Proration)
{
    /// <summary>The view of a default.</summary>
    public static ChangeDefaultView? Of(ChangeDefault? given) => given is null
        ? null
        : new ChangeDefaultView(given.AtPeriodEnd ? "period_end" : "now", given.Proration is { } policy ? ProrationPolicyNames.Of(policy) : null);
}
