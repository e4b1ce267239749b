using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Server.Http.Commands;

namespace OrleansBilling.Server.Http.Lists;

/// <summary>Which page of a list is asked for.</summary>
internal static class PageRequest
{
    /// <summary>The parameters that every list takes.</summary>
    public static readonly IReadOnlyList<QueryParameter> Parameters =
    [
        new("limit", $"Entries of the page: 1 to {Limits.PageMax}, {Limits.PageDefault} unless given."),
        new("cursor", "The next_cursor of the page before."),
    ];

    /// <summary>The page that a request asks for.</summary>
    /// <exception cref="Problems.ProblemException">400 <c>invalid_cursor</c>, <c>invalid_parameter</c>.</exception>
    public static PageOf Read(Call call, string list)
    {
        var limit = Limits.PageDefault;
        if (call.Query("limit") is { } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > Limits.PageMax))
        {
            throw Call.BadParameter("limit", $"Give a number from 1 to {Limits.PageMax}.");
        }

        var cursor = call.Query("cursor") is { } given ? Cursor.Decode(Bound(call, list), given) : null;
        return new PageOf(limit, cursor is null ? null : new PagePlace(cursor.At, cursor.Id));
    }

    /// <summary>The page that is asked for, of a list that is small and at hand whole.</summary>
    public static Answer RenderWhole<T>(string list, Call call, IReadOnlyList<T> entries, Func<T, string> json, Func<T, PagePlace> place)
    {
        var asked = Read(call, list);
        var from = asked.After is { } after ? entries.TakeWhile(entry => place(entry).Id != after.Id).Count() + 1 : 0;
        List<T> shown = [.. entries.Skip(from).Take(asked.Limit)];
        return Render(call, list, new Page<T>(shown, HasMore: from + shown.Count < entries.Count), json, place);
    }

    /// <summary>The list with its address and filters, of which a cursor is: another one would leave entries out or show them twice.</summary>
    private static string Bound(Call call, string list)
    {
        var filters = call.Http.Request.Query.Where(pair => pair.Key is not ("limit" or "cursor") && pair.Value.ToString().Length > 0)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"&{pair.Key}={pair.Value}");
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(call.Http.Request.Path.Value + "?" + string.Concat(filters)));
        return $"{list}:{Convert.ToHexStringLower(hash.AsSpan(0, 6))}";
    }

    /// <summary>The page as it is answered: <c>{data, has_more, next_cursor}</c>.</summary>
    public static Answer Render<T>(Call call, string list, Page<T> page, Func<T, string> json, Func<T, PagePlace> place)
    {
        var text = new StringBuilder("{\"object\":\"list\",\"data\":[");
        text.AppendJoin(',', page.Entries.Select(json));
        text.Append("],\"has_more\":").Append(page.HasMore ? "true" : "false").Append(",\"next_cursor\":");
        if (page is { HasMore: true, Entries: [.., var last] })
        {
            var (at, id) = place(last);
            text.Append('"').Append(new Cursor(at, id).Encode(Bound(call, list))).Append('"');
        }
        else
        {
            text.Append("null");
        }

        return Answer.Ok(text.Append('}').ToString());
    }
}
