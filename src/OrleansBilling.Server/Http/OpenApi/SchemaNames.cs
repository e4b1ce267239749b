using OrleansBilling.Server.Http.Lists;

namespace OrleansBilling.Server.Http.OpenApi;

/// <summary>Names of schemas in the document.</summary>
internal static class SchemaNames
{
    /// <summary>The name of our own records, without the ending that tells their role in the code; null keeps a schema in its place.</summary>
    public static string? Of(Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ListOf<>))
        {
            return Of(type.GetGenericArguments()[0]) + "List";
        }

        if (type.IsEnum || type.IsGenericType || type.Namespace?.StartsWith("OrleansBilling", StringComparison.Ordinal) != true || type == typeof(Json.OneOrMany) || type == typeof(Json.FlagOrText))
        {
            return null;
        }

        return type.Name.EndsWith("View", StringComparison.Ordinal) ? type.Name[..^4]
            : type.Name.EndsWith("Body", StringComparison.Ordinal) ? type.Name[..^4] + "Request"
            : type.Name;
    }
}
