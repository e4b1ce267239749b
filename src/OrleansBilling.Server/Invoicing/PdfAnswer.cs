using OrleansBilling.Domain.Accounts;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;

namespace OrleansBilling.Server.Invoicing;

/// <summary>Documents as PDF files: in which language they are asked for, and how they are answered.</summary>
internal static class PdfAnswer
{
    private static readonly string[] Languages = [.. Scalars.EnumOf(typeof(DocumentLanguage)).Keys.Order(StringComparer.Ordinal)];

    /// <summary>The parameter that names another language than the buyer's.</summary>
    public static QueryParameter LanguageParameter => new("language", $"Another language: {string.Join(", ", Languages)}.");

    /// <summary>The language that is asked for, or null.</summary>
    public static DocumentLanguage? Language(Call call) => call.Query("language") is not { } given ? null
        : Scalars.EnumOf(typeof(DocumentLanguage)).TryGetValue(given, out var value) ? (DocumentLanguage)value
        : throw Call.BadParameter("language", $"Use one of: {string.Join(", ", Languages)}.");

    /// <summary>The answer; null where there is no such document.</summary>
    public static Answer? Of((byte[] File, string Name)? found) => found is not { } document ? null
        // A prefix of numbers may hold a slash, which no file's name does.
        : new Answer(200, "") { File = new AnswerFile(document.File, "application/pdf", document.Name.Replace('/', '-')) };
}
