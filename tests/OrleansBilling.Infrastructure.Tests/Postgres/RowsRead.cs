using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Infrastructure.Postgres;

namespace OrleansBilling.Infrastructure.Tests.Postgres;

/// <summary>Counts the rows that a statement looks at, whether it keeps them or not: what grows with the data shows here, on any machine.</summary>
internal static class RowsRead
{
    /// <summary>Runs the statement, and answers how many rows of a table it has read.</summary>
    public static async Task<decimal> OfAsync(string connectionString, string table, string sql, params object[] values)
    {
        await using var connection = await new BillingDatabase(connectionString).OpenAsync();
        await using var command = new NpgsqlCommand("explain (analyze, costs off, timing off, summary off, format json) " + sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(value is DateTime[] ? new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz } : new NpgsqlParameter { Value = value });
        }

        using var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync())!);
        return Of(plan.RootElement[0].GetProperty("Plan"), table);
    }

    private static decimal Of(JsonElement node, string table)
    {
        var own = node.TryGetProperty("Relation Name", out var name) && name.GetString() == table
            ? (Number(node, "Actual Rows") + Number(node, "Rows Removed by Filter") + Number(node, "Rows Removed by Index Recheck")) * Number(node, "Actual Loops")
            : 0;
        return own + (node.TryGetProperty("Plans", out var inner) ? inner.EnumerateArray().Sum(child => Of(child, table)) : 0);
    }

    private static decimal Number(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? value.GetDecimal() : 0;
}
