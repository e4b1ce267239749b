using Npgsql;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Sellers with their versions, and the buyers that documents name.</summary>
internal static class SellerRows
{
    // A row that is ahead of this write belongs to a later turn: the state behind this one is stale.
    private const string Sellers =
        """
        with done as (
            insert into legal_entity as e (code, version, scope, prefix, facts, created_at)
            select * from unnest($1, $2, $3, $4, $5, $6)
            on conflict (code) do update
            set version = excluded.version, scope = excluded.scope, prefix = excluded.prefix, facts = excluded.facts
            where e.version = excluded.version - 1
            returning 1)
        select turn_expect('state', $7, (select count(*) from done))
        """;

    private const string Versions = "insert into legal_entity_version (code, version, definition, changed_at) select * from unnest($1, $2, $3, $4)";

    private const string Buyers = "insert into account_buyer (account, version, buyer) select * from unnest($1, $2, $3)";

    public static void Write(NpgsqlBatch batch, List<LegalEntityRow> rows)
    {
        batch.Rows<LegalEntityRow>(Sellers, rows)
            .Text(r => r.Entity.Code).Int(r => r.Entity.Version).Text(r => Spelling.Of(r.Entity.Numbering.Scope)).Text(r => r.Entity.Numbering.Prefix)
            .Json(r => BillingJson.Write(r.Entity.Facts())).Time(r => r.Entity.CreatedAt).Count();
        batch.Rows<LegalEntityRow>(Versions, rows)
            .Text(r => r.Entity.Code).Int(r => r.Entity.Version).Json(r => BillingJson.Write(r.Entity)).Time(r => r.ChangedAt);
    }

    public static void Write(NpgsqlBatch batch, List<AccountBuyerRow> rows) =>
        batch.Rows<AccountBuyerRow>(Buyers, rows).Text(r => r.Account).Long(r => r.Version).Json(r => BillingJson.Write(r.Buyer));
}
