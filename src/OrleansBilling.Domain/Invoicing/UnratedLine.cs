using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>Why a drafted line has no amount, and what rating it again needs beside the draft itself.</summary>
/// <param name="Code">The refusal's code, such as <c>currency_not_sold</c>.</param>
/// <param name="Detail">The refusal's sentence.</param>
/// <param name="PlanVersion">The version of the draft's plan.</param>
/// <param name="Override">The negotiated price in force, or null.</param>
/// <param name="Part">The share of the period, and what counts against the price.</param>
/// <param name="Nominal">The full period of which the draft's is a part, or the same.</param>
public sealed record UnratedLine(string Code, string Detail, int PlanVersion, PriceOverride? Override, PartInput Part, Period Nominal)
{
    /// <summary>The phase of the plan that the period is in, or null.</summary>
    public int? Phase { get; init; }

    /// <summary>True where the plan is added beside the subscription's own; of usage its span tells.</summary>
    public bool AddOn { get; init; }
}
