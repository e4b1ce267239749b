using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Tests.States;

/// <summary>Compares samples with the types that they are samples of: which members and kinds no sample uses.</summary>
internal static class SampleCoverage
{
    /// <summary>Members that have no value in any row, and kinds of closed sets that occur in none.</summary>
    public static IEnumerable<string> Missing(JsonArray rows, Type envelope)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<Type>();
        foreach (var row in rows)
        {
            Visit(row, envelope, used, seen);
        }

        return seen.SelectMany(Expected).Distinct(StringComparer.Ordinal).Where(name => !used.Contains(name)).Order(StringComparer.Ordinal);
    }

    /// <summary>The members that are written.</summary>
    public static IEnumerable<PropertyInfo> MembersOf(Type type) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length is 0);

    /// <summary>The kinds of a closed set; empty for other types.</summary>
    public static IReadOnlyList<Type> KindsOf(Type type) =>
        type.IsAbstract ? [.. type.Assembly.GetTypes().Where(kind => kind.IsSubclassOf(type) && !kind.IsAbstract).OrderBy(kind => kind.Name, StringComparer.Ordinal)] : [];

    /// <summary>The type of the elements of an array or of the values of a dictionary; null for other types.</summary>
    public static Type? ElementOf(Type type) =>
        type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type) && type.IsGenericType ? type.GetGenericArguments()[^1] : null;

    private static IEnumerable<string> Expected(Type type) =>
        type.IsAbstract ? KindsOf(type).Select(kind => $"{type.Name} of the kind {kind.Name}") : MembersOf(type).Select(property => NameOf(type, property));

    private static void Visit(JsonNode? node, Type declared, HashSet<string> used, HashSet<Type> seen)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (ElementOf(type) is { } element)
        {
            foreach (var child in node is JsonObject map ? map.Select(it => it.Value) : node as JsonArray ?? [])
            {
                Visit(child, element, used, seen);
            }
        }
        else if (node is JsonObject row && type.Namespace?.StartsWith("OrleansBilling", StringComparison.Ordinal) is true)
        {
            seen.Add(type);
            if (type.IsAbstract)
            {
                var kind = row.Deserialize(type, BillingJson.Options)!.GetType();
                used.Add($"{type.Name} of the kind {kind.Name}");
                type = kind;
                seen.Add(type);
            }

            foreach (var property in MembersOf(type))
            {
                if (row[JsonName(property)] is { } value)
                {
                    used.Add(NameOf(type, property));
                    Visit(value, property.PropertyType, used, seen);
                }
            }
        }
    }

    private static string NameOf(Type type, PropertyInfo property) => $"{type.Name.Split('`')[0]}.{JsonName(property)}";

    private static string JsonName(PropertyInfo property) => BillingJson.Options.PropertyNamingPolicy!.ConvertName(property.Name);
}
