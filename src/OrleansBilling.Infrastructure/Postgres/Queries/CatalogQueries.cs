using OrleansBilling.Domain.Catalog;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Lists of the catalog.</summary>
public sealed class CatalogQueries(BillingDatabase database)
{
    /// <summary>The newest version of every plan, archived ones included.</summary>
    public Task<Page<(PlanVersion Plan, PlanHeader Header)>> ListAsync(PageOf page, CancellationToken cancellation) =>
        new ListQuery(
            """
            select p.code, p.name, p.latest_version, p.created_at, p.archived_at, v.definition::text
            from plan p join plan_version v on v.code = p.code and v.version = p.latest_version
            """,
            "p.created_at",
            "p.code").ReadAsync(database, page, row => (
                BillingJson.Read<PlanVersion>(row.GetString(5)),
                new PlanHeader(row.GetString(0), row.GetString(1), row.GetInt32(2), Sql.Instant(row, 3), Sql.InstantOrNull(row, 4))), cancellation);
}
