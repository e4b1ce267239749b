using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>States of grains: a first write must find no row, a later one the version that was read.</summary>
internal static class StateRows
{
    private const string Insert =
        """
        with done as (
            insert into grain_state (service_id, grain_type, grain_key, payload, version)
            select service, type, key, payload, 1 from unnest($1, $2, $3, $4) as s (service, type, key, payload)
            on conflict do nothing returning 1)
        select turn_expect('state', $5, (select count(*) from done))
        """;

    private const string Update =
        """
        with done as (
            update grain_state g set payload = s.payload, version = g.version + 1, modified_at = now()
            from unnest($1, $2, $3, $4, $5) as s (service, type, key, payload, version)
            where g.service_id = s.service and g.grain_type = s.type and g.grain_key = s.key and g.version = s.version
            returning 1)
        select turn_expect('state', $6, (select count(*) from done))
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var first = turns.Where(turn => turn.State is { Version: null }).Select(turn => turn.State!)
            .OrderBy(s => s.Type, StringComparer.Ordinal).ThenBy(s => s.Key, StringComparer.Ordinal).ToList();
        if (first.Count > 0)
        {
            batch.Rows<StateRow>(Insert, first).Text(s => s.Service).Text(s => s.Type).Text(s => s.Key).Bytes(s => s.Payload).Count();
        }

        var later = turns.Where(turn => turn.State is { Version: not null }).Select(turn => turn.State!)
            .OrderBy(s => s.Type, StringComparer.Ordinal).ThenBy(s => s.Key, StringComparer.Ordinal).ToList();
        if (later.Count > 0)
        {
            batch.Rows<StateRow>(Update, later)
                .Text(s => s.Service).Text(s => s.Type).Text(s => s.Key).Bytes(s => s.Payload).Int(s => s.Version!.Value).Count();
        }
    }
}
