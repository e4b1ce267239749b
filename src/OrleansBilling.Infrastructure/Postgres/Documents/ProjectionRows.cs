using Npgsql;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Rows that show grains in lists, and account facts.</summary>
internal static class ProjectionRows
{
    private const string Accounts =
        """
        insert into account (id, name, email, external_id, clock, created_at, deleted)
        select * from unnest($1, $2, $3, $4, $5, $6, $7)
        on conflict (id) do update
        set name = excluded.name, email = excluded.email, external_id = excluded.external_id, deleted = excluded.deleted
        """;

    // A row that is ahead of this write belongs to a later turn: the state behind this one is stale.
    private const string Facts =
        """
        with done as (
            insert into account_facts as f (account, version, currency, time_zone, clock, dunning_policy, facts, legal_entity, billed_to)
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (account) do update
            set version = excluded.version, currency = excluded.currency, time_zone = excluded.time_zone, clock = excluded.clock,
                dunning_policy = excluded.dunning_policy, facts = excluded.facts, legal_entity = excluded.legal_entity,
                billed_to = excluded.billed_to
            where f.version < excluded.version
            returning 1)
        select turn_expect('state', $10, (select count(*) from done))
        """;

    private const string Methods =
        """
        insert into payment_method (id, account, gateway, token, is_default, created_at, detached_at)
        select * from unnest($1, $2, $3, $4, $5, $6, $7)
        on conflict (id) do update set is_default = excluded.is_default, detached_at = excluded.detached_at
        """;

    private const string Subscriptions =
        """
        insert into subscription (id, account, external_id, status, plan, plan_version, created_at, payment_method,
            collection_pause, collection_paused_since, collection_paused_until)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (id) do update
        set external_id = excluded.external_id, status = excluded.status, plan = excluded.plan, plan_version = excluded.plan_version,
            payment_method = excluded.payment_method, collection_pause = excluded.collection_pause,
            collection_paused_since = excluded.collection_paused_since, collection_paused_until = excluded.collection_paused_until
        """;

    private const string SetAside =
        """
        insert into set_aside_line (id, account, subscription, clock, item, kind, plan, plan_version, price, quantity,
            period_start, period_end, code, reason, created_at, resolved_at, invoice)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        on conflict (id) do update
        set period_end = excluded.period_end, resolved_at = excluded.resolved_at, invoice = excluded.invoice
        """;

    private const string PlanVersions = "insert into plan_version (code, version, definition, created_at) select * from unnest($1, $2, $3, $4)";

    private const string Plans =
        """
        insert into plan (code, name, latest_version, created_at, archived_at)
        select * from unnest($1, $2, $3, $4, $5)
        on conflict (code) do update
        set name = excluded.name, latest_version = excluded.latest_version, archived_at = excluded.archived_at
        """;

    private const string Policies =
        """
        insert into dunning_policy (code, definition, created_at)
        select * from unnest($1, $2, $3)
        on conflict (code) do update set definition = excluded.definition
        """;

    private const string Meters =
        """
        insert into meter (code, definition, created_at, archived_at)
        select * from unnest($1, $2, $3, $4)
        on conflict (code) do update set archived_at = excluded.archived_at
        """;

