using Npgsql;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// Rows of due work: written anew with their count of tries at nought, or deleted. Late usage that waits for a person keeps its tries and its
/// reason: what is written asks for a further look, and has mended nothing. It is tried once, and waits again where that fails.
/// </summary>
internal static class DueRows
{
    private const string Upsert =
        """
        insert into due_work (grain_type, grain_key, kind, kind_order, account, clock, shard, due_at, run_at)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (grain_type, grain_key, kind) do update
        set account = excluded.account, clock = excluded.clock, shard = excluded.shard, due_at = excluded.due_at, run_at = excluded.run_at,
            attempts = case when due_work.kind = 'usage_late' and due_work.quarantined_at is not null then due_work.attempts else 0 end,
            last_error = case when due_work.kind = 'usage_late' and due_work.quarantined_at is not null then due_work.last_error end,
            quarantined_at = null
        """;

    private const string Delete =
        $"""
        delete from due_work d using unnest($1, $2, $3, $4) as s (grain_type, grain_key, kind, mark)
        where d.grain_type = s.grain_type and d.grain_key = s.grain_key and d.kind = s.kind
          and (s.mark is null or s.mark = {Mark})
        """;

    /// <summary>The mark of a row <c>d</c>, which every write of it changes: the transaction that wrote it.</summary>
    public const string Mark = "d.xmin::text";

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        // Of two writes of one row in one turn the last counts.
        var last = new Dictionary<DueKey, DueWrite>();
        foreach (var turn in turns)
        {
            foreach (var due in turn.Write.Due)
            {
                last[due.Key] = due;
            }
        }

        var sorted = last.Values.OrderBy(d => d.Key.GrainType, StringComparer.Ordinal).ThenBy(d => d.Key.GrainKey, StringComparer.Ordinal)
            .ThenBy(d => d.Key.Kind).ToList();
        var gone = sorted.FindAll(d => d.DueAt is null);
        if (gone.Count > 0)
        {
            batch.Rows<DueWrite>(Delete, gone).Text(d => d.Key.GrainType).Text(d => d.Key.GrainKey).Text(d => Spelling.Of(d.Key.Kind))
                .Text(d => d.OnlyAs?.Mark);
        }

        var kept = sorted.FindAll(d => d.DueAt is not null);
        if (kept.Count > 0)
        {
            batch.Rows<DueWrite>(Upsert, kept)
                .Text(d => d.Key.GrainType).Text(d => d.Key.GrainKey).Text(d => Spelling.Of(d.Key.Kind)).Short(d => (short)d.Key.Kind)
                .Text(d => d.Account).Text(d => d.Clock).Short(d => (short)Shards.Of(d.Account)).Time(d => d.DueAt!.Value)
                .Time(d => d.RunAt ?? d.DueAt!.Value);
        }
    }
}
