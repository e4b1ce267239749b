using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
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

/// <summary>Reads alerts of an account and what they watch in one round trip, and what they were told.</summary>
public sealed class PostgresAlertRows(BillingDatabase database, GrainRows grains) : IAlertRows
{
    private const string Asked =
        $"select {DueRows.Mark} from due_work d where d.grain_type = '{DueTargets.Alerts}' and d.grain_key = $1 and d.kind = 'alert_check'";

    private static readonly string Alerts =
        $"""
        select a.definition::text from alert a where a.account = $1 and a.archived_at is null
        union all
        select b.definition from {LivePlans.Of("$1")} p cross join lateral (
            select a.definition::text from alert a where a.plan = p.plan and a.archived_at is null offset 0) b
        """;

    // Each by the keys of the table: what was told of the period, and what was told last, whatever was told in the years before.
    internal const string Told =
        """
        select f.alert, f.target, f.threshold, f.period_start, f.period_end, f.triggered_at, f.value, f.recovered_at
        from unnest($1, $2, $3, $4) as s (alert, target, threshold, period_start)
        cross join lateral (
            select x.* from alert_firing x where x.alert = s.alert and x.target = s.target and x.threshold = s.threshold and x.period_start = s.period_start
            union
            (select x.* from alert_firing x where x.alert = s.alert and x.target = s.target and x.threshold = s.threshold order by x.period_start desc limit 1)) f
        """;

    private const string Wallets = "select w.id from wallet w where w.account = $1 order by w.created_at, w.id";

    private static readonly string Subscriptions =
        $"""
        select g.payload from subscription s {GrainRows.Join("subscription", "s.id", 2)}
        where s.account = $1 and s.status not in ('incomplete', 'canceled') order by s.created_at, s.id
        """;

    // What the account's alerts look at: of spend what has ever counted usage, of usage who prices the meter (or did before its pause), and of
    // plans their subscriptions; of a plan's balance one is enough to say that the account has the plan. The oldest one names the period.
    internal static readonly string Watched =
        $"""
        with plan as materialized (select p.plan, p.id, p.created_at from {LivePlans.Of("$1")} p),
        watching as materialized (
            select distinct null as plan, a.kind, a.meter from alert a where a.account = $1 and a.archived_at is null
            union all
            select distinct p.plan, b.kind, null from plan p cross join lateral (
                select a.kind from alert a where a.plan = p.plan and a.archived_at is null offset 0) b),
        pricing as (
            select r.id, r.created_at, m.meter from (select w.meter from watching w where w.plan is null and w.kind = 'usage') m
            left join lateral (
                select o.subscription as id, o.created_at from usage_owner o
                where o.account = $1 and o.meter = m.meter and o.until is null order by o.created_at, o.subscription limit 1) r on true),
        wanted as (
            select p.id from plan p
            union
            select o.subscription from usage_owner o where o.account = $1 and exists (select from watching w where w.plan is null and w.kind = 'spend')
            union
            select r.id from pricing r
            union
            select s.id from pricing r cross join lateral (
                select x.id from subscription x where x.account = $1 and x.status = 'paused' and (r.id is null or (x.created_at, x.id) < (r.created_at, r.id)) offset 0) s
            union
            select s.id from watching w cross join lateral (
                select x.id from subscription x
                where x.account = $1 and x.plan = w.plan and x.status not in ('incomplete', 'canceled')
                    and (w.kind = 'usage' or exists (select from usage_owner o where o.account = $1 and o.subscription = x.id)) offset 0) s
            where w.plan is not null and w.kind <> 'balance')
        select f.payload from wanted n cross join lateral (
            select g.payload, s.created_at, s.id from subscription s {GrainRows.Join("subscription", "s.id", 2)}
            where s.id = n.id and s.status not in ('incomplete', 'canceled') offset 0) f
        order by f.created_at, f.id
        """;

    private const string Having =
        """
        select s.id, s.account, a.clock, coalesce(c.now, $4)
        from (select id, account from subscription where plan = $1 and status not in ('incomplete', 'canceled') and id > $2 order by id limit $3) s
        join account a on a.id = s.account left join test_clock c on c.id = a.clock
        order by s.id
        """;

    /// <inheritdoc/>
    public Task<AlertSheet> ReadAsync(string account) => ReadAsync(account, Watched);

    /// <inheritdoc/>
    public Task<AlertSheet> ReadAllAsync(string account) => ReadAsync(account, Subscriptions);

    /// <inheritdoc/>
    public async Task<ImmutableArray<AlertFiring>> ToldAsync(IReadOnlyCollection<(Alert Alert, AlertTarget Target)> watched)
    {
        var asked = watched.SelectMany(one => one.Alert.Thresholds.Select(threshold => (Alert: one.Alert.Id, Target: one.Target.Id, Threshold: threshold, one.Target.Period.Start))).ToList();
        await using var connection = await database.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(Told, connection);
        command.Add(NpgsqlDbType.Text, asked.Select(one => one.Alert).ToArray());
        command.Add(NpgsqlDbType.Text, asked.Select(one => one.Target).ToArray());
        command.Add(NpgsqlDbType.Numeric, asked.Select(one => one.Threshold).ToArray());
        command.Add(NpgsqlDbType.TimestampTz, asked.Select(one => one.Start.ToDateTimeUtc()).ToArray());
        await using var reader = await command.ExecuteReaderAsync();
        return [.. (await ListAsync(reader, Firing)).Distinct()];
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

    /// <summary>A firing of the columns of <see cref="Told"/>.</summary>
    internal static AlertFiring Firing(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetDecimal(2), new Period(Sql.Instant(row, 3), Sql.Instant(row, 4)), Sql.Instant(row, 5), row.GetDecimal(6))
    {
        RecoveredAt = Sql.InstantOrNull(row, 7),
    };

    private async Task<AlertSheet> ReadAsync(string account, string subscriptions)
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, Asked, AccountAlerts.KeyOf(account));
        Add(batch, Alerts, account);
        Add(batch, Wallets, account);
        Add(batch, subscriptions, account, grains.ServiceId);
        await using var reader = await batch.ExecuteReaderAsync();
        var asked = await ListAsync(reader, row => new SeenRow(row.GetString(0)));
        var alerts = await NextAsync(reader, row => BillingJson.Read<Alert>(row.GetString(0)));
        var wallets = await NextAsync(reader, row => row.GetString(0));
        var states = await NextAsync(reader, row => GrainRows.Read<SubscriptionState>(row, 0));
        return new AlertSheet(asked.Length == 0 ? null : asked[0], alerts, states, wallets);
    }

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
