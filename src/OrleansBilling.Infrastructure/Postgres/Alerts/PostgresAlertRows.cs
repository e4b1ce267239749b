using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Alerts;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Documents;
using OrleansBilling.Infrastructure.Postgres.Queries;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Postgres.Alerts;

/// <summary>Reads alerts of an account, what they watch and what they were told, in one round trip.</summary>
public sealed class PostgresAlertRows(BillingDatabase database, GrainRows grains) : IAlertRows
{
    private const string Asked =
        $"select {DueRows.Mark} from due_work d where d.grain_type = '{DueTargets.Alerts}' and d.grain_key = $1 and d.kind = 'alert_check'";

    private const string Alerts =
        """
        select a.definition::text from alert a where a.account = $1 and a.archived_at is null
        union all
        select a.definition::text from alert a
        where a.archived_at is null and a.plan in (select s.plan from subscription s where s.account = $1 and s.status not in ('incomplete', 'canceled'))
        """;

    // Of periods that are over only what is open counts, and what is told once for ever.
    private const string Known =
        """
        select f.alert, f.target, f.threshold, f.period_start, f.period_end, f.triggered_at, f.value, f.recovered_at from alert_firing f
        where f.account = $1 and (f.period_start > $2 or not f.recurring or f.recovered_at is null)
        """;

    private const string Wallets = "select w.id from wallet w where w.account = $1 order by w.created_at, w.id";

    private static readonly string Subscriptions =
        $"""
        select g.payload from subscription s {GrainRows.Join("subscription", "s.id", 2)}
        where s.account = $1 and s.status not in ('incomplete', 'canceled') order by s.created_at, s.id
        """;

    private const string Having =
        """
        select s.id, s.account, a.clock, coalesce(c.now, $4)
        from (select id, account from subscription where plan = $1 and status not in ('incomplete', 'canceled') and id > $2 order by id limit $3) s
        join account a on a.id = s.account left join test_clock c on c.id = a.clock
        order by s.id
        """;

    // Longer than any billing interval: what was told of the current period is among it.
    private static readonly Duration LongestPeriod = Duration.FromDays(366 * 11);

    /// <inheritdoc/>
    public async Task<AlertSheet> ReadAsync(string account, Instant now)
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, Asked, AccountAlerts.KeyOf(account));
        Add(batch, Alerts, account);
        Add(batch, Known, account, (now - LongestPeriod).ToDateTimeUtc());
        Add(batch, Wallets, account);
        Add(batch, Subscriptions, account, grains.ServiceId);
        await using var reader = await batch.ExecuteReaderAsync();
        var asked = await ListAsync(reader, row => new SeenRow(row.GetString(0)));
        var alerts = await NextAsync(reader, row => BillingJson.Read<Alert>(row.GetString(0)));
        var known = await NextAsync(reader, Firing);
        var wallets = await NextAsync(reader, row => row.GetString(0));
        var subscriptions = await NextAsync(reader, row => GrainRows.Read<SubscriptionState>(row, 0));
        return new AlertSheet(asked.Length == 0 ? null : asked[0], alerts, subscriptions, wallets, known);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<WatchedPlan>> HavingAsync(string plan, string after, int limit, Instant now)
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(Having, connection);
        command.Add(plan);
        command.Add(after);
        command.Add(limit);
        command.Add(now);
        var found = ImmutableArray.CreateBuilder<WatchedPlan>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            found.Add(new WatchedPlan(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInstant(3)));
        }

        return found.ToImmutable();
    }

    /// <inheritdoc/>
    public async Task<long> BilledAsync(string subscription, Period period)
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(
            "select coalesce(sum(amount), 0)::bigint from usage_closed where subscription = $1 and span_start >= $2 and span_start < $3", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = subscription });
        command.Parameters.Add(new NpgsqlParameter { Value = period.Start.ToDateTimeUtc() });
        command.Parameters.Add(new NpgsqlParameter { Value = period.End.ToDateTimeUtc() });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A firing of the columns of <see cref="Known"/>.</summary>
    internal static AlertFiring Firing(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetDecimal(2), new Period(Sql.Instant(row, 3), Sql.Instant(row, 4)), Sql.Instant(row, 5), row.GetDecimal(6))
    {
        RecoveredAt = Sql.InstantOrNull(row, 7),
    };

    private static void Add(NpgsqlBatch batch, string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        batch.BatchCommands.Add(command);
    }

    private static async Task<ImmutableArray<T>> NextAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read)
    {
        await reader.NextResultAsync();
        return await ListAsync(reader, read);
    }

    private static async Task<ImmutableArray<T>> ListAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read)
    {
        var rows = ImmutableArray.CreateBuilder<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows.DrainToImmutable();
    }
}
