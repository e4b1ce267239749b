using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Catalog;

/// <summary>Paid periods at prices of their own.</summary>
internal sealed record PhaseBody
{
    /// <summary>How many.</summary>
    [Whole(1, 1000)]
    public required int Periods { get; init; }

    /// <summary>Each in place of the plan's price of the same code.</summary>
    [Entries(1, Limits.PricesPerPlan)]
    public required IReadOnlyList<PriceBody> Prices { get; init; }
}

/// <summary>Defaults of changes to a plan.</summary>
internal sealed record ChangeDefaultsBody
{
    /// <summary>Where the new terms cost more a day.</summary>
    public ChangeDefaultBody? Upgrade { get; init; }

    /// <summary>Where the new terms cost less a day.</summary>
    public ChangeDefaultBody? Downgrade { get; init; }
}

/// <summary>A default of changes in one direction.</summary>
internal sealed record ChangeDefaultBody
{
    /// <summary><c>now</c> or <c>period_end</c>.</summary>
    public required DefaultTime When { get; init; }

    /// <summary>The price's policy, else <c>day</c>, unless given.</summary>
    public ProrationPolicy? Proration { get; init; }
}

/// <summary>When a change takes effect by default.</summary>
internal enum DefaultTime
{
    /// <summary>At once.</summary>
    Now,

    /// <summary>At the end of the current period.</summary>
    PeriodEnd,
}
