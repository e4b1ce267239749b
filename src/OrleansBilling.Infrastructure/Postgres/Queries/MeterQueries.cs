using NodaTime;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Reads meters, newest first.</summary>
public sealed class MeterQueries(BillingDatabase database)
{
    private static readonly PageOf One = new(1, null);

    /// <summary>A meter, or null.</summary>
    public async Task<MeterRead?> FindAsync(string code, CancellationToken cancellation)
    {
        var found = await Select().Where("m.code = ?", code).ReadAsync(database, One, Read, cancellation);
        return found.Entries.Count == 0 ? null : found.Entries[0];
    }

    /// <summary>All meters, archived ones included.</summary>
    public Task<Page<MeterRead>> ListAsync(PageOf page, CancellationToken cancellation) => Select().ReadAsync(database, page, Read, cancellation);

    private static ListQuery Select() => new("select m.definition::text, m.created_at, m.archived_at from meter m", "m.created_at", "m.code");

    private static MeterRead Read(Npgsql.NpgsqlDataReader row) =>
        new(BillingJson.Read<Meter>(row.GetString(0)), Sql.Instant(row, 1), Sql.InstantOrNull(row, 2));
}

/// <summary>A meter as it is shown.</summary>
public sealed record MeterRead(Meter Meter, Instant CreatedAt, Instant? ArchivedAt);
