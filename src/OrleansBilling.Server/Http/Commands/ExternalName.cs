using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http.Commands;

/// <summary>The caller's own name of a resource, which works wherever an id does.</summary>
internal static class ExternalName
{
    private static readonly string[] Prefixes = ["acct_", "sub_", "item_", "inv_", "line_", "pay_", "pm_", "cn_", "wal_", "hold_", "evt_", "clk_", "key_"];

    /// <summary>The name, unless it looks like an id of ours and could be taken for another resource: 422 <c>external_id_reserved</c>.</summary>
    public static string? Check(string? name)
    {
        var reserved = name is not null
            && (Prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal) && name.Length == prefix.Length + 26)
                || name.Contains('/', StringComparison.Ordinal));
        return reserved
            ? throw new Problem(422, "external_id_reserved", "Choose a name without slashes that does not look like an id of this server.", "external_id").Exception()
            : name;
    }
}
