using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Server.Catalog;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Subscriptions;

/// <summary>A further plan of a new subscription.</summary>
internal sealed record AddOnBody
{
    /// <summary>The plan's code.</summary>
    [Text(TextKind.Code)]
    public required string Plan { get; init; }

    /// <summary>The newest unless given.</summary>
    [Whole(1, int.MaxValue)]
    public int? PlanVersion { get; init; }

    /// <summary>By price code; 1 unless given.</summary>
    [Entries(0, Limits.PricesPerPlan)]
    [Decimal(Signed = true)]
    public IReadOnlyDictionary<string, decimal>? Quantities { get; init; }

    /// <summary>Negotiated prices by price code.</summary>
    [Entries(0, Limits.PricesPerPlan)]
    public IReadOnlyDictionary<string, PriceOverrideBody>? PriceOverrides { get; init; }
}

/// <summary>A negotiated price: a model of its own, or a percentage off the catalog's price.</summary>
internal sealed record PriceOverrideBody
{
    /// <summary>In the account's currency; instead of <c>percent_off</c>.</summary>
    public ModelBody? Model { get; init; }

    /// <summary>0 to 100; 0 takes an override back.</summary>
    public decimal? PercentOff { get; init; }

    /// <summary>Time billed from here on costs the catalog's price; never ends unless given.</summary>
    public Instant? Until { get; init; }
}

/// <summary>Adds a plan, or one price of a plan.</summary>
internal sealed record AddItemsBody
{
    /// <summary>The plan's code; all its prices are added unless <c>price</c> names one.</summary>
    [Text(TextKind.Code)]
    public string? Plan { get; init; }

    /// <summary>The newest unless given, or the one that the subscription is on.</summary>
    [Whole(1, int.MaxValue)]
    public int? PlanVersion { get; init; }

    /// <summary>One price alone; without <c>plan</c>, of a plan that the subscription has.</summary>
    [Text(TextKind.Code)]
    public string? Price { get; init; }

    /// <summary>By price code; 1 unless given.</summary>
    [Entries(0, Limits.PricesPerPlan)]
    [Decimal(Signed = true)]
    public IReadOnlyDictionary<string, decimal>? Quantities { get; init; }

    /// <summary>Negotiated prices by price code.</summary>
    [Entries(0, Limits.PricesPerPlan)]
    public IReadOnlyDictionary<string, PriceOverrideBody>? PriceOverrides { get; init; }

    /// <summary><c>now</c> (unless given), <c>period_end</c>, or an instant within the current period.</summary>
    [Text(TextKind.Reference, Max = 40)]
    public string? When { get; init; }

    /// <summary>How the rest of the period is measured; the price's policy, else <c>day</c>, unless given.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>Whether its lines are billed <c>now</c> (unless given), or wait for the <c>next</c> invoice.</summary>
    public InvoiceTiming? Invoice { get; init; }
}

/// <summary>Removes an item.</summary>
internal sealed record RemoveItemBody
{
    /// <summary><c>now</c> (unless given), <c>period_end</c>, or an instant within the current period.</summary>
    [Text(TextKind.Reference, Max = 40)]
    public string? When { get; init; }

    /// <summary>How unused time is credited; the price's policy, else <c>day</c>, unless given.</summary>
    public ProrationPolicy? Proration { get; init; }

    /// <summary>Whether its lines are billed <c>now</c> (unless given), or wait for the <c>next</c> invoice.</summary>
    public InvoiceTiming? Invoice { get; init; }
}
