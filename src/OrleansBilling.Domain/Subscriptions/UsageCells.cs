using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Units of a matrix price that fit no cell, where it has no default (rules.md, "Prices"): they are set aside with their reason, and
/// the rest of the line goes out. Rated again, they are read anew: voided ones are gone, and a price negotiated since prices the others.
/// Looks at late usage give back what is voided after that.
/// </summary>
internal static class UsageCells
{
    /// <summary>The reason for which they are set aside.</summary>
    public const string NoCell = "no_cell";

    /// <summary>Groups that a reason names; the others are counted.</summary>
    private const int Named = 5;

    /// <summary>The draft that sets them aside; null where all units fit, or none but those that were billed by a retry, or wait already.</summary>
    /// <param name="state">The subscription.</param>
    /// <param name="part">The span.</param>
    /// <param name="terms">Its terms.</param>
    /// <param name="model">Its price.</param>
    /// <param name="used">What was used.</param>
    public static LineDraft? Aside(SubscriptionState state, UsagePart part, PriceTerms terms, PricingModel? model, MeteredUsage used)
    {
        var left = Fresh(Left(model, used), Billed(state, part));
        var quantity = left.Sum(static group => group.Quantity);
        return quantity <= 0 || state.SetAside.Any(line => line.Why.Code is NoCell && line.Item == part.Item && line.Period.Start == part.Span.Start) ? null
            : ItemLines.Unrated(
                state, UsageLines.ItemOf(part, quantity), terms, LineKind.Usage, part.Span, part.Span, Refused(part.Price, left),
                new PartInput(Share.One, part.Bounds, IsLast: true)) with { Usage = new ClosedUsage(part, quantity, 0, 0, UsageOutcome.Billed) };
    }

    /// <summary>The line of what is left, by the terms given; none where nothing is left. Refusal: <c>no_cell</c>.</summary>
    /// <param name="state">The subscription.</param>
    /// <param name="part">The span, by the terms on which it was sold.</param>
    /// <param name="sold">The terms to rate by.</param>
    /// <param name="facts">Holds the plans and the usage.</param>
    public static Decided<ImmutableArray<LineDraft>> Draft(SubscriptionState state, UsagePart part, SoldTerms sold, SubscriptionFacts facts)
    {
        var (soldAt, model, used) = UsageLines.Read(state, part, facts);
        var before = Billed(state, part);
        var left = Fresh(Left(model, used), before);
        var quantity = left.Sum(static group => group.Quantity);
        if (quantity <= 0)
        {
            return ImmutableArray<LineDraft>.Empty;
        }

        var now = part with { Sold = sold };
        var terms = now.TermsOf(facts);
        var cost = CellsCost.Of(part, model, soldAt.PercentOff, used)!;
        var earlier = before.Unknown > 0 ? before.Amount : cost.Of(before.Retries);
        if (terms.ModelIn(state.Currency) is not { } priced || cost.Of(new CellsRetry(priced, terms.PercentOff, left), before.Quantity, earlier) is not { } rated)
        {
            return Refused(part.Price, left);
        }

        if (rated.Refusal is { } refusal)
        {
            return refusal;
        }

        var unfit = Unfit(rated.Value);
        if (!unfit.IsEmpty)
        {
            return Refused(part.Price, unfit);
        }

        // What a minimum has billed, or a person gave back of units that were taken back later, is not billed again.
        var (amount, due) = (rated.Value.Amount, cost.Due(earlier + Math.Max(0, rated.Value.Amount)) - before.Amount);
        var draft = ItemLines.Draft(state, UsageLines.ItemOf(now, quantity), terms, LineKind.Usage, part.Span, UsagePieces.Less(rated.Value, Math.Max(0, amount - due)));
        return ImmutableArray.Create(draft with { Explain = draft.Explain.With("set_aside", NoCell) });
    }

    /// <summary>What retries have billed of a span, once they have billed a draft of it; one below zero moves no money, and its units count as billed.</summary>
    /// <param name="state">The subscription.</param>
    /// <param name="part">The span.</param>
    /// <param name="sold">The terms by which it was rated.</param>
    /// <param name="draft">The draft.</param>
    /// <param name="facts">Holds the plans and the usage.</param>
    public static ImmutableArray<CellsBilled> With(SubscriptionState state, UsagePart part, SoldTerms sold, LineDraft draft, SubscriptionFacts facts)
    {
        var (_, model, used) = UsageLines.Read(state, part, facts);
        var before = Billed(state, part);
        var terms = (part with { Sold = sold }).TermsOf(facts);
        var retry = new CellsRetry(terms.ModelIn(state.Currency)!, terms.PercentOff, Fresh(Left(model, used), before));
        return With(state, before.With(before.Retries.Add(retry)) with { Amount = before.Amount + Math.Max(0, draft.Amount) });
    }

