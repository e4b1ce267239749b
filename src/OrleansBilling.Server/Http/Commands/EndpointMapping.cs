using Microsoft.AspNetCore.Http.Metadata;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Commands;

/// <summary>Maps endpoints: authorization, strict reading and refusals are the same for all of them.</summary>
internal static class EndpointMapping
{
    /// <summary>An endpoint that reads.</summary>
    public static void Get(this IEndpointRouteBuilder routes, string path, Operation operation, Func<Call, Task<Answer>> handler) =>
        Map(routes, "GET", path, operation, http => HandleAsync(http, operation, handler));

    /// <summary>An endpoint that changes something and takes a body.</summary>
    public static void Post<TBody>(
        this IEndpointRouteBuilder routes, string path, Operation operation, Func<Call, TBody, Task<Answer>> handler) =>
        Change(routes, "POST", path, operation, handler);

    /// <summary>An endpoint that changes what is given.</summary>
    public static void Patch<TBody>(
        this IEndpointRouteBuilder routes, string path, Operation operation, Func<Call, TBody, Task<Answer>> handler) =>
        Change(routes, "PATCH", path, operation, handler);

    /// <summary>An endpoint that removes.</summary>
    public static void Delete(this IEndpointRouteBuilder routes, string path, Operation operation, Func<Call, Task<Answer>> handler) =>
        Change<NoFields>(routes, "DELETE", path, operation, (call, _) => handler(call));

    /// <summary>An endpoint that is asked by POST and writes nothing: quotes and previews.</summary>
    public static void Ask<TBody>(
        this IEndpointRouteBuilder routes, string path, Operation operation, Func<Call, TBody, Task<Answer>> handler) =>
        Map(routes, "POST", path, operation with { Body = typeof(TBody) }, http => HandleAsync(http, operation, handler));

    /// <summary>An endpoint that reads its body itself, and whose entries carry ids of their own in the place of an Idempotency-Key.</summary>
    public static void Take<TBody>(this IEndpointRouteBuilder routes, string path, Operation operation, Func<HttpContext, Task<Answer>> handler) =>
        Map(routes, "POST", path, operation with { Body = typeof(TBody) }, async http =>
        {
            CheckQuery(http, operation);
            await AnswerAsync(http, handler(http));
        });

    private static void Change<TBody>(
        IEndpointRouteBuilder routes, string method, string path, Operation operation, Func<Call, TBody, Task<Answer>> handler)
    {
        var full = operation with { Body = typeof(TBody) == typeof(NoFields) ? null : typeof(TBody), Changes = true };
        Map(routes, method, path, full, http => HandleAsync(http, full, handler));
    }

    private static void Map(IEndpointRouteBuilder routes, string method, string path, Operation operation, Func<HttpContext, Task> handler)
    {
        // A delegate that is not a RequestDelegate: only those are described in the OpenAPI document.
        Delegate described = (HttpContext context) => handler(context);
        var endpoint = routes.MapMethods(path, [method], described)
            .RequireAuthorization(operation.Policy)
            .WithName(NameOf(method, path))
            .WithTags(operation.Tag)
            .WithSummary(operation.Summary)
            .WithMetadata(operation);
        if (operation.Body is { } body)
        {
            endpoint.WithMetadata(new AcceptsMetadata([.. operation.Accepts], body, isOptional: true));
        }

        endpoint.WithMetadata(new ProducesResponseTypeMetadata(operation.Status, operation.Answer ?? typeof(void), operation.Answer is null ? [] : [operation.ContentType]));
    }

    private static async Task HandleAsync(HttpContext http, Operation operation, Func<Call, Task<Answer>> handler)
    {
        CheckQuery(http, operation);
        await AnswerAsync(http, handler(new Call(http, default, default)));
    }

    private static async Task HandleAsync<TBody>(HttpContext http, Operation operation, Func<Call, TBody, Task<Answer>> handler)
    {
        CheckQuery(http, operation);
        var root = await BodyReader.ReadAsync(http);
        var body = StrictJson.Read<TBody>(root);
        var call = new Call(http, CanonicalJson.Of(root), root);
        if (operation.Changes)
        {
            // Before anything else, so that a bad key is refused even where the request would be refused for another reason.
            _ = call.Key;
        }

        await AnswerAsync(http, handler(call, body));
    }

    private static async Task AnswerAsync(HttpContext http, Task<Answer> work)
    {
        var patience = http.RequestServices.GetRequiredService<DatabasePatience>();
        if (await patience.WaitAsync(work))
        {
            await (await work).WriteAsync(http);
            return;
        }

        // The caller has its answer now; what has begun is finished. Until then the request is the work's, and the connection
        // must not bring another one meanwhile.
        http.Response.Headers.Connection = "close";
        await ProblemWriter.WriteAsync(http, ProblemMiddleware.DatabaseSilent);
        await http.Response.CompleteAsync();
        await patience.LeaveAsync(work);
    }

    private static void CheckQuery(HttpContext http, Operation operation)
    {
        foreach (var (name, values) in http.Request.Query)
        {
            if (!operation.Query.Any(parameter => parameter.Name == name))
            {
                var known = operation.Query.Count == 0 ? "none is known here" : "use " + string.Join(", ", operation.Query.Select(parameter => parameter.Name));
                throw Problem.Invalid("unknown_parameter", $"Remove it; {known}.", name).Exception();
            }

            if (values.Count > 1)
            {
                throw Call.BadParameter(name, "Give it once.");
            }

            Texts.Read(new TextAttribute(TextKind.Reference) { Empty = true, Max = 500 }, values.ToString(), name);
        }
    }

    private static string NameOf(string method, string path) =>
        method.ToLowerInvariant() + string.Concat(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(part => "_" + part.Trim('{', '}')));
}

/// <summary>The body of endpoints that take none.</summary>
internal sealed record NoFields;
