using System.Globalization;
using System.Text;
using NodaTime;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Lists;

/// <summary>A place in a list: after which entry the page begins. Opaque to callers, and good for the list that gave it, with its filters, only.</summary>
/// <param name="At">The time of the last entry shown.</param>
/// <param name="Id">Its id, which settles equal times.</param>
internal sealed record Cursor(Instant At, string Id)
{
    /// <summary>Text for callers.</summary>
    public string Encode(string list)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"1|{list}|{At.ToUnixTimeTicks()}|{Id}");
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    /// <summary>Reads what <see cref="Encode"/> made: 400 <c>invalid_cursor</c> for anything else.</summary>
    public static Cursor Decode(string list, string text)
    {
        var base64 = text.Replace('-', '+').Replace('_', '/');
        Span<byte> bytes = stackalloc byte[600];
        if (text.Length <= 500
            && Convert.TryFromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='), bytes, out var count)
            && Encoding.UTF8.GetString(bytes[..count]).Split('|', 4) is ["1", var owner, var ticks, var id]
            && owner == list
            && long.TryParse(ticks, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var at)
            && at > -3_000_000_000_000_000_00 && at < 2_500_000_000_000_000_000
            && id.Length <= 100 && !id.Contains('\0'))
        {
            return new Cursor(Instant.FromUnixTimeTicks(at), id);
        }

        throw Problem.Invalid("invalid_cursor", "Give the next_cursor of the page before, of this very list with the same filters.", "cursor").Exception();
    }
}