    /// <summary>
    /// What retries have billed follows the units that stand by now: those that are voided, or have a cell by now, are given back of the
    /// retries' lines, the newest first, at the price that billed them. Where bounds of the price leave more for the others, that is due.
    /// </summary>
    /// <param name="state">The subscription.</param>
    /// <param name="span">What stands of the span.</param>
    /// <param name="facts">Holds the plans, the usage, and the invoices of the lines.</param>
    public static (SubscriptionState State, ImmutableArray<LineDraft> Lines) Late(SubscriptionState state, LateSpan span, SubscriptionFacts facts)
    {
        var before = Billed(state, span.Part);
        if (before.Retries.IsEmpty || before.Unknown > 0)
        {
            return (state, []);
        }

        var (terms, model, used) = UsageLines.Read(state, span.Part, facts);
        if (CellsCost.Of(span.Part, model, terms.PercentOff, used) is not { } cost)
        {
            return (state, []);
        }

        var after = before.With(Standing(before.Retries, Left(model, used)));
        var due = cost.Due(cost.Of(after.Retries));
        var lines = due > before.Amount ? [More(state, span.Part, terms, due, before.Amount)]
            : due < before.Amount ? LateCredits.Of(state, span.Part, terms, span.CellLines, before.Amount - due, facts)
            : [];
        if (lines.IsEmpty && after.Quantity == before.Quantity)
        {
            return (state, []);
        }

        after = after with { Amount = before.Amount + lines.Sum(static line => line.Amount) };
        return (
            state with { CellsBilled = With(state, after) },
            lines.IsEmpty ? lines : lines.SetItem(0, lines[0] with { Quantity = after.Quantity - before.Quantity }));
    }

    private static LineDraft More(SubscriptionState state, UsagePart part, PriceTerms terms, long due, long billed)
    {
        var whole = new Rated(due, due, [ExplainSteps.Given("Units without a cell", due), ExplainSteps.Round(due, due)], UnitAmount: null);
        var draft = ItemLines.Draft(state, UsageLines.ItemOf(part, 0), terms, LineKind.Usage, part.Span, UsagePieces.Less(whole, billed));
        return draft with { Explain = draft.Explain.With("set_aside", NoCell) };
    }

    /// <summary>What stands of the units of retries: what is more than is left by now is taken off the newest.</summary>
    private static ImmutableArray<CellsRetry> Standing(ImmutableArray<CellsRetry> retries, ImmutableArray<RatingGroup> left)
    {
        var open = left.ToDictionary(Key, static group => group.Quantity, StringComparer.Ordinal);
        var standing = ImmutableArray.CreateBuilder<CellsRetry>();
        foreach (var retry in retries)
        {
            var groups = ImmutableArray.CreateBuilder<RatingGroup>();
            foreach (var group in retry.Groups)
            {
                var stands = Math.Min(group.Quantity, open.GetValueOrDefault(Key(group)));
                if (stands > 0)
                {
                    groups.Add(group with { Quantity = stands });
                    open[Key(group)] -= stands;
                }
            }

            if (groups.Count > 0)
            {
                standing.Add(retry with { Groups = groups.DrainToImmutable() });
            }
        }

        return standing.DrainToImmutable();
    }

    private static ImmutableArray<CellsBilled> With(SubscriptionState state, CellsBilled after)
    {
        var others = state.CellsBilled.RemoveAll(billed => billed.Item == after.Item && billed.From == after.From);
        return after.Quantity == 0 && after.Amount == 0 ? others : others.Add(after);
    }

    /// <summary>The units that no retry has billed: told apart by their values, so that each is priced once, at the price of its retry.</summary>
    private static ImmutableArray<RatingGroup> Fresh(ImmutableArray<RatingGroup> left, CellsBilled before)
    {
        var billed = before.Retries.SelectMany(static retry => retry.Groups).ToLookup(Key, static group => group.Quantity, StringComparer.Ordinal);
        var unknown = before.Unknown;
        var fresh = ImmutableArray.CreateBuilder<RatingGroup>();
        foreach (var group in left)
        {
            var quantity = Math.Max(0, group.Quantity - billed[Key(group)].Sum());
            var known = Math.Min(quantity, Math.Max(0, unknown));
            unknown -= known;
            if (quantity > known)
            {
                fresh.Add(group with { Quantity = quantity - known });
            }
        }

        return fresh.DrainToImmutable();
    }

    private static string Key(RatingGroup group) => string.Concat(group.Values.Select(static value => $"{value.Key.Length}:{value.Key}{value.Value.Length}:{value.Value}"));

    private static CellsBilled Billed(SubscriptionState state, UsagePart part) =>
        state.CellsBilled.FirstOrDefault(billed => billed.Item == part.Item && billed.From == part.Span.Start) ?? new CellsBilled(part.Item, part.Span.Start, 0, 0);

    private static ImmutableArray<RatingGroup> Left(PricingModel? model, MeteredUsage used) =>
        model is MatrixModel { DefaultUnitAmount: null } && UsageRater.Rate(model, used, Share.One, 0, withMinimum: false) is { IsAccepted: true } rated ? Unfit(rated.Value) : [];

    private static ImmutableArray<RatingGroup> Unfit(Rated rated) => rated.SetAside.RemoveAll(static group => group.Quantity <= 0);

    private static Refusal Refused(string price, ImmutableArray<RatingGroup> left)
    {
        var named = left.Take(Named).Select(static group =>
            $"{ExplainSteps.Text(group.Quantity)} with {(group.Values.IsEmpty ? "no value" : string.Join(", ", group.Values.Select(static value => $"{value.Key} {value.Value}")))}");
        var more = left.Length > Named ? $"; and {left.Length - Named} more groups" : "";
        return Refusal.Rule(NoCell, $"{ExplainSteps.Text(left.Sum(static group => group.Quantity))} units fit no cell of price {price}, which has no default: {string.Join("; ", named)}{more}.");
    }
}
