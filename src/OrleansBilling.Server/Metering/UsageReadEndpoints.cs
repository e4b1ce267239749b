using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Problems;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Server.Metering;

/// <summary>The usage of an account: current quantities and time series.</summary>
internal static class UsageReadEndpoints
{
    private static readonly QueryParameter[] Parameters =
    [
        new("meter", "The code of a meter; every meter with events unless given."),
        new("subscription", "Events that name this subscription only."),
        new("from", "Begin of the span; the current period of the subscription that is given, else the current month in the account's zone, unless given."),
        new("to", "End of the span, exclusive."),
        new("group_by", "Properties of the meter's group_by, separated by commas."),
        new("window", "hour, day or period (all at once, unless given); hours and days of the account's zone."),
    ];

    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.Get(
        "/v1/accounts/{id}/usage",
        new Operation("Usage", "Shows an account's usage, by window and group; without 'from' and 'to' also its cost so far, what is left before thresholds of alerts and of entitlements, and prepaid credit. An event is seen as soon as it is accepted.", Allow.Read)
        {
            Answer = typeof(UsageView), Query = Parameters,
            Refusals = ["404 account_not_found", "404 meter_not_found", "404 subscription_not_found", "422 not_grouped", "422 range_empty", "422 too_many_windows"],
        },
        GetAsync);

    private static async Task<Answer> GetAsync(Call call)
    {
        var named = await call.AccountAsync(call.Route("id"));
        var account = (await call.Get<IBillingFacts>().FindAsync(named.Id) ?? throw Problem.NoSuch("an account", named.Id).Exception()).Account;
        var zone = TimeZones.Of(account.TimeZone);
        var subscription = call.Query("subscription") is { } name ? await call.SubscriptionAsync(name) : null;
        if (subscription is not null && subscription.Account != named.Id)
        {
            throw Problem.NoSuch("a subscription", subscription.Id, "subscription").Exception();
        }

        var usual = await PeriodAsync(call, named, subscription, zone);
        var (from, to) = (InstantOf(call, "from") ?? usual.Start, InstantOf(call, "to") ?? usual.End);
        var window = WindowOf(call);
        var windows = UsageWindows.Of(from, to, window, zone);
        if (windows.Refusal is { } refusal)
        {
            throw Problem.Of(refusal).Exception();
        }

        ImmutableArray<string> groups = call.Query("group_by") is { } text ? [.. text.Split(',').Distinct(StringComparer.Ordinal)] : [];
        var meters = await MetersAsync(call, named.Id, from, to);
        foreach (var group in groups.Where(group => meters.Exists(meter => !meter.GroupBy.Contains(group))))
        {
            throw new Problem(422, "not_grouped", $"Ask for properties by which the meter keeps usage apart (its group_by); '{group}' is none.", "group_by").Exception();
        }

        var shown = new List<MeterUsageView>();
        foreach (var meter in meters)
        {
            shown.Add(await ReadAsync(call, named.Id, meter, new UsageQuestion(windows.Value) { Subscription = subscription?.Id, GroupBy = groups }, new Period(from, to)));
        }

        // Asked about the current period: with what it costs so far, and what is left.
        var standing = call.Query("from") is null && call.Query("to") is null
            ? await UsageStanding.ReadAsync(call, account, subscription?.Id, call.Query("meter"), await call.NowAsync(named.Clock, writes: false))
            : null;
        return Answer.Ok(AnswerJson.Write(new UsageView(
            "usage", named.Id, subscription?.Id, from, to, account.TimeZone, window, groups, shown,
            account.Currency.Code, standing?.Amount, standing?.Charges, standing?.Limits, standing?.Entitlements, standing?.Credits)));
    }

    private static async Task<MeterUsageView> ReadAsync(Call call, string account, Meter meter, UsageQuestion question, Period span)
    {
        var usage = call.Get<IUsage>();
        var series = await usage.ReadAsync(account, meter, question);
        var isWhole = question.Windows.Length == 1 && question.GroupBy.IsEmpty;
        var whole = isWhole ? series[0] : (await usage.ReadAsync(account, meter, question with { Windows = [span], GroupBy = [] }))[0];
        return new MeterUsageView(meter.Code, meter.Aggregation, whole.Quantity, whole.Events, [.. series.Select(amount => UsageAmountView.Of(amount, question.GroupBy))]);
    }

    private static async Task<List<Meter>> MetersAsync(Call call, string account, Instant from, Instant to)
    {
        if (call.Query("meter") is { } code)
        {
            return [await call.Get<IUsage>().FindMeterAsync(code) ?? throw Problem.NoSuch("a meter", code, "meter").Exception()];
        }

        return [.. await call.Get<IUsage>().FindMetersAsync(account, from, to)];
    }

    private static async Task<Period> PeriodAsync(Call call, Named account, Named? subscription, DateTimeZone zone)
    {
        if (subscription is not null && await call.Get<SubscriptionQueries>().FindAsync(subscription.Id, call.Aborted) is { CurrentPeriod: { } current })
        {
            return current;
        }

        return UsageWindows.MonthOf(await call.NowAsync(account.Clock, writes: false), zone);
    }

    private static UsageWindow WindowOf(Call call) => call.Query("window") switch
    {
        null => UsageWindow.Period,
        { } text when Scalars.EnumOf(typeof(UsageWindow)).TryGetValue(text, out var width) => (UsageWindow)width,
        _ => throw Call.BadParameter("window", "Use hour, day or period."),
    };

    private static Instant? InstantOf(Call call, string name) => call.Query(name) is { } text ? Scalars.ReadInstant(text.Replace(' ', '+'), name) : null;
}
