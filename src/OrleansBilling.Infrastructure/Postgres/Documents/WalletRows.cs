using Npgsql;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Metering.Billing;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// Wallets, grants, holds and movements. A grant is written only over the row that the decision saw, or moved by a difference
/// that the row allows; a hold is ended only while it is held: else the turn missed the condition <c>wallet</c>.
/// </summary>
internal static class WalletRows
{
    private const string Wallets =
        """
        insert into wallet (id, account, currency, unit, unit_value, name, priority, applies_to, top_up, metadata, version, created_at)
        select s.id, s.account, s.currency, s.unit, s.unit_value, s.name, s.priority,
            array(select jsonb_array_elements_text(s.applies_to)), s.top_up, s.metadata, s.version, s.created_at
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            as s (id, account, currency, unit, unit_value, name, priority, applies_to, top_up, metadata, version, created_at)
        on conflict (id) do update
        set name = excluded.name, priority = excluded.priority, top_up = excluded.top_up, metadata = excluded.metadata, version = excluded.version
        where wallet.version = excluded.version - 1
        """;

    private const string NewGrants =
        """
        insert into wallet_grant (id, wallet, account, amount, priority, effective_at, expires_at, status, remaining, held, deferred, price,
            invoice, recurrence, rollover, time_zone, cycle, created_at, provisional)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        """;

    // What a move leaves must cover what is held, and nothing stays deferred for nothing. What is provisionally used is moved always, since
    // looks write it beside, and ends with the grant.
    private const string KnownGrants =
        """
        with done as (
            update wallet_grant g
            set status = s.status, cycle = s.cycle,
                remaining = case when s.moves then g.remaining + s.remaining - s.was_remaining else s.remaining end,
                held = case when s.moves then g.held else s.held end,
                deferred = case when s.moves then g.deferred + s.deferred - s.was_deferred else s.deferred end,
                provisional = case when s.status = 'active' then greatest(g.provisional + s.burns, 0) else 0 end,
                usage_turns = case when s.burns <> 0 then g.usage_turns + 1 else g.usage_turns end
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14)
                as s (id, status, remaining, held, deferred, cycle, was_status, was_remaining, was_held, was_deferred, was_cycle, moves, burns)
            where g.id = s.id and g.status = s.was_status and g.cycle = s.was_cycle
                and case when s.moves
                    then g.remaining + s.remaining - s.was_remaining >= g.held and g.deferred + s.deferred - s.was_deferred >= 0
                        and (g.remaining + s.remaining - s.was_remaining > 0 or g.deferred + s.deferred = s.was_deferred)
                    else g.remaining = s.was_remaining and g.held = s.was_held and g.deferred = s.was_deferred end
            returning 1)
        select turn_expect('wallet', $13, (select count(*) from done))
        """;

    private const string RolledOver = "update wallet_grant g set rollover = s.rollover from unnest($1, $2) as s (id, rollover) where g.id = s.id";

    private const string Provisional =
        """
        with done as (
            update wallet_grant g set provisional = s.provisional
            from unnest($1, $2, $3, $4) as s (id, cycle, usage_turns, provisional)
            where g.id = s.id and g.status = 'active' and g.cycle = s.cycle and g.usage_turns = s.usage_turns
            returning 1)
        select turn_expect('wallet', $5, (select count(*) from done))
        """;

    private const string NewHolds =
        """
        insert into wallet_hold (id, wallet, account, amount, pins, status, committed, expires_at, ended_at, created_at)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """;

    private const string EndedHolds =
        """
        with done as (
            update wallet_hold h set status = s.status, committed = s.committed, ended_at = s.ended_at
            from unnest($1, $2, $3, $4) as s (id, status, committed, ended_at)
            where h.id = s.id and h.status = 'held'
            returning 1)
        select turn_expect('wallet', $5, (select count(*) from done))
        """;

