using Npgsql;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Migrations of subscribers to another plan version, and what became of each subscription.</summary>
internal static class MigrationRows
{
    private const string Migrations =
        """
        insert into plan_migration (id, plan, version, created_at, finished_at)
        select * from unnest($1, $2, $3, $4, $5)
        on conflict (id) do update set finished_at = excluded.finished_at
        """;

    private const string Results =
        """
        insert into plan_migration_result (migration, subscription, status, code, detail, at)
        select * from unnest($1, $2, $3, $4, $5, $6)
        on conflict (migration, subscription) do update set status = excluded.status, code = excluded.code, detail = excluded.detail, at = excluded.at
        """;

    public static void Write(NpgsqlBatch batch, List<PlanMigrationRow> rows) => batch.Rows(Migrations, rows)
        .Text(r => r.Id).Text(r => r.Plan).Int(r => r.Version).Time(r => r.CreatedAt).TimeOrNull(r => r.FinishedAt);

    public static void Write(NpgsqlBatch batch, List<MigrationResultRow> rows) => batch.Rows(Results, rows)
        .Text(r => r.Migration).Text(r => r.Subscription).Text(r => r.Status).Text(r => r.Code).Text(r => r.Detail).Time(r => r.At);
}
