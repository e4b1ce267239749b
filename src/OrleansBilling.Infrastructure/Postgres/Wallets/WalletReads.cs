using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Alerts;
using OrleansBilling.Infrastructure.Postgres.Documents;

namespace OrleansBilling.Infrastructure.Postgres.Wallets;

/// <summary>The statements that read wallets, and how their rows are understood.</summary>
internal static class WalletReads
{
    public const string WalletColumns = "w.id, w.account, w.currency, w.created_at, w.unit, w.unit_value, w.name, w.priority, w.applies_to, w.top_up, w.metadata, w.version";

    public const string GrantColumns =
        """
        g.id, g.wallet, g.account, g.amount, g.priority, g.effective_at, g.expires_at, g.created_at, g.status, g.remaining, g.held, g.deferred,
        g.price, g.invoice, i.status, g.recurrence, g.rollover, g.time_zone, g.cycle,
        g.provisional, g.usage_turns, i.cause
        """;

    private const string HoldColumns = "h.id, h.wallet, h.account, h.amount, h.pins, h.created_at, h.expires_at, h.status, h.committed, h.ended_at";

    // With the thresholds of the alerts that watch it, and the facts of its account: a hold reads this each time.
    public static readonly string Wallets =
        $"""
        select {WalletColumns}, array(
            select t from alert a, unnest(a.thresholds) as t
            where a.account = w.account and a.archived_at is null and a.kind = 'balance' and (a.wallet is null or a.wallet = w.id)
            union
            select t from {LivePlans.Of("w.account")} p cross join lateral (
                select a.thresholds from alert a where a.plan = p.plan and a.archived_at is null and a.kind = 'balance' offset 0) b, unnest(b.thresholds) as t), f.facts
        from wallet w join account_facts f on f.account = w.account where w.id = any ($1)
        """;

    public const string LivingGrants =
        $"select {GrantColumns} from wallet_grant g left join invoice i on i.id = g.invoice where g.wallet = any ($1) and g.living order by g.created_at, g.id";

    /// <summary>Per asker (wallet, now, named hold): holds that have run out, and the named one.</summary>
    public const string Holds =
        $"""
        select {HoldColumns}, s.asker
        from unnest($1, $2, $3) with ordinality as s (wallet, now, named, asker)
        join lateral (
            select * from wallet_hold r where r.wallet = s.wallet and r.status = 'held' and r.expires_at <= s.now
            union
            select * from wallet_hold n where n.id = s.named and n.wallet = s.wallet) h on true
        order by h.expires_at, h.id
        """;

    /// <summary>Per asker: when the earliest hold that the other statement leaves out runs out.</summary>
    public const string NextHold =
        """
        select s.asker, h.expires_at
        from unnest($1, $2, $3) with ordinality as s (wallet, now, named, asker)
        join lateral (
            select r.expires_at from wallet_hold r
            where r.wallet = s.wallet and r.status = 'held' and r.expires_at > s.now and (s.named is null or r.id <> s.named)
            order by r.expires_at limit 1) h on true
        """;

    /// <summary>
    /// Per asker (wallet, now): grants that have expired, or recur, while usage of their time is not billed: a subscription of the
    /// account, or of one that is billed to it, prices a meter since before the end of the grant and has closed no span up to it, or
    /// its line waits for an invoice.
    /// </summary>
    public const string AwaitUsage =
        """
        select s.asker, g.id
        from unnest($1, $2) with ordinality as s (wallet, now, asker)
        join wallet_grant g on g.wallet = s.wallet and g.living and g.status = 'active' and (g.expires_at <= s.now or g.recurrence is not null)
        cross join lateral (select least(g.expires_at, s.now) as until) e
        where exists (
            select from (select g.account as id union all select f.account from account_facts f where f.billed_to = g.account) a
            where exists (
                select from usage_owner o
                where o.account = a.id and o.since < e.until and coalesce(o.until, 'infinity') > greatest(g.effective_at, o.since)
                    and not exists (
                        select from usage_closed c
                        where c.account = o.account and c.meter = o.meter and c.subscription = o.subscription
                            and c.span_end >= least(e.until, coalesce(o.until, 'infinity'))))
            or exists (select from pending_line p where p.account = a.id and p.kind = 'usage' and p.source <> 'credit_note' and p.period_start < e.until))
        """;

