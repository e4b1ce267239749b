using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Infrastructure.Postgres.Metering;
using OrleansBilling.Infrastructure.Postgres.Metering.Rollup;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Server.Metering;

/// <summary>Corrections of usage events.</summary>
internal static class UsageCorrectionEndpoints
{
    private const string Tag = "Usage";
    private const string List = "usage_corrections";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<UsageCorrectionBody>("/v1/usage/corrections", new Operation(Tag, "Voids or amends usage events; with preview nothing is written.", Allow.Product)
        {
            Status = 201,
            Answer = typeof(UsageCorrectionView),
            Refusals =
            [
                "404 account_not_found", "404 subscription_not_found", "404 event_not_found", "422 ids_or_filter", "422 account_unused", "422 value_needed", "422 value_unused",
                "422 value_not_counted", "422 range_empty", "422 nothing_chosen", "422 too_many_events", "422 too_old",
            ],
        }, CorrectAsync);
        routes.Get("/v1/usage/corrections", new Operation(Tag, "Lists corrections.", Allow.Read)
        {
            Answer = typeof(ListOf<UsageCorrectionView>), Query = PageRequest.Parameters,
        }, ListAsync);
    }

    private static async Task<Answer> CorrectAsync(Call call, UsageCorrectionBody body)
    {
        var now = call.Get<IClocks>().Live;
        if (body.Preview == true)
        {
            var correction = await CorrectionAsync(call, body);
            var preview = Value(await call.Get<UsageCorrections>().PreviewAsync(correction, call.Aborted));
            return Answer.Ok(Render(body, id: null, preview, now, await BilledAsync(call, correction, preview)));
        }

        return await Unattended.RunAsync(call, async () =>
        {
            var id = IdempotencyKey.NewId("corr", call.Key, now);
            var done = await call.Get<UsageCorrections>().CorrectAsync(await CorrectionAsync(call, body), id, call.Key, now, made => Render(body, id, made, now));
            return done is { } decided ? new Answer(201, Render(body, id, Value(decided), now)) : null;
        });
    }

    private static async Task<UsageCorrection> CorrectionAsync(Call call, UsageCorrectionBody body)
    {
        var name = body.Filter?.Account ?? body.Account;
        var account = name is null ? null : (await call.AccountAsync(name, body.Filter is null ? "account" : "filter.account")).Id;
        string? subscription = null;
        if (body.Filter?.Subscription is { } given)
        {
            var found = await call.SubscriptionAsync(given);
            subscription = found.Account == account ? found.Id : throw Problem.NoSuch("a subscription", given, "filter.subscription").Exception();
        }

        return body.ToDomain(account, subscription);
    }

    private static UsageCorrected Value(Decided<UsageCorrected> decided) =>
        decided.Refusal is { } refusal ? throw Problem.Of(refusal).Exception() : decided.Value;

    /// <summary>What it would do to what is billed already, subscription by subscription.</summary>
    private static async Task<IReadOnlyList<BilledEffectView>> BilledAsync(Call call, UsageCorrection correction, UsageCorrected preview)
    {
        var shown = new List<BilledEffectView>();
        foreach (var effect in preview.Effects)
        {
            var within = new Period(effect.From, effect.To);
            var now = await call.NowAsync((await call.AccountAsync(effect.Account)).Clock, writes: false);
            foreach (var subscription in await call.Get<ILateUsage>().FindTouchedAsync(effect.Account, effect.Meter, within))
            {
                var billed = await call.Grain<ISubscriptionGrain>(subscription).PreviewCorrection(now, effect.Meter, within, correction);
                if (!billed.Spans.IsEmpty)
                {
                    shown.Add(BilledEffectView.Of(billed));
                }
            }
        }

        return shown;
    }

    private static string Render(UsageCorrectionBody body, string? id, UsageCorrected made, NodaTime.Instant now, IReadOnlyList<BilledEffectView>? billed = null) => AnswerJson.Write(new UsageCorrectionView(
        id, "usage_correction", Scalars.NameOf(body.Action), body.Value, body.Reason, made.Events, Preview: id is null, made.Effects, billed, now));

    private static async Task<Answer> ListAsync(Call call)
    {
        var page = await call.Get<CorrectionQueries>().ListAsync(PageRequest.Read(call, List), call.Aborted);
        return PageRequest.Render(call, List, page, row => AnswerJson.Write(UsageCorrectionView.Of(row)), row => new PagePlace(row.CreatedAt, row.Id));
    }
}
