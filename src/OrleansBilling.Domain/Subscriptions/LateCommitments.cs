using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What usage that comes late does to the commitments of its time (rules.md, "Usage"): after any ups and downs what was billed as
/// missing is what would be missing had all usage been on time. Collects over the spans of one look, since several may share one.
/// </summary>
internal sealed class LateCommitments
{
    private readonly Dictionary<(string Group, Instant From), Moved> _moved = [];
    private readonly Dictionary<UsagePart, long> _amounts = [];

    /// <summary>A span costs more by so many minor units.</summary>
    public void Higher(LateSpan span, PriceTerms terms, long amount) => Move(span, terms, amount);

    /// <summary>A span costs less by so many minor units.</summary>
    public void Lower(LateSpan span, PriceTerms terms, long amount) => Move(span, terms, -amount);

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
            var counted = moved.Spans.Sum(span => PartOf(state, commitment, span, _amounts[span.Part]) - PartOf(state, commitment, span, 0));
            var difference = Math.Max(0, commitment.Due - commitment.Counted - counted) - commitment.Missing;
            if (difference > 0)
            {
                raised.Add(Raised(state, commitment, moved.Part, moved.Terms, difference));
            }
            else if (difference < 0)
            {
                var given = Given(state, moved, -difference, facts);
                credits.AddRange(given);
                difference = given.Sum(static credit => credit.Amount);
            }

            if (counted != 0 || difference != 0)
            {
                accounts.Add(new ClosedCommitment(state.CommitmentsEnded + accounts.Count + 1, commitment.Plan, commitment.AddOn, commitment.Time, 0, counted, difference));
            }
        }

        return (
            state with { CommitmentsClosed = state.CommitmentsClosed.AddRange(accounts), CommitmentsEnded = state.CommitmentsEnded + accounts.Count },
            credits.ToImmutable().AddRange(raised));
    }

    /// <summary>Of a span with what has moved of it, what counts towards a commitment.</summary>
    private static long PartOf(SubscriptionState state, LateCommitment commitment, LateSpan span, long moved) => CommitmentUsage.PartOf(
        span.Amount + moved, span.Part.Span, commitment.Time.Start, commitment.Time.End, state.Anchor?.TimeZone ?? "UTC");

    /// <summary>Never more of a line than is left of it: what a person has credited is not given back twice.</summary>
    private static ImmutableArray<LineDraft> Given(SubscriptionState state, Moved moved, long amount, SubscriptionFacts facts)
    {
        var credits = ImmutableArray.CreateBuilder<LineDraft>();
        foreach (var charge in moved.Commitment.Lines.Where(charge => charge.Left > 0 && !ItemCredits.IsVoid(charge.Billed, facts)))
        {
            var taken = Math.Min(amount, charge.Left);
            if (taken > 0)
            {
                credits.Add(LateCredits.Credit(state, moved.Part, moved.Terms, LineKind.Commitment, charge, taken, facts));
                amount -= taken;
            }
        }

        return credits.DrainToImmutable();
    }

    private static LineDraft Raised(SubscriptionState state, LateCommitment commitment, UsagePart part, PriceTerms terms, long amount) => new(
        LineKind.Commitment, LineTexts.Of(LineTexts.MinimumCommitment, terms.Plan.Name), commitment.Time, amount,
        new Explain(
            $"{terms.Plan.Code}@{terms.Plan.Version}",
            [ExplainSteps.Given("Usage that no longer counts towards the minimum", amount), ExplainSteps.Round(amount, amount)], Explain.Empty.Facts))
    {
        Subscription = state.Id,
        Plan = terms.Plan.Code,
        Group = part.AddOn ? terms.Plan.Code : "",
    };

    private void Move(LateSpan span, PriceTerms terms, long amount)
    {
        _amounts[span.Part] = _amounts.GetValueOrDefault(span.Part) + amount;
        foreach (var commitment in span.Commitments)
        {
            var key = (commitment.AddOn ? commitment.Plan : "", commitment.Time.Start);
            if (!_moved.TryGetValue(key, out var moved))
            {
                _moved.Add(key, moved = new Moved(commitment, span.Part, terms));
            }

            moved.Spans.Add(span);
        }
    }

    /// <summary>A commitment for which spans of the look count.</summary>
    /// <param name="commitment">As it was found.</param>
    /// <param name="part">The first span.</param>
    /// <param name="terms">Of that span.</param>
    private sealed class Moved(LateCommitment commitment, UsagePart part, PriceTerms terms)
    {
        public LateCommitment Commitment => commitment;

        public UsagePart Part => part;

        public PriceTerms Terms => terms;

        public List<LateSpan> Spans { get; } = [];
    }
}
