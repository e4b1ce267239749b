using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Wallets;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Wallets;

/// <summary>Reads what prepaid credit has paid of lines, in one round trip.</summary>
public sealed class PostgresPaidLines(TurnDatabase database) : IPaidLines
{
    private const string Parts =
        """
        select m.invoice, m.line, m.grant_id, m.cycle, coalesce(sum(m.paid) filter (where m.paid > 0), 0)::bigint, sum(m.paid)::bigint, -sum(m.amount), -sum(m.value)::bigint
        from wallet_movement m where m.invoice = any ($1)
        group by m.invoice, m.line, m.grant_id, m.cycle order by min(m.seq)
        """;

    // Grants are read after the movements: a turn that came in between has changed a grant, and its condition refuses this one.
    private const string Grants =
        $"""
        select {WalletReads.WalletColumns}, {WalletReads.GrantColumns}
        from wallet_grant g join wallet w on w.id = g.wallet left join invoice i on i.id = g.invoice
        where g.id in (select m.grant_id from wallet_movement m where m.invoice = any ($1))
        """;

    private const string Waiting =
        """
        select p.credited_line, -sum(p.wallet_amount)::bigint from pending_line p
        where p.wallet_amount < 0 and p.credited_line in (select m.line from wallet_movement m where m.invoice = any ($1))
        group by p.credited_line
        """;

    // What has lapsed of it, as breakage; what a credit note took back of the sale is none.
    private const string Sold =
        $"""
        select {WalletReads.WalletColumns}, {WalletReads.GrantColumns}, (
            select coalesce(-sum(m.value), 0)::bigint from wallet_movement m
            where m.grant_id = g.id and m.kind in ('expired', 'voided') and not (m.cause like 'credit\_note:%' and m.cause not like '%:prepaid:%'))
        from wallet_grant g join wallet w on w.id = g.wallet left join invoice i on i.id = g.invoice where g.invoice = any ($1)
        """;

    /// <summary>The grants that invoices sell, by invoice.</summary>
    public async Task<IReadOnlyDictionary<string, PrepaidGrant>> SoldAsync(IReadOnlyCollection<string> invoices)
    {
        if (invoices.Count == 0)
        {
            return ImmutableDictionary<string, PrepaidGrant>.Empty;
        }

        await using var command = database.Source.CreateCommand(Sold);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. invoices], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync();
        return (await WalletReads.ListAsync(reader, WalletReads.Sold)).ToDictionary(static held => held.Grant.Invoice!, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public async Task<PaidLines> ReadAsync(IReadOnlyCollection<string> invoices)
    {
        if (invoices.Count == 0)
        {
            return PaidLines.None;
        }

        string[] ids = [.. invoices];
        await using var batch = database.Source.CreateBatch();
        foreach (var sql in new[] { Parts, Waiting, Grants })
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql)
            {
                Parameters = { new NpgsqlParameter<string[]> { TypedValue = ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text } },
            });
        }

        await using var reader = await batch.ExecuteReaderAsync();
        var parts = await WalletReads.ListAsync(reader, static row => new PaidPart(
            row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetInt64(4), row.GetInt64(5), row.GetDecimal(6), row.GetInt64(7)));
        await reader.NextResultAsync();
        var waiting = await WalletReads.ListAsync(reader, static row => KeyValuePair.Create(row.GetString(0), row.GetInt64(1)));
        await reader.NextResultAsync();
        var grants = await WalletReads.ListAsync(reader, WalletReads.Held);
        return new PaidLines([.. parts], [.. grants]) { Waiting = waiting.ToImmutableDictionary(StringComparer.Ordinal) };
    }
}
