using System.Text.Encodings.Web;

namespace OrleansBilling.Server.Http;

/// <summary>How the front end writes JSON.</summary>
internal static class ApiJson
{
    /// <summary>Text stays readable; answers are never embedded in HTML.</summary>
    public static JavaScriptEncoder Encoder => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>The media type of all answers but refusals.</summary>
    public const string ContentType = "application/json; charset=utf-8";
}
