using System.Text.Json;
using NodaTime;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Lists;

namespace OrleansBilling.Server.Webhooks;

/// <summary>Something that happened.</summary>
/// <param name="Id"><c>evt_...</c></param>
/// <param name="Object">Always <c>event</c>.</param>
/// <param name="Type">Past tense, such as <c>invoice.paid</c>.</param>
/// <param name="Account">The account concerned; null for the catalog and clocks.</param>
/// <param name="Subject">The id of the resource concerned.</param>
/// <param name="Data">Facts by name.</param>
/// <param name="CreatedAt">On the account's clock.</param>
internal sealed record EventView(string Id, string Object, string Type, string? Account, string Subject, JsonElement Data, Instant CreatedAt)
{
    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;

    /// <summary>The view of a row.</summary>
    public static EventView Of(EventRow row)
    {
        using var data = JsonDocument.Parse(row.DataJson);
        return new EventView(
            row.Id, "event", row.Type, row.Account.Length == 0 ? null : row.Account, row.Subject, data.RootElement.Clone(), row.CreatedAt);
    }
}

/// <summary>Everything that happened, in order.</summary>
internal static class EventEndpoints
{
    /// <summary>Names cursors of event lists.</summary>
    public const string List = "events";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.Get(
        "/v1/events",
        new Operation("Events", "Lists events.", Allow.Read)
        {
            Answer = typeof(ListOf<EventView>),
            Query =
            [
                .. PageRequest.Parameters,
                new("type", "Such as subscription.renewed."),
                new("account", "An account, by id or external id."),
                new("subject", "The id of the resource concerned."),
            ],
        },
        async call =>
        {
            var page = PageRequest.Read(call, List);
            var account = await call.AccountFilterAsync();
            return Render(call, await call.Get<EventQueries>().ListAsync(page, call.Query("type"), account, call.Query("subject"), call.Aborted));
        });

    /// <summary>A page of events.</summary>
    public static Answer Render(Call call, Page<EventRow> page) =>
        PageRequest.Render(call, List, page, row => AnswerJson.Write(EventView.Of(row)), row => new PagePlace(row.CreatedAt, row.Id));
}
