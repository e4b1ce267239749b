using System.Collections.Immutable;
using OrleansBilling.Domain.Entitlements;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Catalog;

/// <summary>
/// One published version of a plan. Immutable: a subscription stays on its version until it is moved.
/// </summary>
/// <param name="Code">The plan's code, the caller's name, unique in the catalog.</param>
/// <param name="Version">Counts from 1.</param>
/// <param name="Name">Shown on invoices.</param>
/// <param name="Currency">The currency of the prices' own models.</param>
/// <param name="Interval">The billing interval of all recurring prices.</param>
/// <param name="TrialDays">Local days of trial for new subscriptions; 0 for none.</param>
/// <param name="Prices">Price codes are unique; the order is the order of lines on invoices.</param>
public sealed record PlanVersion(
    string Code,
    int Version,
    string Name,
    Currency Currency,
    BillingInterval Interval,
    int TrialDays,
    ImmutableArray<Price> Prices)
{
    /// <summary>The caller's own pairs; they mean nothing to billing.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>At least this much is billed per period, by currency code, in minor units; a currency without has no minimum.</summary>
    public ImmutableSortedDictionary<string, long> Minimum { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>Prices of the first paid periods, phase after phase; empty where the plan's own apply from the start.</summary>
    public ImmutableArray<PlanPhase> Phases { get; init; } = [];

    /// <summary>Hours after the end of a span for which its usage is waited for before it is billed; 0 bills it at the end.</summary>
    public int UsageGraceHours { get; init; }

    /// <summary>What subscribers are entitled to, by code; the same in all phases.</summary>
    public ImmutableSortedDictionary<string, Entitlement> Entitlements { get; init; } = ImmutableSortedDictionary<string, Entitlement>.Empty;

    /// <summary>When changes to this version take effect where the call does not say; null is now.</summary>
    public ChangeDefaults? ChangeDefaults { get; init; }

    /// <summary>The price of a code, or null.</summary>
    public Price? Find(string priceCode) => Prices.FirstOrDefault(price => price.Code == priceCode);

    /// <summary>The price of a code in a phase, counted from 1; null is after the last one. Null where the plan has no such price.</summary>
    public Price? Find(string priceCode, int? phase) => (phase is { } number ? Phases[number - 1].Find(priceCode) : null) ?? Find(priceCode);

    /// <summary>True where every price, also of phases, has a model in the currency.</summary>
    public bool Sells(Currency currency) =>
        Prices.Concat(Phases.SelectMany(phase => phase.Prices)).All(price => price.ModelFor(currency, Currency) is not null);
}
