using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>Collects the parts of a price with their steps. Lives within one rating.</summary>
internal sealed class RatingSheet
{
    private int _parts;

    /// <summary>The exact price so far, in minor units.</summary>
    public decimal Amount { get; private set; }

    /// <summary>Minor units of one unit, where a single one applies.</summary>
    public decimal? UnitAmount { get; set; }

    /// <summary>Steps so far.</summary>
    public ImmutableArray<ExplainStep>.Builder Steps { get; } = ImmutableArray.CreateBuilder<ExplainStep>(4);

    /// <summary>Groups that could not be priced.</summary>
    public List<RatingGroup>? SetAside { get; set; }

    /// <summary>Begins with the price of a whole period, or with a share of it.</summary>
    public void Begin(Rated whole, Share share, decimal exact)
    {
        Steps.AddRange(whole.Steps.AsSpan()[..^1]);
        if (!share.IsWhole)
        {
            Steps.Add(ExplainSteps.Share(whole.Exact, share, exact));
        }

        Amount = exact;
        _parts = 1;
    }

    /// <summary>Adds a part to the price.</summary>
    public void Add(decimal part, ExplainStep step)
    {
        Amount += part;
        _parts++;
        Steps.Add(step);
    }

    /// <summary>Adds <c>quantity x unit amount</c>.</summary>
    public void Multiply(string operation, string description, decimal quantity, decimal unitAmount)
    {
        var result = quantity * unitAmount;
        Add(result, ExplainSteps.Of(
            operation, description, result, ("quantity", ExplainSteps.Text(quantity)), ("unit_amount", ExplainSteps.Text(unitAmount))));
    }

    /// <summary>Adds <c>value x rate / 100</c>.</summary>
    public void Percent(string description, decimal value, decimal rate)
    {
        var result = value * rate / 100m;
        Add(result, ExplainSteps.Of("percentage", description, result, ("value", ExplainSteps.Text(value)), ("rate", ExplainSteps.Text(rate))));
    }

    /// <summary>Adds parts of the period before, which are quotients as this one is: three that make a half are a half.</summary>
    public void AddEarlier(decimal earlier)
    {
        Add(earlier, ExplainSteps.Given("Earlier parts of the period at the same price", earlier));
        var sum = Rounding.SumOfQuotients(Amount);
        Steps.Add(ExplainSteps.Of("sum", "Sum", sum, ("amount", ExplainSteps.Text(Amount))));
        Amount = sum;
    }

    /// <summary>Shows the sum where there are several parts.</summary>
    public void Sum()
    {
        if (_parts > 1)
        {
            Steps.Add(ExplainSteps.Of("sum", "Sum", Amount, ("amount", ExplainSteps.Text(Amount))));
        }
    }

    /// <summary>Puts a bound in place of the price.</summary>
    public void Bound(string operation, string description, decimal bound)
    {
        Steps.Add(ExplainSteps.Of(
            operation, description, bound, ("amount", ExplainSteps.Text(Amount)), ("bound", ExplainSteps.Text(bound))));
        Amount = bound;
    }

    /// <summary>Takes a percentage off the price.</summary>
    public void TakeOff(decimal percent)
    {
        var left = Amount * (100m - percent) / 100m;
        Steps.Add(ExplainSteps.PercentOff(Amount, percent, left));
        Amount = left;
    }
}
