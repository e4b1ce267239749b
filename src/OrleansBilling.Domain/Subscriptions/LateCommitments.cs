using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What usage that comes late, and lines that are billed late, do to the commitments of their time (rules.md, "Usage"): after any ups and
/// downs what was billed as missing is what would be missing had all been on time. Collects over all that one turn moves, since
/// several may share one.
/// </summary>
/// <param name="subscription">Knows the zone of the days.</param>
internal sealed class LateCommitments(SubscriptionState subscription)
{
    private readonly string _zone = subscription.Anchor?.TimeZone ?? "UTC";
    private readonly Dictionary<(string Group, Instant From), Moved> _moved = [];

    /// <summary>A span costs more by so many minor units; below zero, less. Once for each span.</summary>
    public void Moves(LateSpan span, PriceTerms terms, long amount) => Moves(span, terms, span.Amount, amount);

    /// <summary>Lines of a span that count beside what it costs.</summary>
    public void Moves(LateSpan span, PriceTerms terms, ImmutableArray<LineDraft> lines)
    {
        foreach (var line in lines)
        {
            Moves(span, terms, 0, line.Amount);
        }
    }

    /// <summary>So many minor units more, or below zero less, count towards a commitment.</summary>
    /// <param name="commitment">As it was found.</param>
    /// <param name="plan">Of the line that counts.</param>
    /// <param name="amount">Minor units.</param>
    public void Counts(LateCommitment commitment, PlanVersion plan, long amount)
    {
        var key = (commitment.AddOn ? commitment.Plan : "", commitment.Time.Start);
        var moved = _moved.GetValueOrDefault(key) ?? new Moved(commitment, plan, 0);
        _moved[key] = moved with { Amount = moved.Amount + amount };
    }

    /// <summary>Credits of what is no longer missing, then what is missing now; and the state with what has moved of commitments.</summary>
    /// <param name="state">The subscription.</param>
    /// <param name="facts">Holds the invoices.</param>
    public (SubscriptionState State, ImmutableArray<LineDraft> Lines) Settled(SubscriptionState state, SubscriptionFacts facts)
    {
        var credits = ImmutableArray.CreateBuilder<LineDraft>();
        var raised = ImmutableArray.CreateBuilder<LineDraft>();
        var accounts = ImmutableArray.CreateBuilder<ClosedCommitment>();
        foreach (var moved in _moved.Values)
        {
            var commitment = moved.Commitment;
            var difference = Math.Max(0, commitment.Due - commitment.Counted - moved.Amount) - commitment.Missing;
            if (difference > 0)
            {
                raised.Add(Raised(state, moved, difference));
            }
            else if (difference < 0)
            {
                var given = Given(state, moved, -difference, facts);
                credits.AddRange(given);
                difference = given.Sum(static credit => credit.Amount);
            }

            if (moved.Amount != 0 || difference != 0)
            {
                accounts.Add(new ClosedCommitment(state.CommitmentsEnded + accounts.Count + 1, commitment.Plan, commitment.AddOn, commitment.Time, 0, moved.Amount, difference));
            }
        }

        return (
            state with { CommitmentsClosed = state.CommitmentsClosed.AddRange(accounts), CommitmentsEnded = state.CommitmentsEnded + accounts.Count },
            credits.ToImmutable().AddRange(raised));
    }

    private void Moves(LateSpan span, PriceTerms terms, long before, long amount)
    {
        foreach (var commitment in span.Commitments)
        {
            Counts(commitment, terms.Plan, PartOf(span, commitment, before + amount) - PartOf(span, commitment, before));
        }
    }

    /// <summary>Of what a span costs, what counts towards a commitment.</summary>
    private long PartOf(LateSpan span, LateCommitment commitment, long amount) =>
        CommitmentUsage.PartOf(amount, span.Part.Span, commitment.Time.Start, commitment.Time.End, _zone);

    /// <summary>Never more of a line than is left of it: what a person has credited is not given back twice.</summary>
    private static ImmutableArray<LineDraft> Given(SubscriptionState state, Moved moved, long amount, SubscriptionFacts facts)
    {
        var credits = ImmutableArray.CreateBuilder<LineDraft>();
        foreach (var charge in moved.Commitment.Lines.Where(charge => charge.Left > 0 && !ItemCredits.IsVoid(charge.Billed, facts)))
        {
            var taken = Math.Min(amount, charge.Left);
            if (taken > 0)
            {
                credits.Add(LateCredits.OfCommitment(state, moved.Plan, moved.Commitment.AddOn, charge, taken, facts));
                amount -= taken;
            }
        }

        return credits.DrainToImmutable();
    }

    private static LineDraft Raised(SubscriptionState state, Moved moved, long amount) => new(
        LineKind.Commitment, LineTexts.Of(LineTexts.MinimumCommitment, moved.Plan.Name), moved.Commitment.Time, amount,
        new Explain(
            $"{moved.Plan.Code}@{moved.Plan.Version}",
            [ExplainSteps.Given("Usage that no longer counts towards the minimum", amount), ExplainSteps.Round(amount, amount)], Explain.Empty.Facts))
    {
        Subscription = state.Id,
        Plan = moved.Plan.Code,
        Group = moved.Commitment.AddOn ? moved.Plan.Code : "",
    };

    /// <summary>A commitment towards which something else counts than before.</summary>
    /// <param name="Commitment">As it was found.</param>
    /// <param name="Plan">Of what counts, the first of several.</param>
    /// <param name="Amount">Minor units.</param>
    private sealed record Moved(LateCommitment Commitment, PlanVersion Plan, long Amount);
}