    private const string Clocks =
        """
        insert into test_clock (id, name, now, advancing, created_at, deleted)
        select * from unnest($1, $2, $3, $4, $5, $6)
        on conflict (id) do update set now = excluded.now, advancing = excluded.advancing, deleted = excluded.deleted
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var rows = turns.Gather<ProjectionRow>((turn, all) => all.AddRange(turn.Write.Rows));
        if (rows.Count == 0)
        {
            return;
        }

        Each<AccountRow>(rows, r => r.Id, found => batch.Rows(Accounts, found)
            .Text(r => r.Id).Text(r => r.Name).Text(r => r.Email).Text(r => r.ExternalId).Text(r => r.Clock).Time(r => r.CreatedAt).Bool(r => r.Deleted));
        Each<AccountFactsRow>(rows, r => r.Facts.Account, found =>
        {
            batch.Rows(Facts, found)
                .Text(r => r.Facts.Account).Long(r => r.Facts.Version).Text(r => r.Facts.Currency.Code).Text(r => r.Facts.TimeZone)
                .Text(r => r.Facts.Clock).Text(r => r.Facts.DunningPolicy).Json(r => BillingJson.Write(r.Facts)).Text(r => r.Facts.LegalEntity)
                .Text(r => r.Facts.BilledTo).Count();
            ConditionRows.PayersStand(batch, found);
        });
        Each<AccountBuyerRow>(rows, r => r.Account, found => SellerRows.Write(batch, found));
        Each<LegalEntityRow>(rows, r => r.Entity.Code, found => SellerRows.Write(batch, found));
        Each<PaymentMethodRow>(rows, r => r.Id, found => batch.Rows(Methods, found)
            .Text(r => r.Id).Text(r => r.Account).Text(r => r.Gateway).Text(r => r.Token).Bool(r => r.IsDefault).Time(r => r.CreatedAt)
            .TimeOrNull(r => r.DetachedAt));
        Each<SubscriptionRow>(rows, r => r.Id, found => batch.Rows(Subscriptions, found)
            .Text(r => r.Id).Text(r => r.Account).Text(r => r.ExternalId).Text(r => r.Status).Text(r => r.Plan).Int(r => r.PlanVersion)
            .Time(r => r.CreatedAt).Text(r => r.PaymentMethod)
            .Text(r => r.CollectionPause is { } pause ? Spelling.Of(pause.Behavior) : null)
            .TimeOrNull(r => r.CollectionPause?.Since).TimeOrNull(r => r.CollectionPause?.Until));
        Each<SetAsideRow>(rows, r => r.Line.Id, found => batch.Rows(SetAside, found)
            .Text(r => r.Line.Id).Text(r => r.Account).Text(r => r.Subscription).Text(r => r.Clock).Text(r => r.Line.Item).Text(r => Spelling.Of(r.Line.Kind))
            .Text(r => r.Line.Sold.Plan).Int(r => r.Line.Sold.PlanVersion).Text(r => r.Line.Price).Numeric(r => r.Line.Sold.Quantity)
            .Time(r => r.Line.Period.Start).Time(r => r.Line.Period.End).Text(r => r.Line.Why.Code).Text(r => r.Line.Why.Detail)
            .Time(r => r.Line.At).TimeOrNull(r => r.ResolvedAt).Text(r => r.Invoice));
        Each<PlanVersionRow>(rows, r => $"{r.Code}@{r.Version:D9}", found => batch.Rows(PlanVersions, found)
            .Text(r => r.Code).Int(r => r.Version).Json(r => r.DefinitionJson).Time(r => r.CreatedAt));
        Each<PlanRow>(rows, r => r.Code, found => batch.Rows(Plans, found)
            .Text(r => r.Code).Text(r => r.Name).Int(r => r.LatestVersion).Time(r => r.CreatedAt).TimeOrNull(r => r.ArchivedAt));
        Each<DunningPolicyRow>(rows, r => r.Policy.Code, found => batch.Rows(Policies, found)
            .Text(r => r.Policy.Code).Json(r => BillingJson.Write(r.Policy)).Time(r => r.CreatedAt));
        Each<MeterRow>(rows, r => r.Meter.Code, found => batch.Rows(Meters, found)
            .Text(r => r.Meter.Code).Json(r => BillingJson.Write(r.Meter)).Time(r => r.CreatedAt).TimeOrNull(r => r.ArchivedAt));
        Each<AlertRow>(rows, r => r.Alert.Id, found => AlertRows.Write(batch, found));
        Each<AlertFiringRow>(rows, r => $"{r.Firing.Alert}/{r.Firing.Target}/{r.Firing.Threshold}/{r.Firing.Period.Start.ToUnixTimeTicks()}", found => AlertRows.Write(batch, found));
        Each<PlanMigrationRow>(rows, r => r.Id, found => MigrationRows.Write(batch, found));
        Each<MigrationResultRow>(rows, r => $"{r.Migration}/{r.Subscription}", found => MigrationRows.Write(batch, found));
        Each<UsageOwnerRow>(rows, r => $"{r.Account}/{r.Meter}/{r.Subscription}/{r.Since is null}", found => UsageRows.Write(batch, found));
        Each<UsageViewRow>(rows, r => $"{r.Account}/{r.Meter}/{r.View.Name}", found => UsageRows.Write(batch, found));
        Each<UsageClosedRow>(rows, r => $"{r.Subscription}/{r.Closed.Part.Item}/{r.Closed.Part.Span.Start.ToUnixTimeTicks()}/{r.Closed.Outcome}", found => UsageRows.Write(batch, found));
        Each<CommitmentClosedRow>(rows, r => $"{r.Subscription}/{r.Closed.Number:D9}", found => UsageRows.Write(batch, found));
        Each<UsageRecheckRow>(rows, r => $"{r.Subscription}/{r.Item}/{r.SpanStart.ToUnixTimeTicks()}", found => UsageRows.Write(batch, found));
        Each<UsageRecheckedRow>(rows, r => $"{r.Subscription}/{r.Item}/{r.SpanStart.ToUnixTimeTicks()}", found => UsageRows.Write(batch, found));
        Each<ProvisionalRow>(rows, r => r.Seen.Id, found => WalletRows.Write(batch, found));
        Each<TestClockRow>(rows, r => r.Id, found => batch.Rows(Clocks, found)
            .Text(r => r.Id).Text(r => r.Name).Time(r => r.Now).Bool(r => r.Advancing).Time(r => r.CreatedAt).Bool(r => r.Deleted));
    }

    // One turn may write a row more than once (a default method that changes hands): the last one counts.
    private static void Each<T>(List<ProjectionRow> rows, Func<T, string> key, Action<List<T>> write)
        where T : ProjectionRow
    {
        var last = new SortedDictionary<string, T>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            if (row is T found)
            {
                last[key(found)] = found;
            }
        }

        if (last.Count > 0)
        {
            write([.. last.Values]);
        }
    }
}
