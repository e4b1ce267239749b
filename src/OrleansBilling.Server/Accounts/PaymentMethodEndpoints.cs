using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;

namespace OrleansBilling.Server.Accounts;

/// <summary>Stored payment methods of an account: tokens of gateways, never card numbers.</summary>
internal static class PaymentMethodEndpoints
{
    private const string Tag = "Accounts";
    private const string Path = "/v1/accounts/{id}/payment_methods";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<PaymentMethodBody>(Path, new Operation(Tag, "Stores a payment method.", Allow.Product)
        {
            Status = 201, Answer = typeof(PaymentMethodView),
            Refusals = ["404 account_not_found", "422 payment_method_refused", "422 gateway_not_available", "422 too_many_payment_methods", "422 card_number_refused"],
        }, AddAsync);
        routes.Get(Path, new Operation(Tag, "Lists the stored payment methods, newest first.", Allow.Read)
        {
            Answer = typeof(ListOf<PaymentMethodView>), Query = PageRequest.Parameters, Refusals = ["404 account_not_found"],
        }, ListAsync);
        routes.Post<NoFields>(Path + "/{method}/default", new Operation(Tag, "Makes a payment method the default.", Allow.Product)
        {
            Answer = typeof(PaymentMethodView), Refusals = ["404 payment_method_not_found"],
        }, (call, _) => ChangeAsync(call, (grain, now, method) => grain.SetDefaultPaymentMethod(call.Key, now, method)));
        routes.Delete(Path + "/{method}", new Operation(Tag, "Detaches a payment method; the newest remaining one becomes the default.", Allow.Product)
        {
            Answer = typeof(PaymentMethodView), Refusals = ["404 payment_method_not_found"],
        }, call => ChangeAsync(call, (grain, now, method) => grain.RemovePaymentMethod(call.Key, now, method)));
    }

    private static async Task<Answer> AddAsync(Call call, PaymentMethodBody body)
    {
        var named = await call.AccountAsync(call.Route("id"));
        var now = await call.NowAsync(named.Clock);
        return await call.RunAsync(
            () => call.Grain<IAccountGrain>(named.Id).AddPaymentMethod(
                call.Key, now, Scalars.NameOf(body.Gateway), body.Token, body.Default ?? false, AccountMapping.ToMetadata(body.Metadata)),
            $"/v1/accounts/{named.Id}/payment_methods");
    }

    private static async Task<Answer> ChangeAsync(Call call, Func<IAccountGrain, NodaTime.Instant, string, Task<Grains.Turn.CommandAnswer>> change)
    {
        var named = await call.AccountAsync(call.Route("id"));
        var now = await call.NowAsync(named.Clock);
        return await call.RunAsync(() => change(call.Grain<IAccountGrain>(named.Id), now, call.Route("method")));
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var account = (await AccountEndpoints.ReadAsync(call)).State;
        var newestFirst = account.Methods.Reverse().Select(method => PaymentMethodView.Of(account, method)).ToList();
        return PageRequest.RenderWhole("payment_methods", call, newestFirst, AnswerJson.Write, method => new PagePlace(method.CreatedAt, method.Id));
    }
}
