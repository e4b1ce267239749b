using OrleansBilling.Domain.Alerts;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Alerts;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Lists alerts and what they have told, newest first.</summary>
public sealed class AlertQueries(BillingDatabase database)
{
    private static readonly PageOf One = new(1, null);

    /// <summary>An alert, or null.</summary>
    public async Task<Alert?> FindAsync(string id, CancellationToken cancellation)
    {
        var found = await Select().Where("a.id = ?", id).ReadAsync(database, One, Read, cancellation);
        return found.Entries.Count == 0 ? null : found.Entries[0];
    }

    /// <summary>All alerts, archived ones included.</summary>
    public Task<Page<Alert>> ListAsync(PageOf page, string? account, string? plan, string? kind, CancellationToken cancellation) =>
        Select().Where("a.account = ?", account).Where("a.plan = ?", plan).Where("a.kind = ?", kind).ReadAsync(database, page, Read, cancellation);

    /// <summary>What an alert has told.</summary>
    public Task<Page<(AlertFiring Firing, string Account, string Place)>> TriggersAsync(PageOf page, string alert, string? account, CancellationToken cancellation) =>
        new ListQuery(
            """
            select f.alert, f.target, f.threshold, f.period_start, f.period_end, f.triggered_at, f.value, f.recovered_at, f.account,
                lpad(f.seq::text, 20, '0')
            from alert_firing f
            """,
            "f.triggered_at",
            "lpad(f.seq::text, 20, '0')")
            .Where("f.alert = ?", alert).Where("f.account = ?", account)
            .ReadAsync(database, page, row => (PostgresAlertRows.Firing(row), row.GetString(8), row.GetString(9)), cancellation);

    private static ListQuery Select() => new("select a.definition::text from alert a", "a.created_at", "a.id");

    private static Alert Read(Npgsql.NpgsqlDataReader row) => BillingJson.Read<Alert>(row.GetString(0));
}
