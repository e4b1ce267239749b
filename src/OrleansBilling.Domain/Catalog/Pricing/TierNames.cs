using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Catalog.Pricing;

/// <summary>How explanations call a tier.</summary>
internal static class TierNames
{
    /// <summary>Such as <c>above 10 up to 20</c>; the upper bound belongs to the tier.</summary>
    public static string Of(decimal lower, decimal? upTo) => (lower, upTo) switch
    {
        (0, null) => "for all",
        (0, { } upper) => $"up to {ExplainSteps.Text(upper)}",
        (_, null) => $"above {ExplainSteps.Text(lower)}",
        (_, { } upper) => $"above {ExplainSteps.Text(lower)} up to {ExplainSteps.Text(upper)}",
    };
}
