using Npgsql;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Alerts, and what they have told. A firing that another turn has told or ended refuses this one.</summary>
internal static class AlertRows
{
    private const string Alerts =
        """
        insert into alert (id, account, plan, kind, meter, wallet, thresholds, definition, created_at, archived_at)
        select s.id, s.account, s.plan, s.kind, s.meter, s.wallet,
            array(select t.value::numeric from jsonb_array_elements_text(s.definition -> 'thresholds') as t (value)), s.definition, s.created_at, s.archived_at
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) as s (id, account, plan, kind, meter, wallet, definition, created_at, archived_at)
        on conflict (id) do update set definition = excluded.definition, archived_at = excluded.archived_at
        """;

    private const string Firings =
        """
        insert into alert_firing (alert, target, threshold, period_start, period_end, account, recurring, value, triggered_at)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    private const string Recoveries =
        """
        with done as (
            update alert_firing f set recovered_at = s.recovered_at
            from unnest($1, $2, $3, $4, $5) as s (alert, target, threshold, period_start, recovered_at)
            where f.alert = s.alert and f.target = s.target and f.threshold = s.threshold and f.period_start = s.period_start and f.recovered_at is null
            returning 1)
        select turn_expect('alert', $6, (select count(*) from done))
        """;

    public static void Write(NpgsqlBatch batch, List<AlertRow> rows) => batch.Rows(Alerts, rows)
        .Text(r => r.Alert.Id).Text(r => r.Alert.Account).Text(r => r.Alert.Plan).Text(r => Spelling.Of(r.Alert.Kind)).Text(r => r.Alert.Meter)
        .Text(r => r.Alert.Wallet).Json(r => BillingJson.Write(r.Alert)).Time(r => r.Alert.CreatedAt).TimeOrNull(r => r.Alert.ArchivedAt);

    public static void Write(NpgsqlBatch batch, List<AlertFiringRow> rows)
    {
        var begun = rows.FindAll(r => r.Firing.RecoveredAt is null);
        if (begun.Count > 0)
        {
            batch.Rows(Firings, begun)
                .Text(r => r.Firing.Alert).Text(r => r.Firing.Target).Numeric(r => r.Firing.Threshold).Time(r => r.Firing.Period.Start)
                .Time(r => r.Firing.Period.End).Text(r => r.Account).Bool(r => r.Recurring).Numeric(r => r.Firing.Value).Time(r => r.Firing.TriggeredAt);
        }

        var ended = rows.FindAll(r => r.Firing.RecoveredAt is not null);
        if (ended.Count > 0)
        {
            batch.Rows(Recoveries, ended)
                .Text(r => r.Firing.Alert).Text(r => r.Firing.Target).Numeric(r => r.Firing.Threshold).Time(r => r.Firing.Period.Start)
                .TimeOrNull(r => r.Firing.RecoveredAt).Count();
        }
    }
}
