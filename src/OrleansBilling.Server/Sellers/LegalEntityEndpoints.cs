using System.Collections.Immutable;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Sellers;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Accounts;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Sellers;

/// <summary>Legal entities: the sellers of invoices.</summary>
internal static class LegalEntityEndpoints
{
    private const string Tag = "Legal entities";
    private const string List = "legal_entities";
    private const string Path = "/v1/legal_entities";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        string[] rules = ["409 numbering_prefix_taken", "422 numbering_prefix_invalid", "422 cash_rounding_invalid", "422 unknown_currency"];
        routes.Post<LegalEntityBody>(Path, new Operation(Tag, "Makes a legal entity.", Allow.Product)
        {
            Status = 201, Answer = typeof(LegalEntityView), Refusals = ["409 legal_entity_exists", .. rules],
        }, CreateAsync);
        routes.Patch<LegalEntityPatchBody>(Path + "/{code}", new Operation(Tag, "Changes what is given, as a new version; issued documents keep theirs.", Allow.Product)
        {
            Answer = typeof(LegalEntityView), Refusals = ["404 legal_entity_not_found", .. rules],
        }, UpdateAsync);
        routes.Get(Path, new Operation(Tag, "Lists legal entities.", Allow.Read)
        {
            Answer = typeof(ListOf<LegalEntityView>), Query = PageRequest.Parameters,
        }, ListAsync);
        routes.Get(Path + "/{code}", new Operation(Tag, "Shows a legal entity.", Allow.Read)
        {
            Answer = typeof(LegalEntityView), Query = [new("version", "A version; the newest unless given.")], Refusals = ["404 legal_entity_not_found"],
        }, GetAsync);
    }

    private static Task<Answer> CreateAsync(Call call, LegalEntityBody body) => call.RunAsync(
        () => Grain(call, body.Code).Create(call.Key, call.Get<IClocks>().Live, Settings(call, body.Code, body.Name, body)), $"{Path}/{body.Code}");

    private static Task<Answer> UpdateAsync(Call call, LegalEntityPatchBody body)
    {
        var code = call.Route("code");
        return call.RunAsync(() => Grain(call, code).Update(call.Key, call.Get<IClocks>().Live, Settings(call, code, body.Name, body)));
    }

    private static async Task<Answer> GetAsync(Call call)
    {
        int? version = null;
        if (call.Query("version") is { } given)
        {
            version = int.TryParse(given, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : throw Call.BadParameter("version", "Give a whole number from 1.");
        }

        return await call.Get<ILegalEntities>().FindAsync(call.Route("code"), version) is { } found
            ? Answer.Ok(LegalEntityView.Render(found))
            : throw Problem.NoSuch("a legal entity", call.Route("code")).Exception();
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var page = await call.Get<LegalEntityQueries>().ListAsync(PageRequest.Read(call, List), call.Aborted);
        return PageRequest.Render(call, List, page, LegalEntityView.Render, found => new PagePlace(found.CreatedAt, found.Code));
    }

    private static ILegalEntityGrain Grain(Call call, string code) => call.Grain<ILegalEntityGrain>("entity_" + code);

    private static LegalEntitySettings Settings(Call call, string code, string? name, LegalEntityFields body) => new()
    {
        Code = code,
        Name = name,
        Address = AccountMapping.ToAddress(body.Address),
        Country = AccountMapping.Removable(call, "country", body.Country),
        TaxIds = body.TaxIds is null ? null : [.. body.TaxIds],
        Numbering = body.Numbering is null ? null : new Numbering(body.Numbering.Scope, body.Numbering.Prefix ?? ""),
        DefaultCurrency = AccountMapping.Removable(call, "default_currency", body.DefaultCurrency),
        CashRounding = body.CashRounding?.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Footer = AccountMapping.Removable(call, "footer", body.Footer),
        Metadata = body.Metadata?.ToImmutableSortedDictionary(StringComparer.Ordinal),
    };
}
