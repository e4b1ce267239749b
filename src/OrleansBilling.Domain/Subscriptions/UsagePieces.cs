using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using NodaTime.Text;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Metering;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Bills usage before its span is over, where an alert says so (rules.md, "A period in pieces"): a piece costs the price of all usage of
/// the span so far less what the pieces before have billed. The span is not cut: tiers, free units and packages go on, the maximum caps the
/// running total, and its closing bills the rest with the minimum, or gives back what corrections made too much. Events that come later
/// with an earlier time are new in the next piece. Volume and flat prices, and usage of trials, are billed at the closing alone.
/// </summary>
public static class UsagePieces
{
    /// <summary>The cause of its invoices.</summary>
    private const string Cause = "usage_piece";

    /// <summary>What happens at an instant is used by then; rows keep microseconds.</summary>
    private static readonly Duration Moment = Duration.FromTicks(10);

    /// <summary>
    /// Bills what was used in the current period by <see cref="StepContext.At"/> and is not billed yet, on an invoice of its own with
    /// what waits for the subscription's next one. Nothing happens where nothing is due, in a trial or a pause, and where the period of
    /// the instant is over: then its renewal has billed it.
    /// </summary>
    /// <param name="state">The subscription, caught up.</param>
    /// <param name="facts">Holds the plans, the usage, and the invoices of earlier pieces.</param>
    /// <param name="context">The frame of the turn.</param>
    public static SubscriptionStep Bill(SubscriptionState state, SubscriptionFacts facts, StepContext context)
    {
        if (!state.Renews || !state.CurrentPeriod.Contains(context.At))
        {
            return SubscriptionStep.Of(state);
        }

        var until = Instant.Min(context.At + Moment, state.CurrentPeriod.End);
        // A span that runs is told up to the instant, which is in it.
        var pieces = state.UsageWaiting.Where(part => part.Span.Start >= state.CurrentPeriod.Start).Select(part => Piece(state, part, part.Span, runs: false, facts))
            .Concat(UsageParts.Running(state, facts, until).Select(part => Piece(state, part, part.Span.Start < context.At ? part.Span with { End = context.At } : part.Span, runs: true, facts)))
            .OfType<DraftedPiece>().ToImmutableArray();
        if (pieces.IsEmpty)
        {
            return SubscriptionStep.Of(state);
        }

        var revision = state.Revision + 1;
        var (after, invoice, documents) = SubscriptionInvoicing.Issue(
            state, [.. pieces.Select(piece => piece.Line with { Revision = revision, Cause = context.Cause })], facts, context, Cause);
        var counted = Commitments.Counted(after, invoice) with { Revision = revision, LatestInvoice = invoice.Id ?? after.LatestInvoice };
        return new SubscriptionStep(Remembered(counted, invoice, pieces, context.At), documents).Seeing(Seen([.. pieces.Select(piece => piece.Part)], facts));
    }

    /// <summary>
    /// The invoices of pieces, as they were seen: should one be voided at the same time, its piece counts as not billed, and the turn is
    /// decided again.
    /// </summary>
    internal static ImmutableArray<InvoiceSeen> Seen(ImmutableArray<UsagePart> parts, SubscriptionFacts facts) =>
    [
        .. parts.SelectMany(part => part.Pieces).Select(piece => facts.InvoiceOf(piece.Charge.Invoice, piece.Charge.Line)).OfType<string>()
            .Distinct(StringComparer.Ordinal).Where(facts.Invoices.ContainsKey).Select(id => new InvoiceSeen(id, facts.Invoices[id].Version)),
    ];

    /// <summary>What a line shows of the pieces before it.</summary>
    /// <param name="explain">Of the line.</param>
    /// <param name="before">The pieces before.</param>
    /// <param name="running">Minor units that the whole usage has come to.</param>
    internal static Explain Explained(Explain explain, PiecesBilled before, long running) => before.Pieces.IsEmpty ? explain : explain
        .With("previous_quantity", ExplainSteps.Text(before.Quantity))
        .With("previous_events", before.Events.ToString(CultureInfo.InvariantCulture))
        .With("previous_amount", before.Amount.ToString(CultureInfo.InvariantCulture))
        .With("running_amount", running.ToString(CultureInfo.InvariantCulture));

    /// <summary>A rated whole, less what pieces have billed of it.</summary>
    internal static Rated Less(Rated whole, long billed) => billed == 0 ? whole : whole with
    {
        Amount = whole.Amount - billed,
        Steps = whole.Steps.Add(ExplainSteps.SubtractBilled(whole.Amount, billed, whole.Amount - billed)),
    };

    private static DraftedPiece? Piece(SubscriptionState state, UsagePart part, Period told, bool runs, SubscriptionFacts facts)
    {
        var (terms, model, used) = UsageLines.Read(state, part, facts);
        if (model is null || part.InTrial || part.IsEmpty)
        {
            return null;
        }

        var before = PiecesBilled.Of(part, facts);
        var counted = UsageLines.WithCarried(part, used);
        // What cannot be rated is set aside when the span is closed.
        if (UsageRater.RatePiece(model, counted, part.Bounds, terms.PercentOff) is not { IsAccepted: true } rated || rated.Value.Amount <= before.Amount)
        {
            return null;
        }

        var (quantity, events) = (counted.Quantity - before.Quantity, used.Events - before.Events);
        var draft = ItemLines.Draft(state, UsageLines.ItemOf(part, quantity), terms, LineKind.Usage, told, Less(rated.Value, before.Amount));
        return new DraftedPiece(part, runs, quantity, events, draft with
        {
            Description = $"{draft.Description}, so far",
            Explain = Explained(UsageLines.Explained(draft.Explain, part, used).With("to", InstantPattern.ExtendedIso.Format(told.End)), before, rated.Value.Amount),
            UsedIn = UsageSpread.Of(part, terms, model, rated.Value.Amount, before.Amount, facts),
        });
    }

    /// <summary>The state with what each span was billed for: those that run, and those that wait for stragglers.</summary>
    private static SubscriptionState Remembered(SubscriptionState state, LinesBilled invoice, ImmutableArray<DraftedPiece> pieces, Instant at)
    {
        ImmutableArray<UsagePiece> With(ImmutableArray<UsagePiece> known, Func<DraftedPiece, bool> isOf) =>
            pieces.FirstOrDefault(isOf) is { } piece
                ? known.Add(new UsagePiece(SubscriptionInvoicing.Charge(invoice, LineOf(invoice, piece), piece.Part.Span), piece.Quantity, piece.Events, at))
                : known;

        return state with
        {
            Items = [.. state.Items.Select(item => item.Usage is { } running ? item with { Usage = running with { Pieces = With(running.Pieces, piece => piece.Runs && piece.Part.Item == item.Id) } } : item)],
            UsageWaiting = [.. state.UsageWaiting.Select(part => part with { Pieces = With(part.Pieces, piece => !piece.Runs && piece.Part.Item == part.Item && piece.Part.Span == part.Span) })],
        };
    }

    private static InvoiceLine LineOf(LinesBilled invoice, DraftedPiece piece) => invoice.Lines.Single(
        line => (invoice.Id is null || !line.Draft.HasWaited) && line.Draft.Kind is LineKind.Usage && line.Draft.Item == piece.Part.Item && line.Draft.Period == piece.Line.Period);

    private sealed record DraftedPiece(UsagePart Part, bool Runs, decimal Quantity, long Events, LineDraft Line);
}
