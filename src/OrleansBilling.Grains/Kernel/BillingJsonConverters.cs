using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;

namespace OrleansBilling.Grains.Kernel;

/// <summary>A currency is its code; an unknown code is refused.</summary>
internal sealed class CurrencyConverter : JsonConverter<Currency>
{
    public override Currency Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Currency.Find(reader.GetString()) ?? throw new JsonException("This is not an ISO 4217 currency code.");

    public override void Write(Utf8JsonWriter writer, Currency value, JsonSerializerOptions options) => writer.WriteStringValue(value.Code);
}

/// <summary>A ledger account is its code in the chart.</summary>
internal sealed class LedgerAccountConverter : JsonConverter<LedgerAccount>
{
    public override LedgerAccount Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        LedgerAccount.Of(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, LedgerAccount value, JsonSerializerOptions options) => writer.WriteStringValue(value.Code);
}

/// <summary>Proration policies as the API spells them: <c>day_30</c>, which no naming policy makes of <c>Day30</c>.</summary>
internal sealed class ProrationPolicyConverter : JsonConverter<ProrationPolicy>
{
    public override ProrationPolicy Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ProrationPolicyNames.Find(reader.GetString()) ?? throw new JsonException("This is not a proration policy.");

    public override void Write(Utf8JsonWriter writer, ProrationPolicy value, JsonSerializerOptions options) =>
        writer.WriteStringValue(ProrationPolicyNames.Of(value));
}

/// <summary>Facts of events: strings, whole numbers, decimals, booleans and null; instants come back as their text.</summary>
internal sealed class FactValueConverter : JsonConverter<object?>
{
    public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number => reader.TryGetInt64(out var whole) ? whole : (object)reader.GetDecimal(),
        _ => throw new JsonException("A fact is a string, a number, a boolean or null."),
    };

    public override void Write(Utf8JsonWriter writer, object? value, JsonSerializerOptions options)
    {
        if (value is null || value.GetType() == typeof(object))
        {
            writer.WriteNullValue();
            return;
        }

        JsonSerializer.Serialize(writer, value, value.GetType(), options);
    }
}

/// <summary>An array that was never set is written as an empty one; null is read as empty.</summary>
internal sealed class ImmutableArrayConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ImmutableArray<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(ImmutableArrayConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class ImmutableArrayConverter<T> : JsonConverter<ImmutableArray<T>>
    {
        public override bool HandleNull => true;

        public override ImmutableArray<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType is JsonTokenType.Null)
            {
                return [];
            }

            if (reader.TokenType is not JsonTokenType.StartArray)
            {
                throw new JsonException("An array was expected.");
            }

            var builder = ImmutableArray.CreateBuilder<T>();
            while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
            {
                builder.Add(JsonSerializer.Deserialize<T>(ref reader, options)!);
            }

            return builder.DrainToImmutable();
        }

        public override void Write(Utf8JsonWriter writer, ImmutableArray<T> value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (var item in value.IsDefault ? [] : value)
            {
                JsonSerializer.Serialize(writer, item, options);
            }

            writer.WriteEndArray();
        }
    }
}
