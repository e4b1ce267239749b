using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Metering;

/// <summary>Meters: made, read, archived. Like the rest of the catalog they live in real time.</summary>
internal static class MeterEndpoints
{
    private const string Tag = "Catalog";
    private const string List = "meters";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<MeterBody>("/v1/meters", new Operation(Tag, "Makes a meter; it never changes.", Allow.Product)
        {
            Status = 201,
            Answer = typeof(MeterView),
            Refusals =
            [
                "400 invalid_code", "400 invalid_property", "400 scale_out_of_range", "409 meter_exists", "422 property_needed", "422 property_unused",
                "422 group_by_twice", "422 duplicate_value",
            ],
        }, CreateAsync);
        routes.Post<NoFields>("/v1/meters/{code}/archive", new Operation(Tag, "Closes a meter for new prices; its events go on to be counted.", Allow.Product)
        {
            Answer = typeof(MeterView), Refusals = ["404 meter_not_found"],
        }, ArchiveAsync);
        routes.Get("/v1/meters", new Operation(Tag, "Lists meters, archived ones included.", Allow.Read)
        {
            Answer = typeof(ListOf<MeterView>), Query = PageRequest.Parameters,
        }, ListAsync);
        routes.Get("/v1/meters/{code}", new Operation(Tag, "Shows a meter.", Allow.Read)
        {
            Answer = typeof(MeterView), Refusals = ["404 meter_not_found"],
        }, GetAsync);
    }

    private static Task<Answer> CreateAsync(Call call, MeterBody body) => call.RunAsync(
        () => call.Grain<IMeterGrain>(MeterGrain.KeyOf(body.Code)).Create(call.Key, call.Get<IClocks>().Live, body.ToDomain()),
        "/v1/meters/" + body.Code);

    private static Task<Answer> ArchiveAsync(Call call, NoFields body)
    {
        var code = CodeOf(call);
        return call.RunAsync(() => call.Grain<IMeterGrain>(MeterGrain.KeyOf(code)).Archive(call.Key, call.Get<IClocks>().Live));
    }

    private static async Task<Answer> GetAsync(Call call)
    {
        var code = CodeOf(call);
        return await call.Get<MeterQueries>().FindAsync(code, call.Aborted) is { } found
            ? Answer.Ok(Render(found))
            : throw Problem.NoSuch("a meter", code).Exception();
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var page = await call.Get<MeterQueries>().ListAsync(PageRequest.Read(call, List), call.Aborted);
        return PageRequest.Render(call, List, page, Render, found => new PagePlace(found.CreatedAt, found.Meter.Code));
    }

    private static string Render(MeterRead found) => AnswerJson.Write(MeterView.Of(found.Meter, found.CreatedAt, found.ArchivedAt));

    private static string CodeOf(Call call) =>
        Texts.IsCode(call.Route("code")) ? call.Route("code") : throw Problem.NoSuch("a meter", call.Route("code")).Exception();
}
