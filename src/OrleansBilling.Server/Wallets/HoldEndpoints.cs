using NodaTime;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Grains.Wallets;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Wallets;

/// <summary>Holds: an amount of a wallet set apart for work under way, then used or given back.</summary>
internal static class HoldEndpoints
{
    private const string Tag = "Credits";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<HoldBody>("/v1/holds", new Operation(Tag, "Sets an amount of a wallet apart.", Allow.Product)
        {
            Status = 201, Answer = typeof(HoldView), Refusals = ["404 wallet_not_found", "409 clock_advancing", "422 insufficient_credit"],
        }, HoldAsync);
        routes.Get("/v1/holds", new Operation(Tag, "Lists the holds of a wallet.", Allow.Read)
        {
            Answer = typeof(ListOf<HoldView>),
            Query =
            [
                .. PageRequest.Parameters,
                new("wallet", "The id of a wallet."),
                new("status", "One of " + string.Join(", ", Scalars.EnumOf(typeof(HoldStatus)).Keys) + "."),
            ],
            Refusals = ["404 wallet_not_found"],
        }, ListAsync);
        routes.Get("/v1/holds/{id}", new Operation(Tag, "Shows a hold.", Allow.Read)
        {
            Answer = typeof(HoldView), Refusals = ["404 hold_not_found"],
        }, GetAsync);
        routes.Post<CommitBody>("/v1/holds/{id}/commit", new Operation(Tag, "Uses a hold, up to its amount or over it; the rest goes back.", Allow.Product)
        {
            Answer = typeof(HoldView), Refusals = ["404 hold_not_found", "422 hold_ended", "422 amount_above_hold", "422 insufficient_credit"],
        }, (call, body) => ChangeAsync(call, (grain, now, hold) => grain.Commit(call.Key, now, hold, body.Amount, body.Over ?? OverHold.Refuse)));
        routes.Post<NoFields>("/v1/holds/{id}/release", new Operation(Tag, "Gives a hold back.", Allow.Product)
        {
            Answer = typeof(HoldView), Refusals = ["404 hold_not_found", "422 hold_ended"],
        }, (call, _) => ChangeAsync(call, (grain, now, hold) => grain.Release(call.Key, now, hold)));
    }

    private static async Task<Answer> HoldAsync(Call call, HoldBody body)
    {
        var named = await call.WalletAsync(body.Wallet, "wallet");
        var now = await call.NowAsync(named.Clock);
        var id = IdempotencyKey.NewId("hold", call.Key, now);
        return await call.RunAsync(
            () => call.Grain<IWalletGrain>(named.Id).Hold(call.Key, now, id, body.Amount, body.ExpiresInSeconds), "/v1/holds/" + id);
    }

    private static async Task<Answer> ChangeAsync(Call call, Func<IWalletGrain, Instant, string, Task<CommandAnswer>> change)
    {
        var hold = call.Route("id");
        var named = await call.WalletOfHoldAsync(hold);
        var now = await call.NowAsync(named.Clock);
        return await call.RunAsync(() => change(call.Grain<IWalletGrain>(named.Id), now, hold));
    }

    private static async Task<Answer> GetAsync(Call call)
    {
        var named = await call.WalletOfHoldAsync(call.Route("id"));
        var hold = await call.Get<WalletQueries>().HoldAsync(call.Route("id"), call.Aborted);
        return Answer.Ok(HoldView.Render(await SettingsAsync(call, named), hold!));
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var named = await call.WalletAsync(call.Query("wallet") ?? throw Call.BadParameter("wallet", "Name the wallet."));
        var status = call.Query("status");
        if (status is not null && !Scalars.EnumOf(typeof(HoldStatus)).ContainsKey(status))
        {
            throw Call.BadParameter("status", $"Use one of: {string.Join(", ", Scalars.EnumOf(typeof(HoldStatus)).Keys)}.");
        }

        var wallet = await SettingsAsync(call, named);
        var page = await call.Get<WalletQueries>().HoldsAsync(PageRequest.Read(call, "holds"), named.Id, status, call.Aborted);
        return PageRequest.Render(call, "holds", page, hold => HoldView.Render(wallet, hold), hold => new PagePlace(hold.CreatedAt, hold.Id));
    }

    private static async Task<Wallet> SettingsAsync(Call call, Named named)
    {
        var now = await call.NowAsync(named.Clock, writes: false);
        var state = await call.Get<IWalletRows>().FindAsync(named.Id, now, null) ?? throw Problem.NoSuch("a wallet", named.Id).Exception();
        return state.Wallet;
    }
}
