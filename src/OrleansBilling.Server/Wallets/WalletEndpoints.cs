using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Grains.Wallets;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Accounts;
using OrleansBilling.Server.Catalog;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Wallets;

/// <summary>Wallets, their grants and movements.</summary>
internal static class WalletEndpoints
{
    private const string Tag = "Credits";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<WalletBody>("/v1/wallets", new Operation(Tag, "Opens a wallet of prepaid credit, in money or in units.", Allow.Product)
        {
            Status = 201, Answer = typeof(WalletView),
            Refusals = ["404 account_not_found", "409 clock_advancing", "422 currency_mismatch", "422 too_many_wallets", "422 top_up_too_small"],
        }, OpenAsync);
        routes.Get("/v1/wallets", new Operation(Tag, "Lists wallets with what they hold.", Allow.Read)
        {
            Answer = typeof(ListOf<WalletView>), Query = [.. PageRequest.Parameters, new("account", "An account, by id or external id.")],
        }, ListAsync);
        routes.Get("/v1/wallets/{id}", new Operation(Tag, "Shows a wallet with its living grants in the order of use.", Allow.Read)
        {
            Answer = typeof(WalletView), Refusals = ["404 wallet_not_found"],
        }, GetAsync);
        routes.Patch<WalletPatchBody>("/v1/wallets/{id}", new Operation(Tag, "Changes what is given.", Allow.Product)
        {
            Answer = typeof(WalletView), Refusals = ["404 wallet_not_found", "422 top_up_too_small"],
        }, UpdateAsync);
        MapGrants(routes);
    }

    private static void MapGrants(IEndpointRouteBuilder routes)
    {
        routes.Post<GrantBody>("/v1/wallets/{id}/grants", new Operation(Tag, "Grants prepaid credit, or sells it on an invoice.", Allow.Adjust)
        {
            Status = 201, Answer = typeof(GrantView),
            Refusals =
            [
                "404 wallet_not_found", "409 clock_advancing", "422 effective_in_the_past", "422 expires_before_effective", "422 rollover_needs_recurrence",
                "422 too_many_grants", "422 rollover_maximum_too_small", "422 recurring_grant_not_sold",
            ],
        }, GrantAsync);
        routes.Get("/v1/wallets/{id}/grants", new Operation(Tag, "Lists the grants of a wallet, the ended ones too.", Allow.Read)
        {
            Answer = typeof(ListOf<GrantView>), Query = PageRequest.Parameters, Refusals = ["404 wallet_not_found"],
        }, GrantsAsync);
        routes.Post<NoFields>("/v1/wallets/{id}/grants/{grant}/void", new Operation(Tag, "Takes a grant back: what is left lapses.", Allow.Adjust)
        {
            Answer = typeof(GrantView), Refusals = ["404 wallet_not_found", "404 grant_not_found", "422 grant_ended", "422 grant_not_paid"],
        }, (call, _) => ChangeAsync(call, (grain, now) => grain.VoidGrant(call.Key, now, call.Route("grant"))));
        routes.Post<DebitBody>("/v1/wallets/{id}/debits", new Operation(Tag, "Takes an amount by hand.", Allow.Adjust)
        {
            Status = 201, Answer = typeof(WalletView), Refusals = ["404 wallet_not_found", "422 insufficient_credit"],
        }, (call, body) => ChangeAsync(call, (grain, now) => grain.Debit(call.Key, now, body.Amount, body.Reason)));
        routes.Get("/v1/wallets/{id}/movements", new Operation(Tag, "Lists what has moved, newest first.", Allow.Read)
        {
            Answer = typeof(ListOf<WalletMovementView>), Query = [.. PageRequest.Parameters, new("grant", "The id of a grant.")], Refusals = ["404 wallet_not_found"],
        }, MovementsAsync);
    }

    private static async Task<Answer> OpenAsync(Call call, WalletBody body)
    {
        var named = await call.AccountAsync(body.Account, "account");
        var now = await call.NowAsync(named.Clock);
        var id = IdempotencyKey.NewId("wal", call.Key, now);
        var order = new WalletOrder
        {
            Currency = body.Currency,
            Unit = body.Unit,
            UnitValue = body.UnitValue,
            Name = body.Name,
            Priority = body.Priority ?? 0,
            AppliesTo = [.. body.AppliesTo ?? []],
            TopUp = ToDomain(body.TopUp),
            Metadata = AccountMapping.ToMetadata(body.Metadata),
        };
        return await call.RunAsync(() => call.Grain<IWalletGrain>(id).Open(call.Key, now, named.Id, order), "/v1/wallets/" + id);
    }

    private static Task<Answer> UpdateAsync(Call call, WalletPatchBody body)
    {
        var patch = new WalletPatch
        {
            Name = body.Name,
            Priority = body.Priority,
            TopUp = ToDomain(body.TopUp),
            SetsTopUp = call.Body.TryGetProperty("top_up", out _),
        };
        return ChangeAsync(call, (grain, now) => grain.Update(call.Key, now, patch));
    }

    private static Task<Answer> GrantAsync(Call call, GrantBody body)
    {
        var order = new GrantOrder(body.Amount)
        {
            Price = body.Price,
            Priority = body.Priority ?? 0,
            EffectiveAt = body.EffectiveAt,
            ExpiresAt = body.ExpiresAt,
            RolloverMinimum = body.Rollover?.Minimum,
            RolloverMaximum = body.Rollover?.Maximum,
            Recurrence = body.Recurrence is { } interval ? PriceMapping.ToDomain(interval) : null,
        };
        return ChangeAsync(call, (grain, now) => grain.Grant(call.Key, now, order));
    }

    private static async Task<Answer> ChangeAsync(Call call, Func<IWalletGrain, Instant, Task<CommandAnswer>> change)
    {
        var named = await call.WalletAsync(call.Route("id"));
        var now = await call.NowAsync(named.Clock);
        return await call.RunAsync(() => change(call.Grain<IWalletGrain>(named.Id), now));
    }

    private static async Task<Answer> GetAsync(Call call)
    {
        var named = await call.WalletAsync(call.Route("id"));
        var now = await call.NowAsync(named.Clock, writes: false);
        return Answer.Ok(WalletView.Render(await LoadAsync(call, named.Id, now), now));
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var asked = PageRequest.Read(call, "wallets");
        var page = await call.Get<WalletQueries>().ListAsync(asked, await call.AccountFilterAsync(), call.Aborted);
        var shown = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var wallet in page.Entries)
        {
            var named = await call.WalletAsync(wallet.Id);
            var now = await call.NowAsync(named.Clock, writes: false);
            shown[wallet.Id] = WalletView.Render(await LoadAsync(call, wallet.Id, now), now);
        }

        return PageRequest.Render(call, "wallets", page, wallet => shown[wallet.Id], wallet => new PagePlace(wallet.CreatedAt, wallet.Id));
    }

    private static async Task<Answer> GrantsAsync(Call call)
    {
        var (wallet, now) = await SettingsAsync(call);
        var page = await call.Get<WalletQueries>().GrantsAsync(PageRequest.Read(call, "grants"), wallet.Id, call.Aborted);
        return PageRequest.Render(call, "grants", page, grant => AnswerJson.Write(GrantView.Of(wallet, grant, now)), grant => new PagePlace(grant.CreatedAt, grant.Id));
    }

    private static async Task<Answer> MovementsAsync(Call call)
    {
        var (wallet, _) = await SettingsAsync(call);
        var page = await call.Get<WalletQueries>().MovementsAsync(PageRequest.Read(call, "movements"), wallet.Id, call.Query("grant"), call.Aborted);
        return PageRequest.Render(
            call, "movements", page, movement => AnswerJson.Write(WalletMovementView.Of(wallet, movement)), movement => new PagePlace(movement.At, movement.Id));
    }

    private static async Task<(Wallet Wallet, Instant Now)> SettingsAsync(Call call)
    {
        var named = await call.WalletAsync(call.Route("id"));
        var now = await call.NowAsync(named.Clock, writes: false);
        return ((await LoadAsync(call, named.Id, now)).Wallet, now);
    }

    private static async Task<WalletState> LoadAsync(Call call, string wallet, Instant now) =>
        await call.Get<IWalletRows>().FindAsync(wallet, now, null) ?? throw Problem.NoSuch("a wallet", wallet).Exception();

    private static TopUp? ToDomain(TopUpBody? body) => body is null ? null : new TopUp(body.Below, body.Amount);
}
