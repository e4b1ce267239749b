using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Accounts;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Catalog;

/// <summary>Coupons: made, read, archived. The catalog lives in real time.</summary>
internal static class CouponEndpoints
{
    private const string Tag = "Catalog";
    private const string List = "coupons";

    private static readonly string[] Refusals =
    [
        "400 invalid_code", "400 percent_out_of_range", "400 amount_out_of_range", "400 periods_out_of_range", "400 max_redemptions_out_of_range",
        "409 coupon_exists", "422 one_discount_needed", "422 currency_needed", "422 currency_needs_amount", "422 periods_needed",
        "422 periods_need_repeating", "422 carry_remainder_needs_amount_once", "422 duplicate_code", "422 redeem_by_in_past", "422 unknown_applies_to",
    ];

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<CouponBody>("/v1/coupons", new Operation(Tag, "Makes a coupon; it never changes.", Allow.Product)
        {
            Status = 201, Answer = typeof(CouponView), Refusals = Refusals,
        }, CreateAsync);
        routes.Post<NoFields>("/v1/coupons/{code}/archive", new Operation(Tag, "Closes a coupon for new redemptions; where it is attached it stays.", Allow.Product)
        {
            Answer = typeof(CouponView), Refusals = ["404 coupon_not_found"],
        }, ArchiveAsync);
        routes.Get("/v1/coupons", new Operation(Tag, "Lists coupons.", Allow.Read)
        {
            Answer = typeof(ListOf<CouponView>), Query = PageRequest.Parameters,
        }, ListAsync);
        routes.Get("/v1/coupons/{code}", new Operation(Tag, "Shows a coupon with its redemptions so far.", Allow.Read)
        {
            Answer = typeof(CouponView), Refusals = ["404 coupon_not_found"],
        }, GetAsync);
    }

    private static Task<Answer> CreateAsync(Call call, CouponBody body) => call.RunAsync(
        () => call.Grain<ICouponGrain>(CouponGrain.KeyOf(body.Code)).Create(call.Key, call.Get<IClocks>().Live, ToDomain(body)),
        "/v1/coupons/" + body.Code);

    private static Task<Answer> ArchiveAsync(Call call, NoFields body)
    {
        var code = CodeOf(call);
        return call.RunAsync(() => call.Grain<ICouponGrain>(CouponGrain.KeyOf(code)).Archive(call.Key, call.Get<IClocks>().Live));
    }

    private static async Task<Answer> GetAsync(Call call) =>
        await call.Get<CouponQueries>().FindAsync(CodeOf(call), call.Aborted) is { } found
            ? Answer.Ok(Render(found))
            : throw NotFound(call.Route("code"));

    private static async Task<Answer> ListAsync(Call call)
    {
        var page = await call.Get<CouponQueries>().ListAsync(PageRequest.Read(call, List), call.Aborted);
        return PageRequest.Render(call, List, page, Render, found => new PagePlace(found.CreatedAt, found.Facts.Coupon.Code));
    }

    private static string Render((CouponFacts Facts, NodaTime.Instant CreatedAt) found) =>
        CouponView.Render(found.Facts.Coupon, found.Facts.Redemptions, found.CreatedAt, found.Facts.ArchivedAt);

    private static Coupon ToDomain(CouponBody body) => new(body.Code, body.Duration)
    {
        PercentOff = body.PercentOff,
        AmountOff = body.AmountOff,
        Currency = body.Currency is null ? null : Currency.Of(body.Currency),
        Periods = body.Periods,
        AppliesTo = [.. body.AppliesTo ?? []],
        MaxRedemptions = body.MaxRedemptions,
        RedeemBy = body.RedeemBy,
        CarryRemainder = body.CarryRemainder ?? false,
        Metadata = AccountMapping.ToMetadata(body.Metadata),
    };

    private static string CodeOf(Call call) => Texts.IsCode(call.Route("code")) ? call.Route("code") : throw NotFound(call.Route("code"));

    private static ProblemException NotFound(string code) => Problem.Of(Refusal.NotFound("coupon_not_found", $"There is no coupon {code}.")).Exception();
}
