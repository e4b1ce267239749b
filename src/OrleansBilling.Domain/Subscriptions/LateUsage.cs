using System.Collections.Immutable;
using System.Globalization;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Events and corrections that come after their span was closed (rules.md, "Usage"): the span is read again, and what differs from
/// what was counted goes by the meter's policy. Nothing is kept between two looks but what was counted and billed: looking twice, or
/// late, gives the same.
/// </summary>
public static class LateUsage
{
    /// <summary>The cause of its invoices.</summary>
    private const string Cause = "late_usage";

    /// <summary>Looks at spans again.</summary>
    /// <param name="state">The subscription, caught up.</param>
    /// <param name="spans">What stands of the spans.</param>
    /// <param name="facts">Holds the plans, the usage, and the invoices of the lines.</param>
    /// <param name="context">The frame of the turn.</param>
    /// <param name="cut">An item of which further spans wait to be looked at; null where none does.</param>
    /// <returns>The step; a span that cannot be rated waits for a person, and is looked at again when that or something else asks for it.</returns>
    /// <exception cref="InvalidOperationException">One to whose item something returns cannot be rated: the work waits for a person.</exception>
    public static SubscriptionStep Apply(SubscriptionState state, ImmutableArray<LateSpan> spans, SubscriptionFacts facts, StepContext context, string? cut = null) =>
        Apply(state, spans, [], facts, context, cut);

    private static SubscriptionStep Apply(
        SubscriptionState state, ImmutableArray<LateSpan> spans, ImmutableArray<(LateSpan Span, Refusal Why)> unrated, SubscriptionFacts facts, StepContext context, string? cut)
    {
        var (begun, found) = UsageReturns.Spread(state, spans, facts, cut);
        var sheet = new Sheet(begun with { CommitmentsClosed = [] }, state.Revision + 1, context.Cause);
        ImmutableArray<(LateSpan Span, Refusal Why)> refused =
            [.. found.Select(span => (Span: span, Why: TryLook(sheet, span, facts))).Where(static one => one.Why is not null).Select(static one => (one.Span, one.Why!))];
        if (!refused.IsEmpty)
        {
            // What returns is spread over the spans of its item: they are looked at together or not at all.
            return refused.FirstOrDefault(one => state.UsageReturned.Any(returned => returned.Item == one.Span.Part.Item && returned.Quantity != 0)) is { Span: { } spread, Why: { } why }
                ? throw new InvalidOperationException(LateAside.Told(spread.Part, why))
                : Apply(LateAside.Asked(state, [.. refused.Select(static one => one.Span)]), spans.RemoveAll(span => refused.Any(one => one.Span.Part == span.Part)), unrated.AddRange(refused), facts, context, cut);
        }

        sheet.Settle(facts);
        sheet.SetAside(found, unrated, facts, context);
        var step = Issue(sheet, facts, context);
        return step with { Documents = step.Documents with { UsageClosed = step.Documents.UsageClosed.AddRange(sheet.Closed) } };
    }

    /// <summary>False for what is free, left out or ignored; and where a person has voided what was billed of it.</summary>
    internal static bool IsRated(LateSpan span) => span.Outcome is not (UsageOutcome.Trial or UsageOutcome.LeftOut)
        && span.Policy is not LatePolicy.Ignore && !(span.Outcome is UsageOutcome.Billed && span.Lines.IsEmpty);

    /// <summary>Looks at a span. Why it cannot be rated; null where it was.</summary>
    private static Refusal? TryLook(Sheet sheet, LateSpan span, SubscriptionFacts facts)
    {
        try
        {
            return Look(sheet, span, facts);
        }
        catch (OverflowException)
        {
            return Rater.TooLarge();
        }
        catch (InvalidOperationException e)
        {
            return Refusal.Rule("not_rated", e.Message);
        }
    }

    private static Refusal? Look(Sheet sheet, LateSpan span, SubscriptionFacts facts)
    {
        var part = span.Part;
        var (terms, model, used) = UsageLines.Read(sheet.State, part, facts);
        var (quantity, events) = (used.Quantity - span.Quantity, used.Events - span.Events);
        if (span.Policy is LatePolicy.Ignore && Moved(span, used))
        {
            // A change dated back gave events to another subscription, or took them: they came in time. What was ignored stays so.
            (span, used) = InTime(sheet, span with { Policy = LatePolicy.Rerate }, used, facts);
            (quantity, events) = (used.Quantity - span.Quantity, used.Events - span.Events);
        }

        if (model is not null && span.Outcome is not (UsageOutcome.Trial or UsageOutcome.LeftOut) && span.Policy is not LatePolicy.Ignore)
        {
            sheet.Cells(span, terms, UsageCells.Late(sheet.State, span, facts));
        }

        if (!IsRated(span) || model is null)
        {
            sheet.Count(span, used, quantity, events, span.Outcome is UsageOutcome.Trial or UsageOutcome.LeftOut ? span.Outcome : UsageOutcome.Ignored, span.OnwardNow);
        }
        else if (span.Policy is LatePolicy.CarryForward && span.Returned == 0 && UsageReturns.Carries(model) && Takes(sheet.State, part, facts))
        {
            sheet.Carry(span, used, quantity, events);
        }
        else
        {
            return Rerate(sheet, span.Policy is LatePolicy.CarryForward && UsageReturns.Carries(model) ? sheet.GivenOn(span, used) : span, terms, model, used, facts);
        }

        return null;
    }

