using NodaTime;
using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Due work that failed too often and waits for a person.</summary>
/// <param name="Id">Names the row: grain type, key and kind.</param>
/// <param name="GrainType"><c>subscription</c>, <c>invoice</c> or <c>account</c>.</param>
/// <param name="GrainKey">The resource's id.</param>
/// <param name="Kind">What was asked for.</param>
/// <param name="Account">The customer account.</param>
/// <param name="Clock"><c>live</c>, or a test clock.</param>
/// <param name="DueAt">Since when it is due.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="LastError">Why the last try failed.</param>
/// <param name="QuarantinedAt">Since when it waits.</param>
public sealed record WorkItemRow(
    string Id, string GrainType, string GrainKey, string Kind, string Account, string Clock,
    Instant DueAt, int Attempts, string? LastError, Instant QuarantinedAt);

/// <summary>Quarantined due work.</summary>
public sealed class WorkItemQueries(BillingDatabase database)
{
    private const string Id = "d.grain_key || ':' || d.kind";
    private const string Columns =
        $"{Id}, d.grain_type, d.grain_key, d.kind, d.account, d.clock, d.due_at, d.attempts, d.last_error, d.quarantined_at";

    /// <summary>Work items, newest first.</summary>
    public Task<Page<WorkItemRow>> ListAsync(PageOf page, string? account, CancellationToken cancellation) =>
        new ListQuery($"select {Columns} from due_work d", "d.quarantined_at", $"({Id})")
            .Where("d.quarantined_at is not null").Where("d.account = ?", account)
            .ReadAsync(database, page, Read, cancellation);

    /// <summary>
    /// Gives a work item back to the schedule, due at once, under the command's key. Null where there is none; the
    /// stored answer is written by <paramref name="answer"/>. False in <c>Done</c> where the command key is taken.
    /// </summary>
    public async Task<(WorkItemRow? Item, bool Done)> RetryAsync(
        string id, Instant now, Func<WorkItemRow, CommandRow> answer, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var command = new NpgsqlCommand(
            $"select {Columns} from due_work d where d.quarantined_at is not null and {Id} = $1 for update", connection, transaction)
        {
            Parameters = { new() { Value = id } },
        };
        if (await Sql.SingleAsync(command, Read, cancellation) is not { } item)
        {
            return (null, true);
        }

        if (!await answer(item).InsertAsync(connection, transaction, now, cancellation))
        {
            return (item, false);
        }

        await using var update = new NpgsqlCommand(
            """
            update due_work set quarantined_at = null, attempts = 0, run_at = due_at
            where grain_type = $1 and grain_key = $2 and kind = $3
            """,
            connection,
            transaction)
        {
            Parameters = { new() { Value = item.GrainType }, new() { Value = item.GrainKey }, new() { Value = item.Kind } },
        };
        await update.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return (item, true);
    }

    private static WorkItemRow Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
        Sql.Instant(row, 6), row.GetInt32(7), Sql.TextOrNull(row, 8), Sql.Instant(row, 9));
}
