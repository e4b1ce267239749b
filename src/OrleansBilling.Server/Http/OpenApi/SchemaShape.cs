using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using NodaTime;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Http.OpenApi;

/// <summary>What the document says about single values: instants, decimals, names, and the limits of fields.</summary>
internal static class SchemaShape
{
    /// <summary>Completes a schema.</summary>
    public static Task Apply(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        var optional = type != context.JsonTypeInfo.Type || context.JsonPropertyInfo?.IsGetNullable == true;
        var nothing = optional ? JsonSchemaType.Null : default;
        var attributes = context.JsonPropertyInfo?.AttributeProvider;
        if (type == typeof(Instant))
        {
            schema.Type = JsonSchemaType.String | nothing;
            schema.Format = "date-time";
        }
        else if (type == typeof(decimal))
        {
            ShapeDecimal(schema, attributes?.GetCustomAttributes(typeof(DecimalAttribute), inherit: true).OfType<DecimalAttribute>().FirstOrDefault(), nothing);
        }
        else if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String | nothing;
            schema.Enum = [.. Scalars.EnumOf(type).Keys.Order(StringComparer.Ordinal).Select(name => (JsonNode)name)];
        }
        else if (type == typeof(OneOrMany))
        {
            schema.Type = JsonSchemaType.String | JsonSchemaType.Array;
            schema.Properties = null;
            schema.Required = null;
        }
        else if (type == typeof(FlagOrText))
        {
            schema.Type = JsonSchemaType.String | JsonSchemaType.Boolean;
            schema.Properties = null;
            schema.Required = null;
        }
        else if (context.JsonPropertyInfo is null && type.Name.EndsWith("Body", StringComparison.Ordinal) && schema.AnyOf is not { Count: > 0 })
        {
            schema.AdditionalPropertiesAllowed = false;
        }
        else if (context.JsonPropertyInfo is not null)
        {
            ShapeField(schema, type, attributes);
        }

        return Task.CompletedTask;
    }

    private static void ShapeDecimal(OpenApiSchema schema, DecimalAttribute? rule, JsonSchemaType nothing)
    {
        schema.Format = null;
        if (rule?.WholeOnly == true)
        {
            schema.Type = JsonSchemaType.Integer | nothing;
            schema.Description ??= "Whole minor units.";
            return;
        }

        schema.Type = JsonSchemaType.String | (rule?.OrWhole == true ? JsonSchemaType.Integer : default) | nothing;
        schema.Pattern = rule?.Signed == true ? @"^-?\d+(\.\d+)?$" : @"^\d+(\.\d+)?$";
        schema.Description ??= "A decimal string.";
    }

    private static void ShapeField(OpenApiSchema schema, Type type, System.Reflection.ICustomAttributeProvider? attributes)
    {
        if (type == typeof(string) && First<TextAttribute>(attributes) is { } text)
        {
            schema.MinLength = text.Empty ? 0 : 1;
            schema.MaxLength = text.Max != 0 ? text.Max : text.Kind switch
            {
                TextKind.Code => Limits.CodeLength,
                TextKind.Reference or TextKind.Token => Limits.ReferenceLength,
                TextKind.Currency => 3,
                TextKind.Country => 2,
                _ => Limits.TextLength,
            };
        }

        if ((type == typeof(int) || type == typeof(long)) && First<WholeAttribute>(attributes) is { } whole)
        {
            schema.Minimum = $"{whole.Min}";
            schema.Maximum = $"{whole.Max}";
        }

        if (First<EntriesAttribute>(attributes) is { } entries && TypePlan.ItemOf(type) is not null)
        {
            schema.MinItems = entries.Min;
            schema.MaxItems = entries.Max;
        }
        else if (First<EntriesAttribute>(attributes) is { } pairs && TypePlan.PairOf(type) is not null)
        {
            schema.MinProperties = pairs.Min;
            schema.MaxProperties = pairs.Max;
        }
    }

    private static T? First<T>(System.Reflection.ICustomAttributeProvider? attributes)
        where T : Attribute => attributes?.GetCustomAttributes(typeof(T), inherit: true).OfType<T>().FirstOrDefault();
}
