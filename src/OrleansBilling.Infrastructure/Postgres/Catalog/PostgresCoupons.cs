using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Catalog;

/// <summary>Reads coupons from their rows.</summary>
public sealed class PostgresCoupons(BillingDatabase database) : ICoupons
{
    // A price of a plan is looked for in all its versions: subscriptions stay on old ones.
    private const string Unknown =
        """
        select s.target from unnest($1) with ordinality as s (target, place)
        where not exists (select from plan p where p.code = s.target)
          and not exists (
            select from plan_version v cross join lateral jsonb_array_elements(v.definition -> 'prices') as price
            where price ->> 'code' = s.target or v.code || '/' || (price ->> 'code') = s.target)
        order by s.place limit 1
        """;

    /// <inheritdoc/>
    public async Task<CouponFacts?> FindAsync(string code)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand("select definition::text, redemptions, archived_at from coupon where code = $1", connection)
        {
            Parameters = { new() { Value = code } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? new CouponFacts(
                BillingJson.Read<Coupon>(reader.GetString(0)), reader.GetInt64(1), await reader.IsDBNullAsync(2) ? null : reader.GetInstant(2))
            : null;
    }

    /// <inheritdoc/>
    public async Task<string?> FirstUnknownAsync(ImmutableArray<string> appliesTo)
    {
        if (appliesTo.IsEmpty)
        {
            return null;
        }

        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(Unknown, connection);
        command.Add(NpgsqlDbType.Text, appliesTo.ToArray());
        return await command.ExecuteScalarAsync() as string;
    }
}