    /// <summary>True where the span has other events that name no subscription than when it was counted last. Of what is not read nothing is known.</summary>
    private static bool Moved(LateSpan span, MeteredUsage used) => !ReferenceEquals(used, MeteredUsage.None) && !UsageOwnership.Joined(span.Unnamed).SequenceEqual(UsageOwnership.Joined(used.Unnamed));

    /// <summary>
    /// The span without what was ignored, and of its usage what came in time; the rest is kept as ignored. Of a span that was closed before it
    /// was kept when, only the sum of what was ignored is known: it is taken off.
    /// </summary>
    private static (LateSpan Span, MeteredUsage Used) InTime(Sheet sheet, LateSpan span, MeteredUsage used, SubscriptionFacts facts)
    {
        if (span.ClosedAt is not { } closed || !IsRated(span))
        {
            return (span with { Onward = span.Onward + span.Ignored }, used);
        }

        var arrived = LateTimes.Of(sheet.State.Id, closed, used.Unnamed, span.Counted);
        var inTime = UsageLines.Read(sheet.State, span.Part, facts, arrived).Used with { Unnamed = used.Unnamed };
        var (quantity, events) = (used.Quantity - inTime.Quantity - span.Ignored, used.Events - inTime.Events - span.IgnoredEvents);
        if (quantity != 0 || events != 0)
        {
            sheet.Count(span, used, quantity, events, UsageOutcome.Ignored);
        }

        return (span with { Quantity = span.Quantity - span.Ignored, Events = span.Events - span.IgnoredEvents }, inTime);
    }

    /// <summary>The whole span is rated again, but for what counts with others, less what was billed for it.</summary>
    private static Refusal? Rerate(Sheet sheet, LateSpan span, PriceTerms terms, PricingModel model, MeteredUsage used, SubscriptionFacts facts)
    {
        var part = span.Part;
        var decided = UsageRater.Rate(model, UsageLines.WithCarried(part, used with { Quantity = used.Quantity - span.Onward }), part.Bounds, terms.PercentOff, withMinimum: !part.InTrial);
        if (decided.Refusal is { } refusal)
        {
            return refusal;
        }

        if (UsageCells.Aside(sheet.State, part, terms, model, used) is { } aside)
        {
            sheet.More([aside]);
        }

        var rated = decided.Value;
        var (quantity, events, difference) = (used.Quantity - span.Quantity, used.Events - span.Events, rated.Amount - span.Amount);
        if (difference > 0)
        {
            var item = part.Sold.On(new SubscriptionItem(part.Item, part.Sold.Plan, part.Sold.PlanVersion, part.Price, 0)) with { Quantity = quantity };
            var due = rated with
            {
                Amount = difference,
                Steps = span.Amount == 0 ? rated.Steps : rated.Steps.Add(ExplainSteps.SubtractBilled(rated.Amount, span.Amount, difference)),
            };
            var draft = ItemLines.Draft(sheet.State, item, terms, LineKind.Usage, part.Span, due);
            sheet.Bill(
                draft with { Explain = Correcting(Explained(draft.Explain, part, used, events), span) },
                new ClosedUsage(part, quantity, events, difference, UsageOutcome.Billed) { Unnamed = used.Unnamed, Onward = span.OnwardNow });
            sheet.Commitments.Moves(span, terms, difference);
        }
        else if (difference < 0 && LateCredits.Of(sheet.State, part, terms, span.Lines, -difference, facts) is { IsEmpty: false } credits)
        {
            var given = credits.Sum(credit => credit.Amount);
            var explain = credits[0].Amount == difference
                ? credits[0].Explain with { Steps = rated.Steps.Add(ExplainSteps.SubtractBilled(rated.Amount, span.Amount, difference)) }
                : credits[0].Explain;
            sheet.Bill(
                credits[0] with { Quantity = quantity, Explain = Explained(explain, part, used, events) },
                new ClosedUsage(part, quantity, events, given, UsageOutcome.Billed) { Unnamed = used.Unnamed, Onward = span.OnwardNow });
            sheet.More(credits.RemoveAt(0));
            sheet.Commitments.Moves(span, terms, given);
        }
        else
        {
            sheet.Count(span, used, quantity, events, UsageOutcome.Counted, span.OnwardNow);
        }

        return null;
    }

    /// <summary>True where the item counts on, at a price that a quantity can be carried to.</summary>
    private static bool Takes(SubscriptionState state, UsagePart part, SubscriptionFacts facts) => state.Items.Any(
        item => item.Id == part.Item && item.Usage is { } running && running.Meter == part.Meter
            && facts.TermsOf(state, item, running.From).ModelIn(state.Currency) is { } model && UsageReturns.Carries(model));

