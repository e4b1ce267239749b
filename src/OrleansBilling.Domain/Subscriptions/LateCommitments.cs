using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What usage that comes late does to the commitments of its time: a higher usage takes the place of what was missing and billed, a
/// lower one is missing to a minimum that was missed before. Collects over the spans of one look, since several may share one.
/// </summary>
internal sealed class LateCommitments
{
    private readonly Dictionary<string, (LateCharge Charge, UsagePart Part, PriceTerms Terms, long Taken)> _moved = new(StringComparer.Ordinal);

    /// <summary>A span costs more by so many minor units.</summary>
    public void Higher(LateSpan span, PriceTerms terms, long amount)
    {
        foreach (var charge in span.Commitments)
        {
            var taken = Math.Min(amount, Left(charge));
            if (taken > 0)
            {
                Move(charge, span.Part, terms, taken);
                amount -= taken;
            }
        }
    }

    /// <summary>A span costs less by so many minor units. Where a minimum was reached, what is missing to it now is not billed.</summary>
    public void Lower(LateSpan span, PriceTerms terms, long amount)
    {
        if (span.Commitments.FirstOrDefault(charge => Left(charge) > 0) is { } missed)
        {
            Move(missed, span.Part, terms, -amount);
        }
    }

    /// <summary>Credits of what is no longer missing, and what is missing now.</summary>
    public ImmutableArray<LineDraft> Lines(SubscriptionState state, SubscriptionFacts facts) =>
    [
        .. _moved.Values.Where(moved => moved.Taken > 0 && !ItemCredits.IsVoid(moved.Charge.Billed, facts))
            .Select(moved => LateCredits.Credit(state, moved.Part, moved.Terms, LineKind.Commitment, moved.Charge, moved.Taken, facts)),
        .. _moved.Values.Where(moved => moved.Taken < 0).Select(moved => Raised(state, moved.Charge.Billed, moved.Part, moved.Terms, -moved.Taken)),
    ];

    private static LineDraft Raised(SubscriptionState state, BilledCharge missed, UsagePart part, PriceTerms terms, long amount) => new(
        LineKind.Commitment, $"{terms.Plan.Name}: minimum commitment", missed.Period, amount,
        new Explain(
            $"{terms.Plan.Code}@{terms.Plan.Version}",
            [ExplainSteps.Given("Usage that no longer counts towards the minimum", amount), ExplainSteps.Round(amount, amount)], Explain.Empty.Facts))
    {
        Subscription = state.Id,
        Plan = terms.Plan.Code,
        Group = part.AddOn ? terms.Plan.Code : "",
    };

    private long Left(LateCharge charge) => charge.Left - (_moved.TryGetValue(charge.Billed.Line, out var moved) ? moved.Taken : 0);

    private void Move(LateCharge charge, UsagePart part, PriceTerms terms, long taken) =>
        _moved[charge.Billed.Line] = (charge, part, terms, (_moved.TryGetValue(charge.Billed.Line, out var moved) ? moved.Taken : 0) + taken);
}
