using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using NodaTime;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Json;

/// <summary>Reads single values of requests.</summary>
internal static class Scalars
{
    private static readonly ConcurrentDictionary<Type, FrozenDictionary<string, object>> Enums = new();

    /// <summary>True for types read here.</summary>
    public static bool Handles(Type type) =>
        type.IsEnum || type == typeof(string) || type == typeof(bool) || type == typeof(int) || type == typeof(long)
        || type == typeof(decimal) || type == typeof(Instant);

    /// <summary>Reads a value.</summary>
    public static object Read(FieldPlan field, Type type, JsonElement element, string path)
    {
        if (type == typeof(bool))
        {
            return element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : throw StrictJson.Wrong(path, "true or false");
        }

        if (type == typeof(long) || type == typeof(int))
        {
            var whole = ReadWhole(field, type, element, path);
            return type == typeof(int) ? (int)whole : (object)whole;
        }

        if (type == typeof(decimal))
        {
            return ReadDecimal(field.Decimal, element, path);
        }

        if (element.ValueKind is not JsonValueKind.String)
        {
            throw StrictJson.Wrong(path, type == typeof(Instant) ? "an instant as a string, such as \"2026-01-31T00:00:00Z\"" : "a string");
        }

        var text = element.GetString()!;
        return type == typeof(string) ? Texts.Read(field.Text, text, path)
            : type == typeof(Instant) ? ReadInstant(text, path)
            : EnumOf(type).TryGetValue(text, out var value) ? value
            : throw Problem.Invalid("invalid_value", $"Use one of: {string.Join(", ", EnumOf(type).Keys.Order(StringComparer.Ordinal))}.", path).Exception();
    }

    /// <summary>The members of an enumeration by the names that the API gives them.</summary>
    public static FrozenDictionary<string, object> EnumOf(Type type) => Enums.GetOrAdd(type, static t => Enum.GetValues(t).Cast<object>()
        .ToFrozenDictionary(value => NameOf((Enum)value), StringComparer.Ordinal));

    /// <summary>The API's name of a member: snake_case.</summary>
    public static string NameOf(Enum value) => value is Domain.Invoicing.Proration.ProrationPolicy policy
        ? Domain.Invoicing.Proration.ProrationPolicyNames.Of(policy)
        : JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>An RFC 3339 instant with any offset, kept to the microsecond as PostgreSQL does.</summary>
    public static Instant ReadInstant(string text, string path)
    {
        var parsed = NodaTime.Text.OffsetDateTimePattern.Rfc3339.Parse(text.Replace('t', 'T').Replace('z', 'Z'));
        if (!parsed.Success)
        {
            throw Problem.Invalid("invalid_value", "Give an RFC 3339 instant with its offset, such as 2026-01-31T00:00:00Z.", path).Exception();
        }

        var instant = parsed.Value.ToInstant();
        if (Domain.Schedule.TimeRange.RefusalFor(instant, path) is { } refusal)
        {
            throw Problem.Of(refusal).Exception();
        }

        return Instant.FromUnixTimeTicks(FloorToMicroseconds(instant.ToUnixTimeTicks()));
    }

    private static long FloorToMicroseconds(long ticks) => ticks - (((ticks % 10) + 10) % 10);

    private static long ReadWhole(FieldPlan field, Type type, JsonElement element, string path)
    {
        var raw = element.ValueKind is JsonValueKind.Number ? element.GetRawText() : throw StrictJson.Wrong(path, "a whole number (money: minor units), not a string");
        if (raw.AsSpan(raw[0] == '-' ? 1 : 0).ContainsAnyExceptInRange('0', '9'))
        {
            throw StrictJson.Wrong(path, "a whole number (money: minor units) without decimals or exponent");
        }

        var max = field.Whole?.Max ?? (type == typeof(int) ? int.MaxValue : Limits.AmountMax);
        var min = field.Whole?.Min ?? (type == typeof(int) ? 0 : -Limits.AmountMax);
        return !long.TryParse(raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) || value < min || value > max
            ? throw Problem.Invalid("out_of_range", $"Give a number from {min} to {max}.", path).Exception()
            : value;
    }

    private static decimal ReadDecimal(DecimalAttribute rule, JsonElement element, string path)
    {
        var raw = element.ValueKind switch
        {
            JsonValueKind.String when !rule.WholeOnly => element.GetString()!,
            JsonValueKind.Number when rule.WholeOnly || rule.OrWhole => element.GetRawText(),
            _ => throw StrictJson.Wrong(path, rule.WholeOnly ? "a whole number of minor units" : "a decimal as a string, such as \"0.35\""),
        };
        if (element.ValueKind is JsonValueKind.Number && raw.AsSpan(raw[0] == '-' ? 1 : 0).ContainsAnyExceptInRange('0', '9'))
        {
            throw StrictJson.Wrong(path, "a whole number of minor units without decimals or exponent");
        }

        return ParseDecimal(rule, raw, path);
    }

    private static decimal ParseDecimal(DecimalAttribute rule, string text, string path)
    {
        var digits = text.AsSpan(text.StartsWith('-') ? 1 : 0);
        var point = digits.IndexOf('.');
        var whole = point < 0 ? digits : digits[..point];
        var rest = point < 0 ? default : digits[(point + 1)..];
        if (whole.IsEmpty || whole.ContainsAnyExceptInRange('0', '9') || rest.ContainsAnyExceptInRange('0', '9') || (point >= 0 && rest.IsEmpty))
        {
            throw Problem.Invalid("invalid_value", "Give a plain decimal such as \"12.5\": digits and one point, no exponent, no blanks.", path).Exception();
        }

        if (rest.Length > Limits.DecimalScale || whole.TrimStart('0').Length + rest.Length > Limits.DecimalDigits)
        {
            throw Problem.Invalid("out_of_range", $"Give at most {Limits.DecimalScale} decimals and {Limits.DecimalDigits} digits.", path).Exception();
        }

        var value = decimal.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        if (Math.Abs(value) > rule.Max || (!rule.Signed && value < 0) || (rule.Positive && value <= 0))
        {
            var from = rule.Signed ? $"-{rule.Max}" : rule.Positive ? "above 0" : "0";
            throw Problem.Invalid("out_of_range", $"Give a {(rule.WholeOnly ? "whole number" : "decimal")} from {from} to {rule.Max}.", path).Exception();
        }

        return value;
    }
}
