using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Quotes;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Server.Accounts;

/// <summary>Lines that wait for an account's next invoice.</summary>
internal static class PendingLineEndpoints
{
    private const string Tag = "Accounts";
    private const string Path = "/v1/accounts/{id}/pending_lines";
    private const string List = "pending_lines";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<PendingLineBody>(Path, new Operation(Tag, "Leaves a line waiting for the next invoice of a subscription, or of the account.", Allow.Adjust)
        {
            Status = 201, Answer = typeof(PendingLineView),
            Refusals =
            [
                "404 account_not_found", "404 subscription_not_found", "409 clock_advancing", "422 subscription_ended", "422 too_many_pending_lines",
                "422 billed_to_another", "422 amount_or_quantity", "422 negative_quantity", "422 amount_too_large", "422 period_ends_before_start", "422 amount_zero",
            ],
        }, AddAsync);
        routes.Get(Path, new Operation(Tag, "Lists the lines that wait for an invoice, newest first.", Allow.Read)
        {
            Answer = typeof(ListOf<PendingLineView>),
            Query = [.. PageRequest.Parameters, new("subscription", "A subscription, by id or external id.")],
            Refusals = ["404 account_not_found"],
        }, ListAsync);
        routes.Delete(Path + "/{line}", new Operation(Tag, "Removes a line that was added by hand and still waits.", Allow.Adjust)
        {
            Answer = typeof(PendingLineView), Refusals = ["404 pending_line_not_found", "409 clock_advancing", "422 pending_line_not_manual"],
        }, RemoveAsync);
    }

    private static async Task<Answer> AddAsync(Call call, PendingLineBody body)
    {
        var named = await call.AccountAsync(call.Route("id"));
        var subscription = body.Subscription is null
            ? null
            : (await call.Get<NameQueries>().SubscriptionAsync(body.Subscription, call.Aborted))?.Id ?? body.Subscription;
        var now = await call.NowAsync(named.Clock);
        var order = new PendingLineOrder(body.Description)
        {
            Subscription = subscription,
            Amount = body.Amount,
            Quantity = body.Quantity,
            UnitAmount = body.UnitAmount,
            TaxCode = body.TaxCode,
            Period = body.Period is { } period ? new Period(period.Start, period.End) : null,
        };
        return await call.RunAsync(
            () => call.Grain<IAccountGrain>(named.Id).AddPendingLine(call.Key, now, order), $"/v1/accounts/{named.Id}/pending_lines");
    }

    private static async Task<Answer> RemoveAsync(Call call)
    {
        var named = await call.AccountAsync(call.Route("id"));
        var now = await call.NowAsync(named.Clock);
        return await call.RunAsync(() => call.Grain<IAccountGrain>(named.Id).RemovePendingLine(call.Key, now, call.Route("line")));
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var named = await call.AccountAsync(call.Route("id"));
        var subscription = await call.SubscriptionFilterAsync();
        var page = await call.Get<PendingLineQueries>().ListAsync(PageRequest.Read(call, List), named.Id, subscription, call.Aborted);
        return PageRequest.Render(call, List, page, PendingLineView.Render, record => new PagePlace(record.CreatedAt, record.Line.Draft.Id!));
    }
}

/// <summary>A line for the next invoice: an amount, or a quantity with its unit amount.</summary>
internal sealed record PendingLineBody
{
    /// <summary>The subscription whose next invoice takes it, by id or external id; the account's next one unless given.</summary>
    [Text(TextKind.Reference)]
    public string? Subscription { get; init; }

    /// <summary>Shown to the customer.</summary>
    [Text]
    public required string Description { get; init; }

    /// <summary>Minor units of the account's currency; below zero for a credit.</summary>
    [Whole(-PendingLines.MaxAmount, PendingLines.MaxAmount)]
    public long? Amount { get; init; }

    /// <summary>How many, with <c>unit_amount</c>.</summary>
    [Decimal(Signed = true)]
    public decimal? Quantity { get; init; }

    /// <summary>Minor units of one, below zero for a credit; the product is rounded once.</summary>
    [Decimal(Signed = true)]
    public decimal? UnitAmount { get; init; }

    /// <summary>Selects tax rates that are limited to codes.</summary>
    [Text(TextKind.Code)]
    public string? TaxCode { get; init; }

    /// <summary>What it is for; the present instant unless given.</summary>
    public PeriodBody? Period { get; init; }
}
