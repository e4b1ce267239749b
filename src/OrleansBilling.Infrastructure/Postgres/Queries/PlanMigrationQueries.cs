using OrleansBilling.Grains.Catalog;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Reads migrations of subscribers to another plan version.</summary>
public sealed class PlanMigrationQueries(BillingDatabase database, GrainRows grains)
{
    private static readonly PageOf One = new(1, null);

    /// <summary>A migration of a plan, or null.</summary>
    public async Task<PlanMigrationState?> FindAsync(string plan, string id, CancellationToken cancellation)
    {
        var found = await Select().Where("m.plan = ?", plan).Where("m.id = ?", id).ReadAsync(database, One, Read, cancellation);
        return found.Entries.Count == 0 ? null : found.Entries[0];
    }

    /// <summary>Migrations of a plan, newest first.</summary>
    public Task<Page<PlanMigrationState>> ListAsync(PageOf page, string plan, CancellationToken cancellation) =>
        Select().Where("m.plan = ?", plan).ReadAsync(database, page, Read, cancellation);

    /// <summary>What became of each subscription, the latest first.</summary>
    public Task<Page<(MigrationResultView Result, NodaTime.Instant At)>> ResultsAsync(PageOf page, string migration, string? status, CancellationToken cancellation) =>
        new ListQuery("select r.subscription, r.status, r.code, r.detail, r.at from plan_migration_result r", "r.at", "r.subscription")
            .Where("r.migration = ?", migration).Where("r.status = ?", status)
            .ReadAsync(
                database, page,
                row => (new MigrationResultView(row.GetString(0), row.GetString(1), Sql.TextOrNull(row, 2), Sql.TextOrNull(row, 3)), Sql.Instant(row, 4)),
                cancellation);

    private ListQuery Select() => new ListQuery(
        $"select g.payload from plan_migration m {GrainRows.Join("plan_migration", "m.id", 1)}", "m.created_at", "m.id").With(grains.ServiceId);

    private static PlanMigrationState Read(Npgsql.NpgsqlDataReader row) => GrainRows.Read<PlanMigrationState>(row, 0);
}
