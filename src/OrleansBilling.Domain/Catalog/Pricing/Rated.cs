using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>What a quantity costs.</summary>
/// <param name="Exact">Minor units before rounding.</param>
/// <param name="Amount">Minor units, rounded once.</param>
/// <param name="Steps">How it came about; the last but for <c>subtract_billed</c> is <c>round</c>.</param>
/// <param name="UnitAmount">Minor units of one unit, or null where no single one applies.</param>
public sealed record Rated(decimal Exact, long Amount, ImmutableArray<ExplainStep> Steps, decimal? UnitAmount)
{
    /// <summary>Groups that fit no cell of a matrix without default: not priced, to be looked at by a person.</summary>
    public ImmutableArray<RatingGroup> SetAside { get; init; } = [];

    /// <summary>The charge for a share of the period: the exact price times the share, rounded once in place of the whole.</summary>
    /// <exception cref="InvalidOperationException">Something was billed before: pieces are cut by usage, not by time.</exception>
    public Rated Prorated(Share share)
    {
        if (share.IsWhole)
        {
            return this;
        }

        if (Steps[^1].Operation != "round")
        {
            throw new InvalidOperationException("A piece of a period cannot be prorated.");
        }

        var exact = share.Of(Exact);
        var amount = Rounding.ToMinorUnits(exact);
        var steps = Steps.RemoveAt(Steps.Length - 1).Add(ExplainSteps.Share(Exact, share, exact)).Add(ExplainSteps.Round(exact, amount));
        return this with { Exact = exact, Amount = amount, Steps = steps };
    }
}
