using System.Reflection;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.OpenApi;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Server.Http.OpenApi;

/// <summary>The OpenAPI document of the API, made from its endpoints, and a page that shows it.</summary>
public static class ApiDocument
{
    /// <summary>Where the document is served.</summary>
    public const string Path = "/openapi/v1.json";

    /// <summary>Registers what makes the document.</summary>
    public static IServiceCollection AddBillingOpenApi(this IServiceCollection services)
    {
        services.Configure<JsonOptions>(options =>
        {
            // The schemas follow what AnswerJson writes.
            var json = options.SerializerOptions;
            json.PropertyNamingPolicy = AnswerJson.Options.PropertyNamingPolicy;
            json.NumberHandling = JsonNumberHandling.Strict;
            json.RespectRequiredConstructorParameters = true;
            foreach (var converter in AnswerJson.Options.Converters)
            {
                json.Converters.Add(converter);
            }
        });
        return services.AddOpenApi("v1", options =>
        {
            // The dashboard maps its own endpoints; they are no part of the API.
            options.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) is true;
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.CreateSchemaReferenceId = info => SchemaNames.Of(info.Type);
            options.AddDocumentTransformer(DocumentShape.Apply);
            options.AddOperationTransformer(OperationShape.ApplyAsync);
            options.AddSchemaTransformer(SchemaShape.Apply);
        });
    }

    /// <summary>Maps the document and the page, open to everyone.</summary>
    public static void MapBillingOpenApi(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        MapFile(routes, "/docs", "docs.html", "text/html; charset=utf-8");
        MapFile(routes, "/docs/docs.js", "docs.js", "text/javascript; charset=utf-8");
        MapFile(routes, "/docs/docs.css", "docs.css", "text/css; charset=utf-8");
    }

    private static void MapFile(IEndpointRouteBuilder routes, string path, string name, string type)
    {
        var content = Read(name);
        routes.MapGet(path, (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = "default-src 'self'; frame-ancestors 'none'";
            return Results.Bytes(content, type);
        }).AllowAnonymous().ExcludeFromDescription();
    }

    private static byte[] Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Docs/" + name)
            ?? throw new InvalidOperationException($"The resource Docs/{name} is missing from the build.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
