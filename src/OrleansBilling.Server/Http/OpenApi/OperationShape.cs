using System.Text.RegularExpressions;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;

namespace OrleansBilling.Server.Http.OpenApi;

/// <summary>What the document says about one endpoint, from its <see cref="Operation"/>.</summary>
internal static partial class OperationShape
{
    private static readonly Dictionary<string, string> Titles = new(StringComparer.Ordinal)
    {
        ["400"] = "Malformed",
        ["401"] = "No valid API key",
        ["403"] = "The key's role does not allow this",
        ["404"] = "Not found",
        ["409"] = "In conflict with the present state",
        ["413"] = "Too large",
        ["415"] = "Not JSON",
        ["422"] = "Refused by a rule",
        ["429"] = "Too many requests; wait as Retry-After says",
        ["503"] = "Not available at the moment; wait as Retry-After says",
    };

    /// <summary>Describes an endpoint.</summary>
    public static Task ApplyAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<Operation>().FirstOrDefault() is not { } known)
        {
            return Task.CompletedTask;
        }

        operation.Description = $"Roles: {string.Join(", ", Allow.RolesOf(known.Policy))}.";
        operation.Parameters = [.. PathParameters(context), .. QueryParameters(known), .. HeaderParameters(known)];
        operation.RequestBody?.Content?.Keys.Where(type => type != "application/json").ToList().ForEach(type => operation.RequestBody.Content.Remove(type));
        AddRefusals(operation, known, context.Document!);
        return Task.CompletedTask;
    }

    private static IEnumerable<OpenApiParameter> PathParameters(OpenApiOperationTransformerContext context) =>
        PathPart().Matches(context.Description.RelativePath ?? "").Select(part => new OpenApiParameter
        {
            Name = part.Groups["name"].Value, In = ParameterLocation.Path, Required = true, Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });

    private static IEnumerable<OpenApiParameter> QueryParameters(Operation known) => known.Query.Select(parameter => new OpenApiParameter
    {
        Name = parameter.Name,
        In = ParameterLocation.Query,
        Description = parameter.Description,
        Schema = parameter.Name == "limit"
            ? new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = $"{Limits.PageMax}", Default = Limits.PageDefault }
            : new OpenApiSchema { Type = JsonSchemaType.String },
    });

    private static IEnumerable<OpenApiParameter> HeaderParameters(Operation known) => !known.Changes ? [] :
    [
        new OpenApiParameter
        {
            Name = IdempotencyKey.Header,
            In = ParameterLocation.Header,
            Description = "Repeats of the request with the same key get the first answer, with Idempotent-Replayed: true.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = Limits.IdempotencyKeyLength },
        },
    ];

    private static void AddRefusals(OpenApiOperation operation, Operation known, OpenApiDocument document)
    {
        var codes = Common(known).Concat(known.Refusals.Select(refusal => refusal.Split(' ')).Select(parts => (Status: parts[0], Code: parts[1])));
        operation.Responses ??= [];
        foreach (var (status, group) in codes.GroupBy(refusal => refusal.Status, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (group.Key, group)))
        {
            operation.Responses[status] = new OpenApiResponse
            {
                Description = $"{Titles[status]}: {string.Join(", ", group.Select(refusal => refusal.Code).Distinct(StringComparer.Ordinal))}.",
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    [Problems.ProblemWriter.ContentType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(DocumentShape.ProblemSchema, document) },
                },
            };
        }
    }

    private static IEnumerable<(string Status, string Code)> Common(Operation known)
    {
        yield return ("401", "unauthorized");
        yield return ("403", "forbidden");
        yield return ("429", "too_many_requests");
        yield return ("503", "database_unavailable");
        yield return ("503", "server_busy");
        if (known.Query.Count > 0)
        {
            yield return ("400", "unknown_parameter");
            yield return ("400", "invalid_parameter");
            yield return ("400", "invalid_cursor");
        }

        if (known.Body is not null)
        {
            foreach (var code in (string[])["malformed_json", "unknown_field", "missing_field", "duplicate_field", "invalid_type", "invalid_value", "out_of_range", "too_long", "too_many"])
            {
                yield return ("400", code);
            }

            yield return ("413", "body_too_large");
            yield return ("415", "unsupported_media_type");
            yield return ("422", "card_number_refused");
        }

        if (known.Changes)
        {
            yield return ("400", "invalid_idempotency_key");
            yield return ("422", "idempotency_mismatch");
        }
    }

    [GeneratedRegex(@"\{(?<name>[a-z_]+)\}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PathPart();
}
