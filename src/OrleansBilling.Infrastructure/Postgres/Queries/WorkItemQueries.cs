using NodaTime;
using Npgsql;
using OrleansBilling.Grains.Schedule;

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
    Instant DueAt, int Attempts, string? LastError, Instant QuarantinedAt)
{
    /// <summary>What a line that could not be rated bills; null for due work.</summary>
    public SetAsideView? Line { get; init; }
}

/// <summary>Quarantined due work, and lines set aside.</summary>
public sealed class WorkItemQueries(BillingDatabase database)
{
    private const string Id = "d.grain_key || ':' || d.kind";
    private const string Columns =
        $"{Id}, d.grain_type, d.grain_key, d.kind, d.account, d.clock, d.due_at, d.attempts, d.last_error, d.quarantined_at";

    private const string All =
        $"""
        select w.* from (
            select {Id} as id, d.grain_type, d.grain_key, d.kind, d.account, d.clock, d.due_at, d.attempts, d.last_error, d.quarantined_at as at,
                null::text as item, null::text as plan, null::integer as plan_version, null::text as price, null::numeric as quantity,
                null::timestamptz as period_start, null::timestamptz as period_end
            from due_work d where d.quarantined_at is not null
            union all
            select l.id, 'line', l.subscription, l.kind, l.account, l.clock, l.created_at, 1, l.code || ': ' || l.reason, l.created_at,
                l.item, l.plan, l.plan_version, l.price, l.quantity, l.period_start, l.period_end
            from set_aside_line l where l.resolved_at is null) w
        """;

    /// <summary>Work items, newest first: due work that failed too often, and lines that could not be rated.</summary>
    public Task<Page<WorkItemRow>> ListAsync(PageOf page, string? account, CancellationToken cancellation) =>
        new ListQuery(All, "w.at", "w.id").Where("w.account = ?", account).ReadAsync(database, page, ReadWithLine, cancellation);

    /// <summary>The subscription and the clock of a line that was set aside, also of one that waits no longer; null where there is none.</summary>
    public async Task<(string Subscription, string Clock)?> LineAsync(string id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand("select subscription, clock from set_aside_line where id = $1", connection) { Parameters = { new() { Value = id } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? (reader.GetString(0), reader.GetString(1)) : null;
    }

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

    private static WorkItemRow ReadWithLine(NpgsqlDataReader row) => Read(row) with
    {
        Line = row.IsDBNull(10)
            ? null
            : new SetAsideView(row.GetString(10), row.GetString(11), row.GetInt32(12), row.GetString(13), row.GetDecimal(14), Sql.Instant(row, 15), Sql.Instant(row, 16)),
    };

    private static WorkItemRow Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
        Sql.Instant(row, 6), row.GetInt32(7), Sql.TextOrNull(row, 8), Sql.Instant(row, 9));
}
