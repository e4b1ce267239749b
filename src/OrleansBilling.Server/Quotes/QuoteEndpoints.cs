using System.Collections.Immutable;
using System.Globalization;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Server.Catalog;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Problems;
using OrleansBilling.Server.Subscriptions;

namespace OrleansBilling.Server.Quotes;

/// <summary>Quotes run the very code that bills, write nothing and need no account.</summary>
internal static class QuoteEndpoints
{
    private const string Tag = "Quotes";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Ask<ScheduleQuoteBody>("/v1/quotes/schedule", new Operation(Tag, "Shows the periods that a subscription would have.", Allow.Read)
        {
            Answer = typeof(ScheduleQuoteView), Refusals = ["400 invalid_interval", "422 anchor_needs_months"],
        }, (_, body) => Task.FromResult(Schedule(body)));
        routes.Ask<ProrationQuoteBody>("/v1/quotes/proration", new Operation(Tag, "Shows what a change within a period costs.", Allow.Read)
        {
            Answer = typeof(ProrationQuoteView), Refusals = ["400 missing_amount", "422 period_not_one_interval", "422 change_outside_period"],
        }, (_, body) => Task.FromResult(Prorate(body)));
        routes.Ask<PriceQuoteBody>("/v1/quotes/price", new Operation(Tag, "Shows what a quantity costs, step by step.", Allow.Read)
        {
            Answer = typeof(PriceQuoteView), Refusals = ["422 last_tier_not_open", "422 negative_quantity", "422 events_needed", "422 previous_events_needed", "422 amount_too_large"],
        }, (_, body) => Task.FromResult(Price(body)));
    }

    private static Answer Schedule(ScheduleQuoteBody body)
    {
        var anchor = body.Anchor is null ? new StartAnchor() : SubscriptionMapping.ToDomain(body.Anchor);
        var periods = Accepted(ScheduleQuote.Decide(new ScheduleQuoteRequest(
            body.StartAt, body.TimeZone, PriceMapping.ToDomain(body.Interval), anchor, body.TrialDays ?? 0, body.Periods)));
        return Answer.Ok(AnswerJson.Write(new ScheduleQuoteView([.. periods.Select(period => new QuotedPeriodView(
            period.Period.Start, period.Period.End, Scalars.NameOf(period.Kind), period.Fraction.ToString()))])));
    }

    private static Answer Prorate(ProrationQuoteBody body)
    {
        var answer = Accepted(ProrationQuote.Decide(new ProrationQuoteRequest(
            body.TimeZone,
            PriceMapping.ToDomain(body.Interval),
            new Period(body.Period.Start, body.Period.End),
            body.ChangeAt,
            body.Old?.Amount,
            body.New?.Amount,
            body.Policy ?? ProrationPolicy.Day)));
        return Answer.Ok(AnswerJson.Write(new ProrationQuoteView(body.Currency, Shown(answer.Credit), Shown(answer.Charge), answer.Net)));
    }

    private static Answer Price(PriceQuoteBody body)
    {
        var groups = (body.Groups ?? []).Select(group => new RatingGroup(
            group.Values.ToImmutableSortedDictionary(StringComparer.Ordinal), group.Quantity)).ToImmutableArray();
        var events = (body.Events ?? []).Select(one => one.Value).ToImmutableArray();
        var quantity = body.Quantity ?? (groups.IsEmpty ? events.IsEmpty ? 1 : events.Length : groups.Sum(group => group.Quantity));
        var model = CheckedModel(body);
        var rated = Accepted(Rater.Rate(model, new RatingInput(quantity)
        {
            Groups = groups,
            Events = events,
            PreviousQuantity = body.PreviousQuantity ?? 0,
            PreviousAmount = body.PreviousAmount ?? Accepted(PreviousPiece.AmountOf(model, body.PreviousQuantity ?? 0)),
            Position = body.Position ?? PiecePosition.Only,
        }));
        return rated.SetAside.IsDefaultOrEmpty
            ? Answer.Ok(AnswerJson.Write(new PriceQuoteView(body.Currency, rated.Amount, [.. rated.Steps.Select(Shown)])))
            : throw new Problem(422, "no_matching_cell", "Some groups fit no cell of the matrix; add a cell or default_unit_amount.", "groups").Exception();
    }

    /// <summary>The model by the rules that a published plan keeps.</summary>
    private static PricingModel CheckedModel(PriceQuoteBody body)
    {
        var model = PriceMapping.ToDomain(body.Model);
        return ModelRules.Check(model, "model") is { } refusal ? throw Problem.Of(refusal).Exception() : model;
    }

    private static ProratedView Shown(ProratedAmount amount) => new(amount.Amount, amount.Fraction.ToString());

    private static PriceStepView Shown(ExplainStep step) => new(
        step.Description,
        step.Operation,
        step.Inputs.GetValueOrDefault("quantity"),
        step.Inputs.GetValueOrDefault("unit_amount"),
        decimal.Parse(step.Result, CultureInfo.InvariantCulture) is var amount && decimal.IsInteger(amount) && Math.Abs(amount) <= long.MaxValue
            ? decimal.ToInt64(amount)
            : step.Result);

    private static T Accepted<T>(Decided<T> decided) =>
        decided.Refusal is { } refusal ? throw Problem.Of(refusal).Exception() : decided.Value;
}
