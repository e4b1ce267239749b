using Npgsql;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// Tells the subscriptions of grouped invoices that their collection has changed: a row of due work for each, written where the lines
/// are, since there may be tens of thousands.
/// </summary>
internal static class GroupRows
{
    private const string Tell =
        """
        insert into due_work (grain_type, grain_key, kind, kind_order, account, clock, shard, due_at, run_at)
        select $4, l.subscription, $5, $6, l.account, l.clock, l.shard, l.at, l.at
        from (
            select l.subscription, min(i.account) as account, min(i.clock) as clock, min(s.shard) as shard, max(s.at) as at
            from unnest($1, $2, $3) as s (invoice, shard, at)
            join invoice i on i.id = s.invoice
            join invoice_line l on l.invoice = i.id and l.subscription is not null
            group by l.subscription order by l.subscription) l
        on conflict (grain_type, grain_key, kind) do update
        set account = excluded.account, clock = excluded.clock, shard = excluded.shard, due_at = excluded.due_at, run_at = excluded.run_at,
            attempts = 0, quarantined_at = null, last_error = null
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var told = turns.SelectMany(turn => turn.Write.GroupsChanged, (turn, invoice) => (Invoice: invoice, Account: turn.Write.Account!, turn.Write.At))
            .DistinctBy(row => row.Invoice).OrderBy(row => row.Invoice, StringComparer.Ordinal).ToList();
        if (told.Count > 0)
        {
            batch.Rows(Tell, told).Text(t => t.Invoice).Short(t => (short)Shards.Of(t.Account)).Time(t => t.At)
                .Value(DueTargets.Subscription).Value(Spelling.Of(DueKind.CollectionChanged)).Value((short)DueKind.CollectionChanged);
        }
    }
}
