using System.Collections.Immutable;
using System.Threading.Channels;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Alerts;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Documents;

namespace OrleansBilling.Infrastructure.Postgres.Alerts;

/// <summary>An account whose alerts, or what usage has used of whose wallets, are to be looked at.</summary>
/// <param name="Row">The row of due work that asks for it.</param>
/// <param name="Clock"><c>live</c>, or the id of a test clock.</param>
/// <param name="Now">The time on it.</param>
public sealed record MarkedLook(DueKey Row, string Clock, Instant Now);

/// <summary>
/// Asks for a look at alerts, in the transaction that changes usage: one probe of an index for each account and meter, and one row for
/// an account that is watched. Rows of test clocks, which stand still between advances, are told to <see cref="AlertWaker"/> after the commit.
/// </summary>
public sealed class AlertMarks
{
    // A row that stands keeps its place in time; that it is written at all changes its mark, so the look under way does not delete it.
    internal static readonly string Mark =
        $"""
        with watched as (
            select distinct t.account, t.shard from unnest($1, $2, $3) as t (account, meter, shard)
            where exists (select from alert a where a.account = t.account and a.archived_at is null and (a.meter = t.meter or a.kind = 'spend'))
               or exists (
                    select from {LivePlans.Of("t.account")} p cross join lateral (
                        select from alert a where a.plan = p.plan and a.archived_at is null and (a.meter = t.meter or a.kind = 'spend') limit 1) b))
        insert into due_work as d (grain_type, grain_key, kind, kind_order, account, clock, shard, due_at, run_at)
        select '{DueTargets.Alerts}', '{AccountAlerts.KeyOf("")}' || w.account, '{Spelling.Of(DueKind.AlertCheck)}', {(short)DueKind.AlertCheck}, w.account, a.clock, w.shard,
            coalesce(c.now, clock_timestamp()), coalesce(c.now, clock_timestamp())
        from watched w join account a on a.id = w.account and not a.deleted left join test_clock c on c.id = a.clock
        order by w.account
        on conflict (grain_type, grain_key, kind) do update set account = excluded.account
        returning d.grain_key, d.clock, d.due_at
        """;

    private readonly Channel<MarkedLook> _marked = Channel.CreateBounded<MarkedLook>(
        new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Marks of test clocks, after their commit.</summary>
    internal ChannelReader<MarkedLook> OfTestClocks => _marked.Reader;

    /// <summary>Writes the rows.</summary>
    /// <param name="connection">In the transaction that changes usage; before its commit, since others wait for these rows.</param>
    /// <param name="touched">Accounts and meters whose usage changes.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<ImmutableArray<MarkedLook>> WriteAsync(
        NpgsqlConnection connection, IReadOnlyCollection<(string Account, string Meter)> touched, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Mark, connection);
        command.Add(NpgsqlDbType.Text, touched.Select(one => one.Account).ToArray());
        command.Add(NpgsqlDbType.Text, touched.Select(one => one.Meter).ToArray());
        command.Add(NpgsqlDbType.Smallint, touched.Select(one => (short)Shards.Of(one.Account)).ToArray());
        var marked = ImmutableArray.CreateBuilder<MarkedLook>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            marked.Add(new MarkedLook(new DueKey(DueTargets.Alerts, reader.GetString(0), DueKind.AlertCheck), reader.GetString(1), reader.GetInstant(2)));
        }

        return marked.DrainToImmutable();
    }

    /// <summary>After the commit: has what stands on test clocks looked at, in this order. The live clock's rows are found by its poll.</summary>
    public void Tell(ImmutableArray<MarkedLook> marked)
    {
        foreach (var one in marked.Where(one => one.Clock != AccountFacts.LiveClock))
        {
            _marked.Writer.TryWrite(one);
        }
    }
}
