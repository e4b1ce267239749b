using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Json;

/// <summary>Checks the strings of requests by what they stand for.</summary>
internal static class Texts
{
    /// <summary>The string as it is kept.</summary>
    public static string Read(TextAttribute rule, string text, string path)
    {
        CheckLength(rule, text, path);
        if (text.Length == 0)
        {
            return text;
        }

        CheckCharacters(text, path);
        switch (rule.Kind)
        {
            case TextKind.Code:
                return IsCode(text) ? text : throw Invalid(path, "Use letters, digits and _ - . : , beginning with a letter or digit.");
            case TextKind.Reference:
                return text == text.Trim() && !text.Contains('\n') ? text : throw Invalid(path, "Leave out blanks at the ends and line breaks.");
            case TextKind.Token:
                CheckFree(text, path);
                return text.Any(char.IsWhiteSpace) ? throw Invalid(path, "A token has no blanks.") : text;
            case TextKind.Currency:
                return Currency.Find(text)?.Code ?? throw Problem.Invalid("unknown_currency", "Give an ISO 4217 code, such as usd.", path).Exception();
            case TextKind.TimeZone:
                return TimeZones.IsKnown(text) ? text : throw Problem.Invalid("unknown_time_zone", "Give an IANA time zone, such as Europe/Berlin.", path).Exception();
            case TextKind.Country:
                return Countries.IsKnown(text.ToLowerInvariant()) ? text.ToLowerInvariant() : throw Invalid(path, "Give an ISO 3166 code of two letters, such as de.");
            case TextKind.Email:
                CheckFree(text, path);
                return IsEmail(text) ? text : throw Invalid(path, "Give an e-mail address, such as ada@example.com.");
            default:
                CheckFree(text, path);
                return string.IsNullOrWhiteSpace(text) ? throw Invalid(path, "Give more than blanks.") : text;
        }
    }

    /// <summary>Refuses card numbers: 422 <c>card_number_refused</c>.</summary>
    public static void CheckFree(string text, string path)
    {
        if (CardNumbers.Contains(text))
        {
            throw new Problem(
                422, "card_number_refused", "This looks like a card number, which this server never takes; send the gateway's token instead.", path).Exception();
        }
    }

    /// <summary>True for what may stand as a code in the catalog.</summary>
    public static bool IsCode(string text) =>
        text.Length is > 0 and <= Limits.CodeLength && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':');

    private static void CheckLength(TextAttribute rule, string text, string path)
    {
        var max = rule.Max != 0 ? rule.Max : rule.Kind switch
        {
            TextKind.Code => Limits.CodeLength,
            TextKind.Reference or TextKind.Token => Limits.ReferenceLength,
            TextKind.Email => 254,
            _ => Limits.TextLength,
        };
        if (text.Length > max)
        {
            throw Problem.Invalid("too_long", $"Give at most {max} characters.", path).Exception();
        }

        if (text.Length == 0 && !rule.Empty)
        {
            throw Invalid(path, "Give at least one character, or leave the field out.");
        }
    }

    /// <summary>PostgreSQL keeps no NUL; other control characters would forge lines in logs and documents.</summary>
    private static void CheckCharacters(string text, string path)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c) && c is not '\n' and not '\t' and not '\r')
            {
                throw Invalid(path, "Leave out control characters.");
            }
        }
    }

    private static bool IsEmail(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && at < text.Length - 1 && at == text.LastIndexOf('@') && !text.Any(char.IsWhiteSpace);
    }

    private static ProblemException Invalid(string path, string detail) => Problem.Invalid("invalid_value", detail, path).Exception();
}
