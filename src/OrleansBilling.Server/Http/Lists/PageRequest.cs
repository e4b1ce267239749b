using System.Globalization;
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

        var cursor = call.Query("cursor") is { } given ? Cursor.Decode(list, given) : null;
        return new PageOf(limit, cursor is null ? null : new PagePlace(cursor.At, cursor.Id));
    }

    /// <summary>The page that is asked for, of a list that is small and at hand whole.</summary>
    public static Answer RenderWhole<T>(string list, Call call, IReadOnlyList<T> entries, Func<T, string> json, Func<T, PagePlace> place)
    {
        var asked = Read(call, list);
        var from = asked.After is { } after ? entries.TakeWhile(entry => place(entry).Id != after.Id).Count() + 1 : 0;
        List<T> shown = [.. entries.Skip(from).Take(asked.Limit)];
        return Render(list, new Page<T>(shown, HasMore: from + shown.Count < entries.Count), json, place);
    }

    /// <summary>The page as it is answered: <c>{data, has_more, next_cursor}</c>.</summary>
    public static Answer Render<T>(string list, Page<T> page, Func<T, string> json, Func<T, PagePlace> place)
    {
        var text = new System.Text.StringBuilder("{\"object\":\"list\",\"data\":[");
        text.AppendJoin(',', page.Entries.Select(json));
        text.Append("],\"has_more\":").Append(page.HasMore ? "true" : "false").Append(",\"next_cursor\":");
        if (page is { HasMore: true, Entries: [.., var last] })
        {
            var (at, id) = place(last);
            text.Append('"').Append(new Cursor(at, id).Encode(list)).Append('"');
        }
        else
        {
            text.Append("null");
        }

        return Answer.Ok(text.Append('}').ToString());
    }
}
