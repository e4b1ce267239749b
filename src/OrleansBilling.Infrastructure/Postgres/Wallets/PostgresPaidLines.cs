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
    // Of an invoice that gathers the lines of many subscriptions only those of one, by an index of such lines; of any other all.
    private const string OfSubscription =
        """
        select m.* from invoice i join wallet_movement m on m.invoice = i.id where i.id = any ($1) and i.subscription is not null
        union all
        select m.* from (
            select l.invoice, l.id from invoice i join invoice_line l on l.invoice = i.id
            where i.id = any ($1) and i.subscription is null and l.subscription = $2 and l.has_waited offset 0) l
        cross join lateral (select x.* from wallet_movement x where x.invoice = l.invoice and x.line = l.id offset 0) m
        """;

    private const string OfLines =
        """
        select m.* from unnest($1, $2) as s (invoice, line)
        cross join lateral (select x.* from wallet_movement x where x.invoice = s.invoice and x.line = s.line offset 0) m
        """;

    private const string OfInvoices = "select m.* from wallet_movement m where m.invoice = any ($1)";

    internal static readonly Statements BySubscription = new(OfSubscription), ByLine = new(OfLines), ByInvoice = new(OfInvoices);

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

    /// <summary>What was paid of all lines of invoices: the invoice itself may give all of it back.</summary>
    public Task<PaidLines> ReadAllAsync(IReadOnlyCollection<string> invoices) => invoices.Count == 0
        ? Task.FromResult(PaidLines.None)
        : ReadAsync(ByInvoice, Texts(invoices));

    /// <inheritdoc/>
    public Task<PaidLines> ReadAsync(IReadOnlyCollection<string> invoices, string subscription) => invoices.Count == 0
        ? Task.FromResult(PaidLines.None)
        : ReadAsync(BySubscription, Texts(invoices), new NpgsqlParameter<string> { TypedValue = subscription });

    /// <inheritdoc/>
    public Task<PaidLines> ReadLinesAsync(IReadOnlyCollection<(string Invoice, string Line)> lines) => lines.Count == 0
        ? Task.FromResult(PaidLines.None)
        : ReadAsync(ByLine, Texts(lines.Select(static line => line.Invoice)), Texts(lines.Select(static line => line.Line)));

    private async Task<PaidLines> ReadAsync(Statements statements, params NpgsqlParameter[] which)
    {
        await using var batch = database.Source.CreateBatch();
        foreach (var sql in new[] { statements.Parts, statements.Waiting, statements.Grants })
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var parameter in which)
            {
                command.Parameters.Add(parameter.Clone());
            }

            batch.BatchCommands.Add(command);
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

    private static NpgsqlParameter<string[]> Texts(IEnumerable<string> values) =>
        new() { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    /// <summary>What is read of movements.</summary>
    /// <param name="Movements">The movements of the lines that are wanted.</param>
    internal sealed record Statements(string Movements)
    {
        public string Parts { get; } =
            $"""
            select m.invoice, m.line, m.grant_id, m.cycle, coalesce(sum(m.paid) filter (where m.paid > 0), 0)::bigint, sum(m.paid)::bigint, -sum(m.amount), -sum(m.value)::bigint
            from ({Movements}) m
            group by m.invoice, m.line, m.grant_id, m.cycle order by min(m.seq)
            """;

        // Grants are read after the movements: a turn that came in between has changed a grant, and its condition refuses this one.
        public string Grants { get; } =
            $"""
            select {WalletReads.WalletColumns}, {WalletReads.GrantColumns}
            from wallet_grant g join wallet w on w.id = g.wallet left join invoice i on i.id = g.invoice
            where g.id in (select m.grant_id from ({Movements}) m)
            """;

        public string Waiting { get; } =
            $"""
            select p.credited_line, -sum(p.wallet_amount)::bigint from (select distinct m.line from ({Movements}) m) l
            cross join lateral (select x.* from pending_line x where x.credited_line = l.line and x.wallet_amount < 0 offset 0) p
            group by p.credited_line
            """;
    }
}
