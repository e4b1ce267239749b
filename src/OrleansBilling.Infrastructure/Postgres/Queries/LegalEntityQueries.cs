using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Lists sellers, newest first, each in its newest version.</summary>
public sealed class LegalEntityQueries(BillingDatabase database)
{
    /// <summary>All sellers.</summary>
    public Task<Page<LegalEntity>> ListAsync(PageOf page, CancellationToken cancellation) =>
        new ListQuery(
            "select v.definition::text from legal_entity e join legal_entity_version v on v.code = e.code and v.version = e.version",
            "e.created_at",
            "e.code").ReadAsync(database, page, row => BillingJson.Read<LegalEntity>(row.GetString(0)), cancellation);
}
