using System.Text;
using System.Text.Json;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>
/// The strings of one event, unescaped, with the places of its fields. One is used again and again, so that reading an event
/// leaves nothing to collect.
/// </summary>
internal sealed class EventText
{
    /// <summary>Bytes of one event at most.</summary>
    public const int MaxBytes = 32 * 1024;

    private static readonly Field[] Known = [Field.Id, Field.Account, Field.Meter, Field.At, Field.Value, Field.Properties, Field.Subscription, Field.Hold];

    private readonly byte[] _bytes = new byte[MaxBytes];
    private readonly Place[] _fields = new Place[(int)Field.Hold + 1];
    private readonly (Place Name, Place Value)[] _properties = new (Place, Place)[UsageLimits.Properties];
    private int _length;
    private UsageRejection? _unreadable;

    /// <summary>The fields of an event.</summary>
    public enum Field
    {
        /// <summary>None that is known.</summary>
        Unknown,

        /// <summary>The event's id.</summary>
        Id,

        /// <summary>The account.</summary>
        Account,

        /// <summary>The subscription.</summary>
        Subscription,

        /// <summary>The meter.</summary>
        Meter,

        /// <summary>When it happened.</summary>
        At,

        /// <summary>Its number.</summary>
        Value,

        /// <summary>Its properties.</summary>
        Properties,

        /// <summary>A hold that it belongs to.</summary>
        Hold,
    }

    /// <summary>How many properties there are, by name in order once they are all read.</summary>
    public int Properties { get; private set; }

    /// <summary>A field's text; empty where it is absent.</summary>
    public ReadOnlySpan<byte> this[Field field] => At(_fields[(int)field]);

    /// <summary>True where a field is there.</summary>
    public bool Has(Field field) => _fields[(int)field].IsThere;

    /// <summary>The name of a property.</summary>
    public ReadOnlySpan<byte> Name(int number) => At(_properties[number].Name);

    /// <summary>The value of a property.</summary>
    public ReadOnlySpan<byte> Value(int number) => At(_properties[number].Value);

    /// <summary>The value of a property by its name.</summary>
    public bool TryProperty(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (var i = 0; i < Properties; i++)
        {
            if (Name(i).SequenceEqual(name))
            {
                value = Value(i);
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Reads an object, up to its end whatever is wrong with it.</summary>
    /// <returns>The first thing that is wrong, or null.</returns>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public UsageRejection? Read(ref Utf8JsonReader reader)
    {
        _length = 0;
        _unreadable = null;
        Properties = 0;
        Array.Clear(_fields);
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            reader.Skip();
            return UsageRejection.InvalidType;
        }

        UsageRejection? wrong = null;
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndObject)
        {
            var field = FieldOf(ref reader);
            reader.Read();
            if (field is Field.Unknown || Has(field))
            {
                wrong ??= field is Field.Unknown ? UsageRejection.UnknownField : UsageRejection.DuplicateField;
                reader.Skip();
            }
            else if (reader.TokenType is not JsonTokenType.Null)
            {
                wrong = (field is Field.Properties ? ReadProperties(ref reader) : ReadField(ref reader, field)) ?? wrong;
            }
        }

        return _unreadable ?? wrong;
    }

    private static Field FieldOf(ref Utf8JsonReader reader)
    {
        foreach (var field in Known)
        {
            if (reader.ValueTextEquals(NameOf(field)))
            {
                return field;
            }
        }

        return Field.Unknown;
    }

    private static ReadOnlySpan<byte> NameOf(Field field) => field switch
    {
        Field.Id => "id"u8,
        Field.Account => "account"u8,
        Field.Subscription => "subscription"u8,
        Field.Meter => "meter"u8,
        Field.At => "at"u8,
        Field.Value => "value"u8,
        Field.Properties => "properties"u8,
        _ => "hold"u8,
    };

    private UsageRejection? ReadField(ref Utf8JsonReader reader, Field field)
    {
        if (reader.TokenType is JsonTokenType.String || (field is Field.Value && reader.TokenType is JsonTokenType.Number))
        {
            _fields[(int)field] = Copy(ref reader);
            return null;
        }

        reader.Skip();
        return UsageRejection.InvalidType;
    }

    private UsageRejection? ReadProperties(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            reader.Skip();
            return UsageRejection.InvalidType;
        }

        _fields[(int)Field.Properties] = new Place(_length, 0, IsThere: true);
        UsageRejection? wrong = null;
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndObject)
        {
            if (Properties == UsageLimits.Properties)
            {
                wrong ??= UsageRejection.TooManyProperties;
                reader.Read();
                reader.Skip();
                continue;
            }

            var name = Copy(ref reader);
            reader.Read();
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False))
            {
                wrong ??= UsageRejection.InvalidType;
                reader.Skip();
                continue;
            }

            wrong = Put(name, Copy(ref reader)) ?? wrong;
        }

        return wrong;
    }

    // Kept in the order of their names, so that the order in which they were sent says nothing.
    private UsageRejection? Put(Place name, Place value)
    {
        if (!IsText(At(name), 1, UsageLimits.PropertyNameLength) || At(name).IndexOfAny((byte)' ', (byte)0x7f) >= 0
            || !IsText(At(value), 0, UsageLimits.PropertyValueLength))
        {
            return UsageRejection.InvalidProperty;
        }

        var place = Properties;
        for (; place > 0; place--)
        {
            var order = At(_properties[place - 1].Name).SequenceCompareTo(At(name));
            if (order == 0)
            {
                return UsageRejection.DuplicateField;
            }

            if (order < 0)
            {
                break;
            }
        }

        Array.Copy(_properties, place, _properties, place + 1, Properties - place);
        _properties[place] = (name, value);
        Properties++;
        return null;
    }

    /// <summary>True for text of some characters without control characters.</summary>
    public static bool IsText(ReadOnlySpan<byte> text, int min, int max) =>
        text.Length >= min && (text.Length <= max || (text.Length <= max * 3 && Encoding.UTF8.GetCharCount(text) <= max))
        && text.IndexOfAnyInRange((byte)0, (byte)0x1f) < 0;

    private Place Copy(ref Utf8JsonReader reader)
    {
        var start = _length;
        if (reader.ValueSpan.Length > MaxBytes - start)
        {
            _unreadable = UsageRejection.TooLong;
        }
        else if (reader.ValueIsEscaped)
        {
            try
            {
                _length += reader.CopyString(_bytes.AsSpan(start));
            }
            catch (InvalidOperationException)
            {
                // Half of a surrogate pair, escaped: the JSON is right, and the text cannot be kept.
                _unreadable = UsageRejection.Malformed;
            }
        }
        else
        {
            reader.ValueSpan.CopyTo(_bytes.AsSpan(start));
            _length += reader.ValueSpan.Length;
        }

        return new Place(start, _length - start, IsThere: true);
    }

    private ReadOnlySpan<byte> At(Place place) => _bytes.AsSpan(place.Start, place.Length);

    private readonly record struct Place(int Start, int Length, bool IsThere);
}