    /// <summary>Names the line that was billed for the span first, and its invoice, where there is one.</summary>
    private static Explain Correcting(Explain explain, LateSpan span)
    {
        if (span.Lines is not [.., { Billed: var first }])
        {
            return explain;
        }

        explain = explain.With("corrects_line", first.Line);
        return first.Invoice is { } invoice ? explain.With("corrects_invoice", invoice) : explain;
    }

    private static Explain Explained(Explain explain, UsagePart part, MeteredUsage used, long events) => UsageLines.Explained(explain, part, used)
        .With("late_events", events.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// Charges wait for the next invoice of a subscription that goes on. What is given back is given at once: by a credit note where
    /// its invoice is issued, else by a credit line.
    /// </summary>
    private static SubscriptionStep Issue(Sheet sheet, SubscriptionFacts facts, StepContext context)
    {
        var state = sheet.Lines.Count == 0 ? sheet.State : sheet.State with { Revision = sheet.Revision };
        var (noted, others) = LateNotes.Parted(state, [.. sheet.Lines], facts);
        var ordered = LateNotes.Order(state, noted, facts, context);
        if (others.IsEmpty)
        {
            return ordered;
        }

        var timing = state.Renews && others.All(line => line.CreditedLine is null) ? InvoiceTiming.Next : InvoiceTiming.Now;
        var (after, invoice, documents) = SubscriptionInvoicing.Issue(ordered.State, others, facts, context, Cause, timing);
        documents = ordered.Documents.And(documents);
        return new SubscriptionStep(
            Commitments.Counted(after, invoice) with { LatestInvoice = invoice.Id ?? after.LatestInvoice },
            documents.Seeing([]));
    }

    /// <summary>What one look collects.</summary>
    private sealed class Sheet(SubscriptionState state, int revision, string cause)
    {
        public SubscriptionState State { get; private set; } = state;

        public int Revision => revision;

        public List<LineDraft> Lines { get; } = [];

        public List<ClosedUsage> Closed { get; } = [];

        public LateCommitments Commitments { get; } = new(state);

        public void Bill(LineDraft line, ClosedUsage usage) =>
            Lines.Add(line with { Revision = revision, Cause = cause, Usage = usage with { IsLate = true } });

        /// <summary>What retries have billed follows the units that stand.</summary>
        public void Cells(LateSpan span, PriceTerms terms, (SubscriptionState State, ImmutableArray<LineDraft> Lines) followed)
        {
            State = followed.State;
            More(followed.Lines);
            Commitments.Moves(span, terms, followed.Lines);
        }

        public void More(ImmutableArray<LineDraft> lines) => Lines.AddRange(lines.Select(line => line with { Revision = revision, Cause = cause }));

        /// <summary>Commitments follow what has moved.</summary>
        public void Settle(SubscriptionFacts facts)
        {
            (State, var lines) = Commitments.Settled(State, facts);
            More(lines);
        }

        /// <summary>What cannot be rated waits for a person, and what was looked at does no longer.</summary>
        public void SetAside(ImmutableArray<LateSpan> looked, ImmutableArray<(LateSpan Span, Refusal Why)> unrated, SubscriptionFacts facts, StepContext context)
        {
            State = LateAside.Mended(State, looked);
            More([.. unrated.Select(one => LateAside.Draft(State, one.Span.Part, one.Why, facts)).OfType<LineDraft>()]);
            (State, var billable) = SetAsideLines.Taken(State, [.. Lines], context);
            Lines.Clear();
            Lines.AddRange(billable);
        }

        /// <summary>Keeps what was counted where no money moves, also that nothing was of times that are others' now.</summary>
        public void Count(LateSpan span, MeteredUsage used, decimal quantity, long events, UsageOutcome outcome, decimal? onward = null)
        {
            if (quantity != 0 || events != 0 || onward is not null || Moved(span, used))
            {
                Closed.Add(new ClosedUsage(span.Part, quantity, events, 0, outcome) { IsLate = true, Unnamed = used.Unnamed, Onward = onward });
            }
        }

        /// <summary>What is less than was carried on and to a span is given back where it was charged.</summary>
        public LateSpan GivenOn(LateSpan span, MeteredUsage used)
        {
            (State, span) = UsageReturns.GivenOn(State, span, used);
            return span;
        }

        /// <summary>The quantity counts with the next span of the item.</summary>
        public void Carry(LateSpan span, MeteredUsage used, decimal quantity, long events)
        {
            var part = span.Part;
            Count(span, used, quantity, events, UsageOutcome.Carried);
            State = UsageParts.Carrying(State, part.Item, quantity);
            State = State with { UsageCarriedFrom = State.UsageCarriedFrom.Add(new CarriedUsage(part.Item, part.Span.Start, quantity)) };
        }
    }
}
