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
    /// <summary>Invoices of pieces, as they were seen: what is closed counts on them.</summary>
    public ImmutableArray<InvoiceSeen> Seen { get; init; } = [];

    /// <summary>A step with what was closed in it.</summary>
    public SubscriptionStep Closing(SubscriptionStep step) =>
        (Closed.IsEmpty ? step : step with { Documents = step.Documents with { UsageClosed = step.Documents.UsageClosed.AddRange(Closed) } }).Seeing(Seen);
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
        var billed = due.Select(part => Lines(state, part, facts)).ToList();
        // What was taken back of former spans beyond what was used in this one counts with the next.
        state = due.Aggregate(state, (left, part) => PassedOn(left, part, facts));
        return new UsageBilled(
            waiting.IsEmpty ? state : state with { UsageWaiting = state.UsageWaiting.AddRange(waiting) },
            [.. billed.SelectMany(each => each.Lines).Select(line => WithoutPassed(line, state, facts))],
            [.. billed.Where(each => each.Lines.All(line => line.Unrated?.Code is UsageCells.NoCell) && !each.Closed.Part.IsEmpty).Select(each => each.Closed)])
        {
            Seen = UsagePieces.Seen(due, facts),
        };
    }

    /// <summary>What was taken back beyond what was used counts with the item's next span; what is free takes nothing back.</summary>
    private static SubscriptionState PassedOn(SubscriptionState state, UsagePart part, SubscriptionFacts facts)
    {
        var (terms, _, used) = Read(state, part, facts);
        return part.InTrial && !terms.Price.ChargeInTrial
            ? state
            : UsageReturns.Trimmed(UsageParts.Carrying(state, part.Item, Passed(part, used)), part.Item, Math.Min(0, used.Quantity));
    }

    /// <summary>Of what was carried to a span and used in it, what is below zero.</summary>
    internal static decimal Passed(UsagePart part, MeteredUsage used) => Math.Min(0, used.Quantity + part.Carried);

    /// <summary>A span that is set aside is rated later without what it has passed on.</summary>
    private static LineDraft WithoutPassed(LineDraft line, SubscriptionState state, SubscriptionFacts facts) =>
        line is { Unrated: { Code: not UsageCells.NoCell }, Usage: { } usage } && Passed(usage.Part, Read(state, usage.Part, facts).Used) is var passed && passed != 0
            ? line with { Usage = usage with { Part = usage.Part with { Carried = usage.Part.Carried - passed } } }
            : line;

    /// <summary>
    /// Closes usage that an end was told to leave out: it is kept and reported, and never billed. What pieces have billed stays, but for what
    /// corrections made too much.
    /// </summary>
    public static UsageBilled LeaveOut(SubscriptionState state, ImmutableArray<UsagePart> parts, SubscriptionFacts facts)
    {
        var closed = parts.Select(part =>
        {
            if (part.Pieces.IsEmpty)
            {
                return (Lines: ImmutableArray<LineDraft>.Empty, Closed: Closed(part, Read(state, part, facts).Used, UsageOutcome.LeftOut));
            }

            var (lines, all) = Lines(state, part, facts, withMinimum: false);
            ImmutableArray<LineDraft> credits = [.. lines.Where(line => line.CreditedLine is not null).Select(line => line with { Usage = null })];
            return (Lines: credits, Closed: all with { Outcome = UsageOutcome.LeftOut, Amount = PiecesBilled.Of(part, facts).Amount + credits.Sum(credit => credit.Amount), Line = null });
        }).ToList();
        return new UsageBilled(state, [.. closed.SelectMany(each => each.Lines)], [.. closed.Where(each => !each.Closed.Part.IsEmpty).Select(each => each.Closed)])
        {
            Seen = UsagePieces.Seen(parts, facts),
        };
    }

    /// <summary>
    /// The lines of a span, and how it is closed; none where nothing was used and nothing is due. After pieces it is the rest, or credits of
    /// their lines where corrections left less than they have billed. What fits no cell of a matrix is a line without an amount beside them.
    /// </summary>
    /// <param name="state">The subscription.</param>
    /// <param name="part">The span.</param>
    /// <param name="facts">Holds the plan, the usage, and the invoices of pieces.</param>
    /// <param name="withMinimum">False where nothing more is billed.</param>
    public static (ImmutableArray<LineDraft> Lines, ClosedUsage Closed) Lines(SubscriptionState state, UsagePart part, SubscriptionFacts facts, bool withMinimum = true)
    {
        var (terms, model, used) = Read(state, part, facts);
        var (lines, closed) = Rated(state, part, facts, terms, model, used, withMinimum);
        return closed.Outcome is not UsageOutcome.Trial && UsageCells.Aside(state, part, terms, model, used) is { } aside ? (lines.Add(aside), closed) : (lines, closed);
    }

    private static (ImmutableArray<LineDraft> Lines, ClosedUsage Closed) Rated(
        SubscriptionState state, UsagePart part, SubscriptionFacts facts, PriceTerms terms, PricingModel? model, MeteredUsage used, bool withMinimum)
    {
        if (part.InTrial && !terms.Price.ChargeInTrial)
        {
            return ([], Closed(part, used, UsageOutcome.Trial));
        }

        var counted = WithCarried(part, used);
        var rated = model is null ? ItemLines.NotSold(terms, state.Currency) : UsageRater.Rate(model, counted, part.Bounds, terms.PercentOff, withMinimum && !part.InTrial && !part.IsEmpty);
        if (rated.Refusal is { } refusal)
        {
            var aside = ItemLines.Unrated(
                state, ItemOf(part, counted.Quantity), terms, LineKind.Usage, part.Span, part.Span, refusal, new PartInput(Share.One, part.Bounds, IsLast: true));
            return ([aside with { Usage = Closed(part, used, UsageOutcome.Billed) }], Closed(part, used, UsageOutcome.Billed));
        }

        var before = PiecesBilled.Of(part, facts);
        if (rated.Value.Amount < before.Amount)
        {
            return Less(state, part, terms, used, rated.Value, before, facts);
        }

        var isNothing = before.Pieces.IsEmpty
            ? used.Events == 0 && part.Carried == 0
            : used.Events == before.Events && counted.Quantity == before.Quantity;
        if (isNothing && rated.Value.Amount == before.Amount)
        {
            return ([], before.Pieces.IsEmpty ? Closed(part, used, UsageOutcome.Empty) : ByPieces(part, used, before));
        }

        var closed = Closed(part, used, UsageOutcome.Billed) with { Amount = rated.Value.Amount };
        var draft = ItemLines.Draft(state, ItemOf(part, counted.Quantity - before.Quantity), terms, LineKind.Usage, part.Span, UsagePieces.Less(rated.Value, before.Amount));
        return ([draft with
        {
            Usage = part.IsEmpty ? null : closed,
            Explain = UsagePieces.Explained(Explained(draft.Explain, part, used), before, rated.Value.Amount),
            UsedIn = UsageSpread.Of(part, terms, model!, rated.Value.Amount, before.Amount, facts),
        }], closed);
    }

    /// <summary>Less is due than pieces have billed: the difference is given back of their lines, never more than is left of them.</summary>
    private static (ImmutableArray<LineDraft> Lines, ClosedUsage Closed) Less(
        SubscriptionState state, UsagePart part, PriceTerms terms, MeteredUsage used, Rated rated, PiecesBilled before, SubscriptionFacts facts)
    {
        var credits = LateCredits.Of(state, part, terms, before.Charges(facts), before.Amount - rated.Amount, facts);
        if (credits.IsEmpty)
        {
            return ([], ByPieces(part, used, before));
        }

        var closed = Closed(part, used, UsageOutcome.Billed) with { Amount = before.Amount + credits.Sum(credit => credit.Amount) };
        var explain = credits[0].Amount == rated.Amount - before.Amount ? credits[0].Explain with { Steps = UsagePieces.Less(rated, before.Amount).Steps } : credits[0].Explain;
        var first = credits[0] with
        {
            Quantity = WithCarried(part, used).Quantity - before.Quantity,
            Usage = part.IsEmpty ? null : closed,
            Explain = UsagePieces.Explained(Explained(explain, part, used), before, rated.Amount),
        };
        return (credits.SetItem(0, first), closed);
    }

    /// <summary>A span whose pieces have billed all of it.</summary>
    private static ClosedUsage ByPieces(UsagePart part, MeteredUsage used, PiecesBilled before) =>
        Closed(part, used, UsageOutcome.Billed) with { Amount = before.Amount, Line = before.Pieces[^1].Charge.Line };

    /// <summary>What a span costs, and what was used in it.</summary>
    /// <param name="state">The subscription.</param>
    /// <param name="part">The span.</param>
    /// <param name="facts">Holds the plan and the usage.</param>
    /// <param name="arrived">Counts only what had arrived by then; null all.</param>
    internal static (PriceTerms Terms, PricingModel? Model, MeteredUsage Used) Read(SubscriptionState state, UsagePart part, SubscriptionFacts facts, ArrivedBy? arrived = null)
    {
        var terms = part.TermsOf(facts);
        var model = terms.ModelIn(state.Currency);
        return (terms, model, model is null || part.IsEmpty ? MeteredUsage.None : facts.Usage.Of(UsageNeed.Of(part.Meter, terms.Price, model, part.Span) with { Arrived = arrived }));
    }

    /// <summary>The item of a span, as it was sold, with a quantity of it.</summary>
    internal static SubscriptionItem ItemOf(UsagePart part, decimal quantity) =>
        part.Sold.On(new SubscriptionItem(part.Item, part.Sold.Plan, part.Sold.PlanVersion, part.Price, 0)) with { Quantity = quantity };

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
