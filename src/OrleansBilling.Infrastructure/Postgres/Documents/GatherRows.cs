using Npgsql;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// The row of due work that bills what an account has gathered. Thousands of turns ask for it at one time: where it stands for an
/// instant early enough, they only hold it until their commit, side by side. The turn that bills waits for them, deletes it, and
/// makes it anew where their lines are left, so that no line is without its row.
/// </summary>
internal static class GatherRows
{
    private const string Ask =
        """
        insert into due_work as d (grain_type, grain_key, kind, kind_order, account, clock, shard, due_at, run_at)
        select $5, s.account, $6, $7, s.account, s.clock, s.shard, s.at, s.at
        from unnest($1, $2, $3, $4) as s (account, clock, shard, at)
        where not exists (
            select from due_work w
            where w.grain_type = $5 and w.grain_key = s.account and w.kind = $6 and w.due_at <= s.at and w.quarantined_at is null
            for key share)
        on conflict (grain_type, grain_key, kind) do update
        set due_at = least(d.due_at, excluded.due_at), run_at = excluded.run_at, attempts = 0, quarantined_at = null, last_error = null
        """;

    private const string Delete = "delete from due_work where grain_type = $2 and grain_key = any ($1) and kind = $3";

    private const string Left =
        """
        insert into due_work (grain_type, grain_key, kind, kind_order, account, clock, shard, due_at, run_at)
        select $4, s.account, $5, $6, s.account, s.clock, s.shard, p.at, p.at
        from unnest($1, $2, $3) as s (account, clock, shard)
        cross join lateral (
            select min(p.at) as at from pending_line p where p.account = s.account and p.source = 'gathered') p
        where p.at is not null
        on conflict do nothing
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var asked = turns.SelectMany(turn => turn.Write.Gathers).GroupBy(gather => gather.Account, StringComparer.Ordinal)
            .Select(group => group.MinBy(gather => gather.At)!).OrderBy(gather => gather.Account, StringComparer.Ordinal).ToList();
        if (asked.Count > 0)
        {
            Named(batch.Rows<GatherWrite>(Ask, asked)
                .Text(g => g.Account).Text(g => g.Clock).Short(g => (short)Shards.Of(g.Account)).Time(g => g.At)).Value((short)DueKind.Gather);
        }

        var done = turns.Select(turn => turn.Write.Gathered).OfType<GatherWrite>().DistinctBy(gather => gather.Account)
            .OrderBy(gather => gather.Account, StringComparer.Ordinal).ToList();
        if (done.Count > 0)
        {
            Named(batch.Rows<GatherWrite>(Delete, done).Text(g => g.Account));
            Named(batch.Rows<GatherWrite>(Left, done).Text(g => g.Account).Text(g => g.Clock).Short(g => (short)Shards.Of(g.Account)))
                .Value((short)DueKind.Gather);
        }
    }

    private static RowCommand<GatherWrite> Named(RowCommand<GatherWrite> command) =>
        command.Value(DueTargets.Gathering).Value(Spelling.Of(DueKind.Gather));
}
