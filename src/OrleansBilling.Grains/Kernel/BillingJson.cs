using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using NodaTime;
using NodaTime.Serialization.SystemTextJson;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Grains.Kernel;

/// <summary>How the product writes its own records as JSON: grain state, stored definitions, domain types on the wire.</summary>
/// <remarks>
/// snake_case; instants by NodaTime; decimals keep their digits; currencies and ledger accounts are their codes; the closed
/// sets of <see cref="PricingModel"/> and <see cref="AnchorRule"/> carry their name in <c>type</c>. Computed members are not
/// written. Unknown members are ignored on reading, so that an older release can read what a newer one added.
/// </remarks>
public static class BillingJson
{
    private static readonly (Type Type, string Name)[] Models =
    [
        (typeof(FlatModel), "flat"),
        (typeof(PerUnitModel), "per_unit"),
        (typeof(PackageModel), "package"),
        (typeof(GraduatedModel), "graduated"),
        (typeof(VolumeModel), "volume"),
        (typeof(PercentageModel), "percentage"),
        (typeof(GraduatedPercentageModel), "graduated_percentage"),
        (typeof(MatrixModel), "matrix"),
        (typeof(DynamicModel), "dynamic"),
    ];

    private static readonly (Type Type, string Name)[] Anchors =
    [
        (typeof(StartAnchor), "start"),
        (typeof(CalendarAnchor), "calendar"),
        (typeof(DayOfMonthAnchor), "day_of_month"),
        (typeof(AtAnchor), "at"),
    ];

    /// <summary>The options; shared and read-only.</summary>
    public static JsonSerializerOptions Options { get; } = Build();

    /// <summary>Writes a value by its declared type.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Reads a value that is there.</summary>
    /// <exception cref="JsonException">The text is not such a value, or is null.</exception>
    public static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"A {typeof(T).Name} was expected, not null.");

    private static JsonSerializerOptions Build()
    {
        var resolver = new DefaultJsonTypeInfoResolver();
        resolver.Modifiers.Add(info => Close(info, typeof(PricingModel), Models));
        resolver.Modifiers.Add(info => Close(info, typeof(AnchorRule), Anchors));
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            IgnoreReadOnlyProperties = true,
            AllowOutOfOrderMetadataProperties = true,
            TypeInfoResolver = resolver,
        };
        options.Converters.Add(new CurrencyConverter());
        options.Converters.Add(new LedgerAccountConverter());
        options.Converters.Add(new ProrationPolicyConverter());
        options.Converters.Add(new FactValueConverter());
        options.Converters.Add(new ImmutableArrayConverterFactory());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        options.ConfigureForNodaTime(DateTimeZoneProviders.Tzdb);
        options.MakeReadOnly();
        return options;
    }

    private static void Close(JsonTypeInfo info, Type root, (Type Type, string Name)[] members)
    {
        if (info.Type != root)
        {
            return;
        }

        info.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = "type" };
        foreach (var (type, name) in members)
        {
            info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(type, name));
        }
    }
}