    private const string Movements =
        """
        insert into wallet_movement (id, wallet, grant_id, account, kind, amount, value, at, cause, invoice, line, paid, cycle)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var written = turns.Where(turn => !turn.Write.Documents.Wallets.IsEmpty).Select(turn => turn.Write.Documents.Wallets).ToList();
        if (written.Count == 0)
        {
            return;
        }

        WriteWallets(batch, [.. written.SelectMany(documents => documents.Wallets)]);
        WriteGrants(batch, [.. written.SelectMany(documents => documents.Grants)]);
        WriteHolds(batch, [.. written.SelectMany(documents => documents.Holds)]);
        List<WalletMovement> movements = [.. written.SelectMany(documents => documents.Movements)];
        if (movements.Count > 0)
        {
            batch.Rows<WalletMovement>(Movements, movements)
                .Text(m => m.Id).Text(m => m.Wallet).Text(m => m.Grant).Text(m => m.Account).Text(m => Spelling.Of(m.Kind))
                .Numeric(m => m.Amount).Long(m => m.Value).Time(m => m.At).Text(m => m.Cause).Text(m => m.Line?.Invoice)
                .Text(m => m.Line?.Line).LongOrNull(m => m.Line?.Paid).IntOrNull(m => m.Line?.Cycle);
        }
    }

    public static void Write(NpgsqlBatch batch, List<ProvisionalRow> rows) => batch.Rows(Provisional, rows)
        .Text(r => r.Seen.Id).Int(r => r.Seen.Cycle).Int(r => r.Seen.UsageTurns).Numeric(r => r.Amount).Count();

    private static void WriteWallets(NpgsqlBatch batch, List<Wallet> wallets)
    {
        if (wallets.Count > 0)
        {
            wallets.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
            batch.Rows<Wallet>(Wallets, wallets)
                .Text(w => w.Id).Text(w => w.Account).Text(w => w.Currency.Code).Text(w => w.Unit).Numeric(w => w.UnitValue).Text(w => w.Name)
                .Int(w => w.Priority).Json(w => BillingJson.Write(w.AppliesTo)).Json(w => w.TopUp is null ? null : BillingJson.Write(w.TopUp))
                .Json(w => BillingJson.Write(w.Metadata)).Long(w => w.Version).Time(w => w.CreatedAt);
        }
    }

    private static void WriteGrants(NpgsqlBatch batch, List<GrantWrite> writes)
    {
        var fresh = writes.FindAll(write => write.Before is null);
        if (fresh.Count > 0)
        {
            batch.Rows<Grant>(NewGrants, fresh.ConvertAll(write => write.Grant))
                .Text(g => g.Id).Text(g => g.Wallet).Text(g => g.Account).Numeric(g => g.Amount).Int(g => g.Priority).Time(g => g.EffectiveAt)
                .TimeOrNull(g => g.ExpiresAt).Text(g => Spelling.Of(g.Status)).Numeric(g => g.Remaining).Numeric(g => g.Held).Long(g => g.Deferred)
                .LongOrNull(g => g.Price).Text(g => g.Invoice).Json(g => g.Recurrence is null ? null : BillingJson.Write(g.Recurrence))
                .Json(g => g.Rollover is null ? RollsOver(g) : BillingJson.Write(g.Rollover)).Text(g => g.TimeZone).Int(g => g.Cycle).Time(g => g.CreatedAt)
                // Below zero where a reset set it apart in the turn of an invoice that takes more usage of it than a look had seen.
                .Numeric(g => Math.Max(g.Provisional, 0));
        }

        var known = writes.FindAll(write => write.Before is not null);
        if (known.Count > 0)
        {
            known.Sort(static (a, b) => string.CompareOrdinal(a.Grant.Id, b.Grant.Id));
            batch.Rows<GrantWrite>(KnownGrants, known)
                .Text(w => w.Grant.Id).Text(w => Spelling.Of(w.Grant.Status)).Numeric(w => w.Grant.Remaining).Numeric(w => w.Grant.Held)
                .Long(w => w.Grant.Deferred).Int(w => w.Grant.Cycle).Text(w => Spelling.Of(w.Before!.Status)).Numeric(w => w.Before!.Remaining)
                .Numeric(w => w.Before!.Held).Long(w => w.Before!.Deferred).Int(w => w.Before!.Cycle).Bool(w => w.IsMove).Count()
                .Numeric(w => w.Grant.Provisional - w.Before!.Provisional);
        }

        // Under the condition of the grant, which was written before.
        if (known.FindAll(static write => write.Grant.RollsOver != write.Before!.RollsOver) is { Count: > 0 } rolled)
        {
            batch.Rows<GrantWrite>(RolledOver, rolled).Text(w => w.Grant.Id).Json(w => RollsOver(w.Grant));
        }
    }

    /// <summary>A grant that a reset has set apart does not recur: the column says what of its rest rolls over.</summary>
    private static string? RollsOver(Grant grant) => grant.RollsOver is null ? null : BillingJson.Write(grant.RollsOver);

    private static void WriteHolds(NpgsqlBatch batch, List<HoldWrite> writes)
    {
        var fresh = writes.FindAll(write => write.IsNew).ConvertAll(write => write.Hold);
        if (fresh.Count > 0)
        {
            batch.Rows<Hold>(NewHolds, fresh)
                .Text(h => h.Id).Text(h => h.Wallet).Text(h => h.Account).Numeric(h => h.Amount).Json(h => BillingJson.Write(h.Pins))
                .Text(h => Spelling.Of(h.Status)).Numeric(h => h.Committed).Time(h => h.ExpiresAt).TimeOrNull(h => h.EndedAt).Time(h => h.CreatedAt);
        }

        var ended = writes.FindAll(write => !write.IsNew).ConvertAll(write => write.Hold);
        if (ended.Count > 0)
        {
            ended.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
            batch.Rows<Hold>(EndedHolds, ended)
                .Text(h => h.Id).Text(h => Spelling.Of(h.Status)).Numeric(h => h.Committed).TimeOrNull(h => h.EndedAt).Count();
        }

        // Events that it would have paid are due by their price; of periods that were billed meanwhile they are late.
        if (ended.FindAll(hold => hold.Status is not HoldStatus.Committed) is { Count: > 0 } unused)
        {
            batch.Rows<Hold>(UsageRechecks.AskForUnused, unused).One((short)DueKind.UsageLate)
                .Text(h => h.Id).Text(h => h.Account).Time(h => h.CreatedAt).Short(h => (short)Shards.Of(h.Account));
        }
    }
}
