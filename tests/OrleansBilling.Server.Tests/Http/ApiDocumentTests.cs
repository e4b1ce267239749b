using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Server.Hosting;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.OpenApi;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>The committed OpenAPI document is what the server serves, and it says enough to write a client by.</summary>
public sealed class ApiDocumentTests
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static string File => Path.Combine(RepositoryFiles.Root, "docs", "api", "openapi.json");

    [Fact]
    public async Task The_committed_document_is_the_served_one()
    {
        var served = (await ServedAsync()).ToJsonString(Indented) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_OPENAPI") == "1")
        {
            await System.IO.File.WriteAllTextAsync(File, served, TestContext.Current.CancellationToken);
        }

        var committed = await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken);
        Assert.True(
            served == committed,
            "docs/api/openapi.json differs from what the server serves. Regenerate it and commit it: "
            + "UPDATE_OPENAPI=1 dotnet test --project tests/OrleansBilling.Server.Tests -- --filter-class \"*ApiDocumentTests\"");
    }

    [Fact]
    public async Task Every_endpoint_says_what_it_takes_gives_and_refuses()
    {
        var document = await ServedAsync();
        Assert.StartsWith("3.1", document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        var operations = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(one => (Path: path.Key, Method: one.Key, Node: one.Value!))).ToList();
        Assert.True(operations.Count > 45, $"Only {operations.Count} operations.");
        foreach (var (path, method, operation) in operations)
        {
            var name = $"{method} {path}";
            Assert.False(string.IsNullOrEmpty(operation["summary"]?.GetValue<string>()), name + " has no summary");
            Assert.NotNull(operation["responses"]!["401"]);
            Assert.NotNull(operation["responses"]!["403"]);
            Assert.Contains(operation["responses"]!.AsObject(), response => response.Key is "200" or "201" && (response.Value!["content"]?["application/json"] ?? response.Value["content"]?["application/pdf"])?["schema"] is not null);
            var parameters = operation["parameters"]?.AsArray().Select(parameter => parameter!["name"]!.GetValue<string>()).ToList() ?? [];
            foreach (var part in path.Split('/').Where(part => part.StartsWith('{')))
            {
                Assert.Contains(part.Trim('{', '}'), parameters);
            }
        }
    }

    [Fact]
    public async Task Every_reference_leads_somewhere_and_no_schema_is_empty()
    {
        var document = await ServedAsync();
        var schemas = document["components"]!["schemas"]!.AsObject();
        foreach (var reference in References(document))
        {
            Assert.True(schemas.ContainsKey(reference.Split('/')[^1]), reference);
        }

        var plan = schemas["PlanRequest"]!;
        Assert.Equal(["code", "currency", "interval", "name", "prices"], plan["required"]!.AsArray().Select(name => name!.GetValue<string>()).Order(StringComparer.Ordinal));
        Assert.Contains("day_30", schemas["PriceRequest"]!["properties"]!["proration"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("unit_amount", schemas.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_is_served_with_its_parts()
    {
        await using var app = Build();
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = app.GetTestClient();
        var html = await client.GetStringAsync(new Uri("/docs", UriKind.Relative), TestContext.Current.CancellationToken);
        foreach (var part in new[] { "/docs/docs.js", "/docs/docs.css" })
        {
            Assert.Contains(part, html, StringComparison.Ordinal);
            using var response = await client.GetAsync(new Uri(part, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.True(response.IsSuccessStatusCode, part);
        }
    }

    private static async Task<JsonNode> ServedAsync()
    {
        await using var app = Build();
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = app.GetTestClient();
        return JsonNode.Parse(await client.GetStringAsync(new Uri(ApiDocument.Path, UriKind.Relative), TestContext.Current.CancellationToken))!;
    }

    /// <summary>The front end without silo and database: the document needs neither.</summary>
    private static WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole();
        builder.WebHost.UseTestServer();
        builder.Services.AddRouting();
        builder.Services.AddSingleton(new BillingDatabase("Host=127.0.0.1;Port=1")).AddSingleton(new BillingOptions());
        builder.AddBillingHttp();
        var app = builder.Build();
        app.UseBillingHttp();
        app.MapBillingApi(sandbox: true);
        app.MapBillingOpenApi();
        return app;
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject branch => branch.SelectMany(pair => pair.Key == "$ref" && pair.Value is JsonValue value ? [value.GetValue<string>()] : References(pair.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
