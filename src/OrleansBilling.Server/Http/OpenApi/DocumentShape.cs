using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace OrleansBilling.Server.Http.OpenApi;

/// <summary>What the document says about the API as a whole.</summary>
internal static class DocumentShape
{
    /// <summary>The name of the security scheme.</summary>
    public const string Scheme = "api_key";

    /// <summary>The name of the schema of refusals.</summary>
    public const string ProblemSchema = "Problem";

    /// <summary>Describes the API.</summary>
    public static Task Apply(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        document.Info = new OpenApiInfo
        {
            Title = "OrleansBilling",
            Version = "v1",
            Description = "Subscriptions, invoices, payments and a ledger. Amounts are whole numbers of minor units beside a currency; "
                + "quantities, unit amounts and rates are decimal strings; instants are RFC 3339. The guide is docs/api.md.",
        };
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key." },
        };
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        document.Components.Schemas[ProblemSchema] = Problem();
        document.Components.Schemas = document.Components.Schemas.OrderBy(schema => schema.Key, StringComparer.Ordinal)
            .ToDictionary(schema => schema.Key, schema => schema.Value, StringComparer.Ordinal);
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
        return Task.CompletedTask;
    }

    private static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "A refusal, as RFC 9457 tells it.",
        Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", "detail", "code", "field" },
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["type"] = Text("Where the code is explained."),
            ["title"] = Text("What the status means."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "HTTP status." },
            ["detail"] = Text("A sentence that says what to do."),
            ["code"] = Text("Stable and machine-readable."),
            ["field"] = new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = "Path of the offending field, such as prices[2].model.amount." },
            ["trace_id"] = Text("Names the request in logs."),
        },
    };

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
}
