using NodaTime;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Lists;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Keys;

/// <summary>The roles by name.</summary>
internal enum RoleName
{
    /// <summary>Product teams.</summary>
    App,

    /// <summary>Support.</summary>
    Support,

    /// <summary>Finance.</summary>
    Finance,

    /// <summary>Operators.</summary>
    Admin,
}

/// <summary>Makes an API key.</summary>
internal sealed record ApiKeyBody
{
    /// <summary>What it is for.</summary>
    [Text]
    public required string Name { get; init; }

    /// <summary>What it may do.</summary>
    public required RoleName Role { get; init; }
}

/// <summary>An API key.</summary>
/// <param name="Id"><c>key_...</c></param>
/// <param name="Object">Always <c>api_key</c>.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Last4">The last characters of the secret.</param>
/// <param name="Secret">Shown in the answer that made it, and never again; a replay does not repeat it.</param>
/// <param name="CreatedAt">In real time.</param>
/// <param name="RevokedAt">When it stopped working, or null.</param>
internal sealed record ApiKeyView(string Id, string Object, string Name, string Role, string Last4, string? Secret, Instant CreatedAt, Instant? RevokedAt)
{
    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;

    /// <summary>The view of a row.</summary>
    public static ApiKeyView Of(ApiKeyRow row, string? secret = null) =>
        new(row.Id, "api_key", row.Name, row.Role, row.Last4, secret, row.CreatedAt, row.RevokedAt);
}

/// <summary>API keys, for operators.</summary>
internal static class ApiKeyEndpoints
{
    private const string Tag = "Operations";
    private const string List = "api_keys";

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Post<ApiKeyBody>("/v1/api_keys", new Operation(Tag, "Makes an API key; its secret is shown once.", Allow.Admin)
        {
            Status = 201, Answer = typeof(ApiKeyView),
        }, CreateAsync);
        routes.Get("/v1/api_keys", new Operation(Tag, "Lists API keys, revoked ones included.", Allow.Admin)
        {
            Answer = typeof(ListOf<ApiKeyView>), Query = PageRequest.Parameters,
        }, ListAsync);
        routes.Delete("/v1/api_keys/{id}", new Operation(Tag, "Revokes an API key; it stops working within five seconds.", Allow.Admin)
        {
            Answer = typeof(ApiKeyView), Refusals = ["404 api_key_not_found", "422 last_admin_key"],
        }, RevokeAsync);
    }

    private static Task<Answer> CreateAsync(Call call, ApiKeyBody body) => Unattended.RunAsync(call, async () =>
    {
        var secret = ApiKeySecret.New();
        var now = call.Get<IClocks>().Live;
        var row = new ApiKeyRow(
            IdempotencyKey.NewId("key", call.Key, now), body.Name, Scalars.NameOf(body.Role), ApiKeySecret.Last4(secret), now, null);

        // The stored answer lacks the secret: what is shown once is kept nowhere.
        var stored = new CommandRow(new CommandRecord(
            call.Key.Scope, call.Key.Key, call.Key.RequestHash, 201, AnswerJson.Write(ApiKeyView.Of(row))));
        if (!await call.Get<ApiKeyStore>().CreateAsync(row, ApiKeySecret.HashOf(secret), stored, CancellationToken.None))
        {
            return null;
        }

        call.Get<ApiKeyDirectory>().Forget();
        return new Answer(201, AnswerJson.Write(ApiKeyView.Of(row, secret))) { Location = "/v1/api_keys/" + row.Id };
    });

    private static async Task<Answer> RevokeAsync(Call call)
    {
        var store = call.Get<ApiKeyStore>();
        var row = await store.RevokeAsync(call.Route("id"), call.Get<IClocks>().Live, CancellationToken.None);
        call.Get<ApiKeyDirectory>().Forget();
        if (row is null)
        {
            throw Problem.NoSuch("an API key", call.Route("id")).Exception();
        }

        return row.RevokedAt is null
            ? throw new Problem(422, "last_admin_key", "This is the last admin key; make another one first.").Exception()
            : Answer.Ok(AnswerJson.Write(ApiKeyView.Of(row)));
    }

    private static async Task<Answer> ListAsync(Call call)
    {
        var page = await call.Get<ApiKeyStore>().ListAsync(PageRequest.Read(call, List), call.Aborted);
        return PageRequest.Render(call, List, page, row => AnswerJson.Write(ApiKeyView.Of(row)), row => new PagePlace(row.CreatedAt, row.Id));
    }
}
