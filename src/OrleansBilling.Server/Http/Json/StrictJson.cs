using System.Collections;
using System.Text.Json;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Json;

/// <summary>
/// Reads requests into their records, strictly: unknown, missing, repeated and mistyped fields are refused with their path.
/// The same records describe the request in the OpenAPI document.
/// </summary>
/// <remarks>
/// Errors, all 400 but the last: <c>malformed_json</c>, <c>unknown_field</c>, <c>missing_field</c>, <c>duplicate_field</c>,
/// <c>invalid_type</c>, <c>invalid_value</c>, <c>out_of_range</c>, <c>too_long</c>, <c>too_many</c>, 422 <c>card_number_refused</c>.
/// </remarks>
internal static class StrictJson
{
    /// <summary>Parses a body. Duplicate names are found while reading.</summary>
    public static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return System.Text.Unicode.Utf8.IsValid(body.Span)
                ? JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = Limits.JsonDepth })
                : throw Malformed("it is not UTF-8");
        }
        catch (JsonException exception)
        {
            var where = exception.LineNumber is { } line ? $"line {line + 1}, byte {exception.BytePositionInLine}" : "its end";
            throw Malformed($"at {where}, or nested deeper than {Limits.JsonDepth} levels");
        }
    }

    /// <summary>Reads a request record.</summary>
    public static T Read<T>(JsonElement root) => (T)Read(typeof(T), root);

    /// <summary>Reads a request record of a type known at run time.</summary>
    public static object Read(Type type, JsonElement root)
    {
        try
        {
            return ReadObject(TypePlan.Of(type), root, path: "");
        }
        catch (InvalidOperationException)
        {
            // Escaped lone surrogates parse, and fail when the string is taken.
            throw Malformed("a string holds half of a surrogate pair");
        }
    }

    private static object ReadObject(TypePlan plan, JsonElement element, string path)
    {
        if (element.ValueKind is not JsonValueKind.Object)
        {
            throw Wrong(path, "an object");
        }

        plan = plan.Variant(element, path);
        var result = Activator.CreateInstance(plan.Type)!;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            var inner = Join(path, property.Name);
            if (!seen.Add(property.Name))
            {
                throw Problem.Invalid("duplicate_field", "Give each field once.", inner).Exception();
            }

            if (property.Name == plan.Discriminator)
            {
                continue;
            }

            if (!plan.Fields.TryGetValue(property.Name, out var field))
            {
                throw Problem.Invalid("unknown_field", plan.Names.Length == 0 ? "Remove it; no field is known here." : $"Remove it, or use one of: {plan.Names}.", inner).Exception();
            }

            if (property.Value.ValueKind is JsonValueKind.Null)
            {
                if (field.Required)
                {
                    throw Missing(inner);
                }

                continue;
            }

            field.Set(result, ReadValue(field, field.ValueType, property.Value, inner));
        }

        foreach (var field in plan.Fields.Values)
        {
            if (field.Required && !seen.Contains(field.Name))
            {
                throw Missing(Join(path, field.Name));
            }
        }

        return result;
    }

    private static object ReadValue(FieldPlan field, Type type, JsonElement element, string path)
    {
        if (element.ValueKind is JsonValueKind.Null)
        {
            throw Wrong(path, "a value");
        }

        if (TypePlan.ItemOf(type) is { } item)
        {
            return ReadList(field, item, element, path);
        }

        if (TypePlan.PairOf(type) is { } value)
        {
            return ReadPairs(field, value, element, path);
        }

        if (type == typeof(OneOrMany))
        {
            return new OneOrMany(element.ValueKind is JsonValueKind.Array
                ? (string[])ReadList(field, typeof(string), element, path)
                : [(string)Scalars.Read(field, typeof(string), element, path)]);
        }

        if (type == typeof(FlagOrText))
        {
            return element.ValueKind switch
            {
                JsonValueKind.True or JsonValueKind.False => new FlagOrText(element.GetBoolean(), null),
                JsonValueKind.String => new FlagOrText(null, (string)Scalars.Read(field, typeof(string), element, path)),
                _ => throw Wrong(path, "true, false or a string (a number as a decimal string, such as \"100\")"),
            };
        }

        return Scalars.Handles(type) ? Scalars.Read(field, type, element, path) : ReadObject(TypePlan.Of(type), element, path);
    }

    private static Array ReadList(FieldPlan field, Type item, JsonElement element, string path)
    {
        if (element.ValueKind is not JsonValueKind.Array)
        {
            throw Wrong(path, "a list");
        }

        var count = element.GetArrayLength();
        CheckCount(field, count, path);
        var list = Array.CreateInstance(item, count);
        var index = 0;
        foreach (var entry in element.EnumerateArray())
        {
            list.SetValue(ReadValue(field, item, entry, $"{path}[{index}]"), index);
            index++;
        }

        return list;
    }

    private static IDictionary ReadPairs(FieldPlan field, Type value, JsonElement element, string path)
    {
        if (element.ValueKind is not JsonValueKind.Object)
        {
            throw Wrong(path, "an object");
        }

        CheckCount(field, element.EnumerateObject().Count(), path);
        var pairs = (IDictionary)Activator.CreateInstance(typeof(SortedDictionary<,>).MakeGenericType(typeof(string), value), StringComparer.Ordinal)!;
        foreach (var pair in element.EnumerateObject())
        {
            var inner = Join(path, pair.Name);
            if (pair.Name.Length == 0 || pair.Name.Length > field.Entries.KeyLength)
            {
                throw Problem.Invalid("too_long", $"A key has 1 to {field.Entries.KeyLength} characters.", path).Exception();
            }

            Texts.CheckFree(pair.Name, path);
            if (pairs.Contains(pair.Name))
            {
                throw Problem.Invalid("duplicate_field", "Give each field once.", inner).Exception();
            }

            // Null removes a pair where a change merges them; elsewhere an empty value says as little as no pair.
            pairs[pair.Name] = pair.Value.ValueKind is JsonValueKind.Null && value == typeof(string)
                ? ""
                : ReadValue(field, value, pair.Value, inner);
        }

        return pairs;
    }

    private static void CheckCount(FieldPlan field, int count, string path)
    {
        if (count < field.Entries.Min || count > field.Entries.Max)
        {
            throw Problem.Invalid("too_many", $"Give {field.Entries.Min} to {field.Entries.Max} entries.", path).Exception();
        }
    }

    /// <summary>400 <c>invalid_type</c>.</summary>
    public static ProblemException Wrong(string path, string wanted) =>
        Problem.Invalid("invalid_type", $"Give {wanted}.", path.Length == 0 ? null : path).Exception();

    /// <summary>400 <c>missing_field</c>.</summary>
    public static ProblemException Missing(string path) => Problem.Invalid("missing_field", "This field is required.", path).Exception();

    private static ProblemException Malformed(string reason) =>
        Problem.Invalid("malformed_json", $"The body is not valid JSON ({reason}).").Exception();

    private static string Join(string path, string name)
    {
        var shown = Domain.Kernel.CardNumbers.Redact(name.Length <= 80 ? name : name[..80] + "...");
        return path.Length == 0 ? shown : path + "." + shown;
    }
}
