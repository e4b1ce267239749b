using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Json;

/// <summary>What <see cref="StrictJson"/> knows of a request record; made once per type.</summary>
internal sealed class TypePlan
{
    private static readonly ConcurrentDictionary<Type, TypePlan> Known = new();

    private readonly FrozenDictionary<string, Type> _variants;

    private TypePlan(Type type)
    {
        Type = type;
        Fields = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite)
            .Select(property => new FieldPlan(property))
            .ToFrozenDictionary(field => field.Name, StringComparer.Ordinal);
        var union = type.GetCustomAttribute<JsonPolymorphicAttribute>() ?? type.BaseType?.GetCustomAttribute<JsonPolymorphicAttribute>();
        Discriminator = union?.TypeDiscriminatorPropertyName;
        _variants = type.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false)
            .ToFrozenDictionary(variant => (string)variant.TypeDiscriminator!, variant => variant.DerivedType, StringComparer.Ordinal);
        Names = string.Join(", ", Fields.Values.Select(field => field.Name).Order(StringComparer.Ordinal));
    }

    /// <summary>The record.</summary>
    public Type Type { get; }

    /// <summary>The fields by their JSON name.</summary>
    public FrozenDictionary<string, FieldPlan> Fields { get; }

    /// <summary>The field that tells the variants of a closed set apart, or null.</summary>
    public string? Discriminator { get; }

    /// <summary>The field names, for people.</summary>
    public string Names { get; }

    /// <summary>The plan of a type.</summary>
    public static TypePlan Of(Type type) => Known.GetOrAdd(type, static t => new TypePlan(t));

    /// <summary>The item type of a list, or null.</summary>
    public static Type? ItemOf(Type type) => Argument(type, typeof(IReadOnlyList<>), 0);

    /// <summary>The value type of pairs, or null.</summary>
    public static Type? PairOf(Type type) => Argument(type, typeof(IReadOnlyDictionary<,>), 1);

    /// <summary>The plan of the variant that an object names; itself where the type has none.</summary>
    public TypePlan Variant(JsonElement element, string path)
    {
        if (_variants.Count == 0)
        {
            return this;
        }

        var inner = path.Length == 0 ? Discriminator! : path + "." + Discriminator;
        if (!element.TryGetProperty(Discriminator!, out var name) || name.ValueKind is JsonValueKind.Null)
        {
            throw StrictJson.Missing(inner);
        }

        if (name.ValueKind is not JsonValueKind.String)
        {
            throw StrictJson.Wrong(inner, "a string");
        }

        return _variants.TryGetValue(name.GetString()!, out var variant)
            ? Of(variant)
            : throw Problem.Invalid("invalid_value", $"Use one of: {string.Join(", ", _variants.Keys.Order(StringComparer.Ordinal))}.", inner).Exception();
    }

    private static Type? Argument(Type type, Type definition, int index) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == definition ? type.GetGenericArguments()[index] : null;
}

/// <summary>One field of a request record.</summary>
internal sealed class FieldPlan(PropertyInfo property)
{
    private static readonly EntriesAttribute AnyEntries = new(0, 1000);

    /// <summary>Its JSON name.</summary>
    public string Name { get; } = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);

    /// <summary>Its type, without nullability.</summary>
    public Type ValueType { get; } = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    /// <summary>True where it must be given.</summary>
    public bool Required { get; } = property.IsDefined(typeof(RequiredMemberAttribute));

    /// <summary>What its text stands for.</summary>
    public TextAttribute Text { get; } = property.GetCustomAttribute<TextAttribute>() ?? new TextAttribute();

    /// <summary>Bounds of its whole number, or null.</summary>
    public WholeAttribute? Whole { get; } = property.GetCustomAttribute<WholeAttribute>();

    /// <summary>Bounds of its decimal.</summary>
    public DecimalAttribute Decimal { get; } = property.GetCustomAttribute<DecimalAttribute>() ?? new DecimalAttribute();

    /// <summary>Bounds of its count.</summary>
    public EntriesAttribute Entries { get; } = property.GetCustomAttribute<EntriesAttribute>() ?? AnyEntries;

    /// <summary>Sets the value.</summary>
    public void Set(object target, object value) => property.SetValue(target, value);
}
