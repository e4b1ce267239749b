using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Sellers;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Accounts;

/// <summary>Accounts: opened, read, changed.</summary>
internal static class AccountEndpoints
{
    private const string Tag = "Accounts";
    private const string List = "accounts";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<AccountBody>("/v1/accounts", new Operation(Tag, "Opens an account.", Allow.Product)
        {
            Status = 201, Answer = typeof(AccountView),
            Refusals = ["404 test_clock_not_found", "409 external_id_taken", "409 clock_advancing", "422 dunning_policy_not_found", "422 legal_entity_not_found", "422 external_id_reserved", "404 account_not_found", "422 payer_currency_differs", "422 payer_clock_differs", "422 payer_is_billed_to_another", "422 grouping_with_billed_to"],
        }, CreateAsync);
        routes.Patch<AccountPatchBody>("/v1/accounts/{id}", new Operation(Tag, "Changes what is given.", Allow.Product)
        {
            Answer = typeof(AccountView), Refusals = ["404 account_not_found", "409 external_id_taken", "422 currency_fixed", "422 legal_entity_not_found",
                "422 billed_to_itself", "422 payer_currency_differs", "422 payer_clock_differs", "422 payer_is_billed_to_another", "422 account_pays_for_others",
                "422 pending_lines_wait", "422 grouping_with_billed_to"],
        }, UpdateAsync);
        routes.Get("/v1/accounts", new Operation(Tag, "Lists accounts.", Allow.Read)
        {
            Answer = typeof(ListOf<AccountView>),
            Query = [.. PageRequest.Parameters, new("email", "Exactly this address."), new("external_id", "The caller's own name."), new("test_clock", "The id of a test clock.")],
        }, ListAsync);
        routes.Get("/v1/accounts/{id}", new Operation(Tag, "Shows an account, by id or external id.", Allow.Read)
        {
            Answer = typeof(AccountView), Refusals = ["404 account_not_found"],
        }, GetAsync);
        routes.Post<BalanceAdjustmentBody>("/v1/accounts/{id}/balance_adjustments", new Operation(Tag, "Moves the credit balance by hand.", Allow.Adjust)
        {
            Status = 201, Answer = typeof(BalanceAdjustmentView),
            Refusals = ["404 account_not_found", "422 balance_below_zero", "422 currency_mismatch", "422 amount_zero"],
        }, AdjustAsync);
    }

    /// <summary>The account as it is stored now.</summary>
    public static async Task<AccountRead> ReadAsync(Call call)
    {
        var named = await call.AccountAsync(call.Route("id"));
        return await call.Get<AccountQueries>().FindAsync(named.Id, call.Aborted)
            ?? throw Problem.NoSuch("an account", call.Route("id")).Exception();
    }

    private static async Task<Answer> CreateAsync(Call call, AccountBody body)
    {
        var settings = AccountMapping.ToSettings(body, body.Currency ?? await DefaultCurrencyAsync(call, body));
        settings = settings with { BilledTo = await PayerAsync(call, settings.BilledTo) };
        var now = await call.NowAsync(settings.TestClock ?? AccountFacts.LiveClock);
        var id = IdempotencyKey.NewId("acct", call.Key, now);
        return await call.RunAsync(() => call.Grain<IAccountGrain>(id).Create(call.Key, now, settings), "/v1/accounts/" + id);
    }

    /// <summary>The currency of the account's seller; 400 <c>missing_field</c> where it has none.</summary>
    private static async Task<string> DefaultCurrencyAsync(Call call, AccountBody body)
    {
        var seller = await call.Get<ILegalEntities>().FindAsync(body.LegalEntity ?? LegalEntity.DefaultCode, version: null);
        return seller?.DefaultCurrency ?? throw StrictJson.Missing("currency");
    }

    private static async Task<Answer> UpdateAsync(Call call, AccountPatchBody body)
    {
        var patch = AccountMapping.ToPatch(call, body);
        patch = patch with { BilledTo = await PayerAsync(call, patch.BilledTo) };
        var named = await call.AccountAsync(call.Route("id"));
        var now = await call.NowAsync(named.Clock);
        return await call.RunAsync(() => call.Grain<IAccountGrain>(named.Id).Update(call.Key, now, patch));
    }

    /// <summary>The id of a payer that is named by id or external id; empty and null as they are.</summary>
    private static async Task<string?> PayerAsync(Call call, string? name) =>
        name is { Length: > 0 } ? (await call.AccountAsync(name, "billed_to")).Id : name;

    private static async Task<Answer> AdjustAsync(Call call, BalanceAdjustmentBody body)
    {
        var named = await call.AccountAsync(call.Route("id"));
        var now = await call.NowAsync(named.Clock);
        return await call.RunAsync(
            () => call.Grain<IAccountGrain>(named.Id).AdjustBalance(call.Key, now, body.Amount, body.Currency, body.Reason));
    }

    private static async Task<Answer> GetAsync(Call call)
    {
        var account = await ReadAsync(call);
        return Answer.Ok(AccountView.Render(account.State, account.Balance));
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var page = await call.Get<AccountQueries>().ListAsync(
            PageRequest.Read(call, List), call.Query("email"), call.Query("external_id"), call.Query("test_clock"), call.Aborted);
        return PageRequest.Render(call, List, page, found => AccountView.Render(found.State, found.Balance), found => new PagePlace(found.State.CreatedAt, found.State.Id));
    }
}
