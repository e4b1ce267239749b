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
        var (_, model, used) = UsageLines.Read(state, part, facts);
        var before = Billed(state, part);
        var left = Fresh(Left(model, used), before);
        var quantity = left.Sum(static group => group.Quantity);
        if (quantity <= 0)
        {
            return ImmutableArray<LineDraft>.Empty;
        }

        var now = part with { Sold = sold };
        var terms = now.TermsOf(facts);
        if (terms.ModelIn(state.Currency) is not { } priced || Rate(priced, model!, left, before, part, terms, used) is not { } rated)
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

        var draft = ItemLines.Draft(state, UsageLines.ItemOf(now, quantity), terms, LineKind.Usage, part.Span, rated.Value);
        return ImmutableArray.Create(draft with { Explain = draft.Explain.With("set_aside", NoCell) });
    }

    /// <summary>What retries have billed of a span, once they have billed a draft of it; one below zero moves no money, and its units count as billed.</summary>
    public static ImmutableArray<CellsBilled> With(SubscriptionState state, UsagePart part, LineDraft draft, SubscriptionFacts facts)
    {
        var (_, model, used) = UsageLines.Read(state, part, facts);
        var before = Billed(state, part);
        var fresh = Fresh(Left(model, used), before);
        return state.CellsBilled.RemoveAll(billed => billed.Item == part.Item && billed.From == part.Span.Start)
            .Add(before with
            {
                Quantity = before.Quantity + (draft.Quantity ?? 0),
                Amount = before.Amount + Math.Max(0, draft.Amount),
                Groups = [.. before.Groups.Concat(fresh).GroupBy(Key, StringComparer.Ordinal).Select(static same => same.First() with { Quantity = same.Sum(static group => group.Quantity) })],
            });
    }

    /// <summary>The units that no retry has billed: told apart by their values, so that each is priced once, at the price of its retry.</summary>
    private static ImmutableArray<RatingGroup> Fresh(ImmutableArray<RatingGroup> left, CellsBilled before)
    {
        var billed = before.Groups.ToDictionary(Key, static group => group.Quantity, StringComparer.Ordinal);
        // Rows of before knew how many, not which.
        var unknown = before.Quantity - before.Groups.Sum(static group => group.Quantity);
        var fresh = ImmutableArray.CreateBuilder<RatingGroup>();
        foreach (var group in left)
        {
            var quantity = Math.Max(0, group.Quantity - billed.GetValueOrDefault(Key(group)));
            var known = Math.Min(quantity, Math.Max(0, unknown));
            unknown -= known;
            if (quantity > known)
            {
                fresh.Add(group with { Quantity = quantity - known });
            }
        }

        return fresh.DrainToImmutable();
    }

    private static string Key(RatingGroup group) => string.Join('\n', group.Values.Select(static value => $"{value.Key}\t{value.Value}"));

    private static CellsBilled Billed(SubscriptionState state, UsagePart part) =>
        state.CellsBilled.FirstOrDefault(billed => billed.Item == part.Item && billed.From == part.Span.Start) ?? new CellsBilled(part.Item, part.Span.Start, 0, 0);

    /// <summary>The units that a price prices no more: those of a matrix by its cells, of others as a quantity. Null where they do not tell it.</summary>
    private static Decided<Rated>? Rate(
        PricingModel priced, PricingModel sold, ImmutableArray<RatingGroup> left, CellsBilled before, UsagePart part, PriceTerms terms, MeteredUsage used)
    {
        // The minimum was due with the rest of the line; a maximum holds for that, for what retries have billed, and for this.
        var most = priced.MaximumAmount is null || terms.PercentOff != 0 ? 0
            : before.Amount + (UsageRater.Rate(sold, used, part.Bounds, 0, withMinimum: false) is { IsAccepted: true } rest ? rest.Value.Amount : 0);
        var model = priced with { MinimumAmount = null };
        var input = new RatingInput(left.Sum(static group => group.Quantity)) { BoundsShare = part.Bounds, PercentOff = terms.PercentOff };
        return model switch
        {
            MatrixModel matrix => matrix.Dimensions.All(name => ((MatrixModel)sold).Dimensions.Contains(name, StringComparer.Ordinal)) ? Rater.Rate(matrix, input with { Groups = left, PreviousAmount = most }) : (Decided<Rated>?)null,
            PercentageModel or GraduatedPercentageModel or DynamicModel => (Decided<Rated>?)null,
            _ => ByQuantity(model, input, before.Quantity, most),
        };
    }

    /// <summary>Units by a price that no cell tells apart: they go on after those that retries have billed, at this price.</summary>
    private static Decided<Rated> ByQuantity(PricingModel model, RatingInput input, decimal before, long most)
    {
        var unbounded = input.PercentOff == 0 ? model with { MaximumAmount = null } : model;
        long billed = 0;
        if (before > 0)
        {
            var earlier = Rater.Rate(unbounded, input with { Quantity = before });
            if (earlier.Refusal is { } refusal)
            {
                return refusal;
            }

            billed = earlier.Value.Amount;
        }

        var bounded = model.MaximumAmount is { } maximum && input.PercentOff == 0
            ? unbounded with { MaximumAmount = billed + Math.Max(0, Rounding.ToMinorUnits(input.BoundsShare.Of(maximum)) - most) }
            : unbounded;
        return Rater.Rate(bounded, input with { PreviousQuantity = before, PreviousAmount = billed, BoundsShare = bounded.MaximumAmount is null || input.PercentOff != 0 ? input.BoundsShare : Share.One });
    }

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

/// <summary>Units without a cell that retries have billed of a span.</summary>
/// <param name="Item">The item.</param>
/// <param name="From">Start of the span.</param>
/// <param name="Quantity">Units.</param>
/// <param name="Amount">Minor units.</param>
public sealed record CellsBilled(string Item, Instant From, decimal Quantity, long Amount)
{
    /// <summary>The units by their values; fewer than <see cref="Quantity"/> where a release before has billed some.</summary>
    public ImmutableArray<RatingGroup> Groups { get; init; } = [];
}
