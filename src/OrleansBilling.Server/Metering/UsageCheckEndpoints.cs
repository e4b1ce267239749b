using NodaTime;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Alerts;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Infrastructure.Postgres.Metering.Billing;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Problems;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Server.Metering;

/// <summary>Proves that the events of an account are on its lines, each once.</summary>
internal static class UsageCheckEndpoints
{
    /// <summary>How far back is looked unless a time is given: the last periods of most plans.</summary>
    private static readonly Duration Usual = Duration.FromDays(92);

    /// <summary>The longest time: what is read grows with it.</summary>
    private static readonly Duration Longest = Duration.FromDays(400);

    private static readonly QueryParameter[] Parameters =
    [
        new("meter", "The code of a meter; needed."),
        new("from", "Billed periods that end after this instant are compared, each of them whole; 92 days before 'to' unless given."),
        new("to", "Billed periods that begin before this instant are compared; the present unless given. At most 400 days after 'from'."),
        new("events", "true compares events one by one. Unless given, whole hours are compared by what their events add up to, which takes less time."),
    ];

    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.Get(
        "/v1/accounts/{id}/usage/check",
        new Operation("Usage", "Compares the events of billed periods with what was counted of them.", Allow.Read)
        {
            Answer = typeof(UsageCheckView), Query = Parameters, Refusals = ["404 account_not_found", "404 meter_not_found", "422 range_empty", "422 range_too_long"],
        },
        GetAsync);

    private static async Task<Answer> GetAsync(Call call)
    {
        var named = await call.AccountAsync(call.Route("id"));
        var code = call.Query("meter") ?? throw Call.BadParameter("meter", "Name the meter whose events are compared.");
        var meter = await call.Get<IUsage>().FindMeterAsync(code) ?? throw Problem.NoSuch("a meter", code, "meter").Exception();
        var to = InstantOf(call, "to") ?? await call.NowAsync(named.Clock, writes: false) + AlertValues.Moment;
        var from = InstantOf(call, "from") ?? to - Usual;
        if (from >= to)
        {
            throw new Problem(422, "range_empty", "Give a 'to' that is later than 'from'.", "to").Exception();
        }

        if (to - from > Longest)
        {
            throw new Problem(422, "range_too_long", "Compare at most 400 days at once.", "from").Exception();
        }

        var singly = call.Query("events") switch
        {
            null or "false" => false,
            "true" => true,
            _ => throw Call.BadParameter("events", "Use true or false."),
        };
        var (spans, waiting, sums) = await call.Get<UsageSumReads>().CheckAsync(named.Id, meter, new Period(from, to), singly, call.Aborted);
        return Answer.Ok(AnswerJson.Write(new UsageCheckView(
            "usage_check", named.Id, meter.Code, from, to, sums.Hold, spans, waiting, sums.Once, sums.Twice, sums.Unbilled,
            [.. sums.Differences.Select(UsageDifferenceView.Of)])));
    }

    private static Instant? InstantOf(Call call, string name) => call.Query(name) is { } text ? Scalars.ReadInstant(text.Replace(' ', '+'), name) : null;
}

/// <summary>What the check of an account's usage of a meter has found.</summary>
/// <param name="Object"><c>usage_check</c></param>
/// <param name="Account">Whose.</param>
/// <param name="Meter">Of which meter.</param>
/// <param name="From">Periods that end after it were compared.</param>
/// <param name="To">Periods that begin before it were compared.</param>
/// <param name="Holds">True where each event of billed periods was counted once, and nothing else was.</param>
/// <param name="Spans">Periods, and parts of them, that are billed or closed without a line.</param>
/// <param name="Waiting">Of these, those that will be looked at again.</param>
/// <param name="Once">Events of the time that were counted in one of them.</param>
/// <param name="Twice">Events of the time that several prices charge.</param>
/// <param name="Unbilled">Events of the time that the meter counts, between the first and the last of them that are in none: of a pause, or of nobody who prices the meter.</param>
/// <param name="Differences">Where something else was counted than there is.</param>
internal sealed record UsageCheckView(
    string Object, string Account, string Meter, Instant From, Instant To, bool Holds, int Spans, int Waiting, long Once, long Twice, long Unbilled, IReadOnlyList<UsageDifferenceView> Differences);

/// <summary>A billed period of which something else was counted than there is.</summary>
/// <param name="Subscription">Whose line it is.</param>
/// <param name="Item">The item.</param>
/// <param name="Price">The code of its price.</param>
/// <param name="Start">Of the period.</param>
/// <param name="End">Of the period.</param>
/// <param name="Counted">The quantity that was counted.</param>
/// <param name="CountedEvents">Of how many events.</param>
/// <param name="Quantity">The quantity that there is.</param>
/// <param name="Events">Of how many events.</param>
internal sealed record UsageDifferenceView(
    string Subscription, string Item, string Price, Instant Start, Instant End, decimal Counted, long CountedEvents, decimal Quantity, long Events)
{
    /// <summary>The view of a difference.</summary>
    public static UsageDifferenceView Of(SpanDifference found) => new(
        found.Span.Subscription, found.Span.Part.Item, found.Span.Part.Price, found.Span.Part.Span.Start, found.Span.Part.Span.End, found.Span.Quantity, found.Span.Events,
        found.Quantity, found.Events);
}