    /// <summary>What accounts may use on invoices: living grants that are no longer, or never were, for sale.</summary>
    public static readonly string OfAccounts =
        $"""
        with watched as materialized (
            select a.account, a.wallet from alert a where a.account = any ($1) and a.archived_at is null and a.kind = 'balance'
            union all
            select t.account, null from unnest($1) as t (account)
            where exists (
                select from {LivePlans.Of("t.account")} p cross join lateral (
                    select from alert a where a.plan = p.plan and a.archived_at is null and a.kind = 'balance' limit 1) b))
        select {WalletColumns}, {GrantColumns}, exists (select from watched t where t.account = g.account and (t.wallet is null or t.wallet = w.id))
        from wallet_grant g join wallet w on w.id = g.wallet left join invoice i on i.id = g.invoice
        where g.account = any ($1) and g.living and g.status = 'active'
        """;

    public const string List = $"select {WalletColumns} from wallet w join account a on a.id = w.account";

    public const string Grants = $"select {GrantColumns} from wallet_grant g left join invoice i on i.id = g.invoice";

    public const string HoldList = $"select {HoldColumns} from wallet_hold h";

    public static Wallet Wallet(NpgsqlDataReader row) => new(row.GetString(0), row.GetString(1), Currency.Of(row.GetString(2)), row.GetInstant(3))
    {
        Unit = row.GetText(4),
        UnitValue = row.GetDecimal(5),
        Name = row.GetText(6),
        Priority = row.GetInt32(7),
        AppliesTo = [.. row.GetFieldValue<string[]>(8)],
        TopUp = row.GetText(9) is { } topUp ? BillingJson.Read<TopUp>(topUp) : null,
        Metadata = BillingJson.Read<ImmutableSortedDictionary<string, string>>(row.GetString(10)),
        Version = row.GetInt64(11),
    };

    public static Grant Grant(NpgsqlDataReader row) => Grant(row, 0);

    /// <summary>A grant with its wallet: the columns of the wallet, then those of the grant.</summary>
    public static PrepaidGrant Held(NpgsqlDataReader row) => new(Wallet(row), Grant(row, 12));

    /// <summary>The same with whether an alert watches the wallet, as <see cref="OfAccounts"/> gives it.</summary>
    public static PrepaidGrant Watched(NpgsqlDataReader row) => Held(row) with { IsWatched = row.GetBoolean(34) };

    /// <summary>The same with what has lapsed of a sold grant.</summary>
    public static PrepaidGrant Sold(NpgsqlDataReader row) => Held(row) with { Lapsed = row.GetInt64(34) };

    private static Grant Grant(NpgsqlDataReader row, int first) => new(
        row.GetString(first), row.GetString(first + 1), row.GetString(first + 2), row.GetDecimal(first + 3), row.GetInt32(first + 4),
        row.GetInstant(first + 5), Moment(row, first + 6), row.GetInstant(first + 7))
    {
        Status = Spelling.Parse<GrantStatus>(row.GetString(first + 8)),
        Remaining = row.GetDecimal(first + 9),
        Held = row.GetDecimal(first + 10),
        Deferred = row.GetInt64(first + 11),
        Price = row.IsDBNull(first + 12) ? null : row.GetInt64(first + 12),
        Invoice = row.GetText(first + 13),
        Sale = row.GetText(first + 14) is { } sale ? Spelling.Parse<InvoiceStatus>(sale) : null,
        Recurrence = row.GetText(first + 15) is { } recurrence ? BillingJson.Read<BillingInterval>(recurrence) : null,
        // One that does not recur was set apart by a reset: what of its rest rolls over.
        Rollover = !row.IsDBNull(first + 15) && row.GetText(first + 16) is { } rollover ? BillingJson.Read<Rollover>(rollover) : null,
        RollsOver = row.IsDBNull(first + 15) && row.GetText(first + 16) is { } rolls ? BillingJson.Read<RolledOver>(rolls) : null,
        TimeZone = row.GetString(first + 17),
        Cycle = row.GetInt32(first + 18),
        Provisional = row.GetDecimal(first + 19),
        UsageTurns = row.GetInt32(first + 20),
        IsTopUp = row.GetText(first + 21) is TopUp.InvoiceCause,
    };

    public static Hold Hold(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetDecimal(3), BillingJson.Read<ImmutableArray<Pin>>(row.GetString(4)),
        row.GetInstant(5), row.GetInstant(6))
    {
        Status = Spelling.Parse<HoldStatus>(row.GetString(7)),
        Committed = row.GetDecimal(8),
        EndedAt = Moment(row, 9),
    };

    public static WalletMovement Movement(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), Spelling.Parse<MovementKind>(row.GetString(4)), row.GetDecimal(5),
        row.GetInt64(6), row.GetInstant(7), row.GetString(8))
    {
        Line = row.GetText(9) is { } invoice ? new LineUse(invoice, row.GetString(10), row.GetInt64(11), row.GetInt32(12)) : null,
    };

    public static async Task<List<T>> ListAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static Instant? Moment(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInstant(column);
}
