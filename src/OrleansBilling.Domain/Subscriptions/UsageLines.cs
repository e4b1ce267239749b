using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using NodaTime.Text;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Usage that is over, as a step bills it.</summary>
/// <param name="State">With what waits for the plan's grace to pass.</param>
/// <param name="Lines">What is billed now; a line for every span in which something was used or is due.</param>
/// <param name="Closed">What is closed now without a line.</param>
internal sealed record UsageBilled(SubscriptionState State, ImmutableArray<LineDraft> Lines, ImmutableArray<ClosedUsage> Closed)
{
    /// <summary>A step with what was closed in it.</summary>
    public SubscriptionStep Closing(SubscriptionStep step) =>
        Closed.IsEmpty ? step : step with { Documents = step.Documents with { UsageClosed = step.Documents.UsageClosed.AddRange(Closed) } };
}

/// <summary>
/// Bills usage that is over (rules.md, "Prices", "A period in pieces", "Usage"): each span by itself from zero, by the code that
/// rates quotes.
/// </summary>
internal static class UsageLines
{
    /// <summary>Bills what closes at or before an instant; the rest waits.</summary>
    /// <param name="state">After the step, without the parts.</param>
    /// <param name="parts">What has ended.</param>
    /// <param name="facts">Holds the plans and the usage.</param>
    /// <param name="at">The instant of the step.</param>
    public static UsageBilled Bill(SubscriptionState state, ImmutableArray<UsagePart> parts, SubscriptionFacts facts, Instant at)
    {
        var due = parts.RemoveAll(part => part.ClosesAt > at);
        var waiting = parts.RemoveAll(part => part.ClosesAt <= at);
        var billed = due.Select(part => Line(state, part, facts)).ToList();
        // What was taken back of former spans beyond what was used in this one counts with the next.
        state = due.Aggregate(state, (left, part) => UsageParts.Carrying(left, part.Item, Math.Min(0, Read(state, part, facts).Used.Quantity + part.Carried)));
        return new UsageBilled(
            waiting.IsEmpty ? state : state with { UsageWaiting = state.UsageWaiting.AddRange(waiting) },
            [.. billed.Select(each => each.Line).OfType<LineDraft>()],
            [.. billed.Where(each => each.Line is null).Select(each => each.Closed)]);
    }

    /// <summary>Closes usage that an end was told to leave out: it is kept and reported, and never billed.</summary>
    public static UsageBilled LeaveOut(SubscriptionState state, ImmutableArray<UsagePart> parts, SubscriptionFacts facts) => new(
        state, [], [.. parts.Select(part => Closed(part, Read(state, part, facts).Used, UsageOutcome.LeftOut))]);

    /// <summary>The line of a span, and how it is closed; no line where nothing was used and nothing is due.</summary>
    public static (LineDraft? Line, ClosedUsage Closed) Line(SubscriptionState state, UsagePart part, SubscriptionFacts facts)
    {
        var (terms, model, used) = Read(state, part, facts);
        if (part.InTrial && !terms.Price.ChargeInTrial)
        {
            return (null, Closed(part, used, UsageOutcome.Trial));
        }

        var rated = model is null ? ItemLines.NotSold(terms, state.Currency) : UsageRater.Rate(model, WithCarried(part, used), part.Bounds, terms.PercentOff, withMinimum: !part.InTrial && !part.IsEmpty);
        if (rated.Refusal is { } refusal)
        {
            var aside = ItemLines.Unrated(
                state, ItemOf(part, used), terms, LineKind.Usage, part.Span, part.Span, refusal, new PartInput(Share.One, part.Bounds, IsLast: true));
            return (aside with { Usage = Closed(part, used, UsageOutcome.Billed) }, Closed(part, used, UsageOutcome.Billed));
        }

        if (used.Events == 0 && part.Carried == 0 && rated.Value.Amount == 0)
        {
            return (null, Closed(part, used, UsageOutcome.Empty));
        }

        var closed = Closed(part, used, UsageOutcome.Billed) with { Amount = rated.Value.Amount };
        var draft = ItemLines.Draft(state, ItemOf(part, used), terms, LineKind.Usage, part.Span, rated.Value) with { Usage = part.IsEmpty ? null : closed };
        return (draft with { Explain = Explained(draft.Explain, part, used), UsedIn = UsageSpread.Of(part, terms, model!, closed.Amount, facts) }, closed);
    }

    /// <summary>What a span costs, and what was used in it.</summary>
    internal static (PriceTerms Terms, PricingModel? Model, MeteredUsage Used) Read(SubscriptionState state, UsagePart part, SubscriptionFacts facts)
    {
        var terms = part.TermsOf(facts);
        var model = terms.ModelIn(state.Currency);
        return (terms, model, model is null || part.IsEmpty ? MeteredUsage.None : facts.Usage.Of(UsageNeed.Of(part.Meter, terms.Price, model, part.Span)));
    }

    private static SubscriptionItem ItemOf(UsagePart part, MeteredUsage used) =>
        part.Sold.On(new SubscriptionItem(part.Item, part.Sold.Plan, part.Sold.PlanVersion, part.Price, 0)) with { Quantity = WithCarried(part, used).Quantity };

    /// <summary>Usage with what was carried to its span.</summary>
    internal static MeteredUsage WithCarried(UsagePart part, MeteredUsage used) =>
        part.Carried == 0 ? used : used with { Quantity = Math.Max(0, used.Quantity + part.Carried) };

    private static ClosedUsage Closed(UsagePart part, MeteredUsage used, UsageOutcome outcome) =>
        new(part, used.Quantity, used.Events, 0, outcome) { Unnamed = used.Unnamed };

    internal static Explain Explained(Explain explain, UsagePart part, MeteredUsage used)
    {
        explain = explain
            .With("meter", part.Meter)
            .With("events", used.Events.ToString(CultureInfo.InvariantCulture))
            .With("quantity", ExplainSteps.Text(used.Quantity))
            .With("from", Text(part.Span.Start))
            .With("to", Text(part.Span.End));
        explain = part.Carried == 0 ? explain : explain.With("carried_forward", ExplainSteps.Text(part.Carried));
        if (!part.Bounds.IsWhole)
        {
            explain = explain.With("days", part.Bounds.ToString());
        }

        // Where not the whole span: who reads the line sees which events without a subscription it counts.
        return used.Unnamed is [var only] && only == part.Span ? explain : explain.With("unnamed_events", used.Unnamed.IsEmpty ? "none" : string.Join(", ", used.Unnamed.Select(Text)));
    }

    private static string Text(Instant at) => InstantPattern.ExtendedIso.Format(at);

    private static string Text(Period span) => $"{Text(span.Start)} to {Text(span.End)}";
}
