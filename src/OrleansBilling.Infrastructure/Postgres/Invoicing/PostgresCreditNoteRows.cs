using System.Collections.Immutable;
using Npgsql;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Invoicing;

/// <summary>Reads credit notes and creditable lines from their rows, each by one round trip.</summary>
public sealed class PostgresCreditNoteRows(BillingDatabase database) : ICreditNoteRows
{
    // Proration credits stand on lines below zero, notes on amounts above it: both are told as what was taken. Credits that
    // wait for an invoice are taken already; their tax will be the line's own in proportion. A credit that waited beside its
    // charge stands on the same document, and names no other.
    private const string Taken =
        """
        select l.credited_line, -l.amount, -l.discount_amount, -l.wallet_amount, l.taxes, true from invoice_line l
        where l.credited_invoice = $1 and not l.voided
        union all
        select l.credited_line, -l.amount, -l.discount_amount, -l.wallet_amount, l.taxes, true from invoice_line l
        where l.invoice = $1 and l.credited_line is not null and l.credited_invoice is null and not l.voided
        union all
        select n.line, n.amount, n.discount_amount, n.wallet_amount, n.taxes, false from credit_note_line n where n.invoice = $1
        union all
        select p.credited_line, -p.amount, -p.discount_amount, -p.wallet_amount, coalesce((
            select jsonb_agg(jsonb_set(t.tax, '{amount}', to_jsonb(round((t.tax ->> 'amount')::numeric * p.amount / l.amount)::bigint)) order by t.place)
            from jsonb_array_elements(l.taxes) with ordinality t (tax, place)), '[]'), true
        from pending_line p join invoice_line l on l.invoice = $1 and l.id = p.credited_line and l.amount <> 0
        where p.source <> 'credit_note'
        """;

    private const string Notes =
        """
        select n.id, n.account, n.invoice, n.currency, n.reason, n.offset_amount, n.refund_amount, n.matched_amount, n.credit_amount,
            n.issued_at, n.number, coalesce((
                select sum(r.amount) from refund r where r.invoice = n.invoice and r.credit_note = n.id and r.status = 'failed'), 0)::bigint
        from credit_note n where n.id = any ($1)
        """;

    private const string Lines =
        """
        select credit_note, line, amount, discount_amount, wallet_amount, tax_amount, taxes, tax_inclusive, explain::text
        from credit_note_line where credit_note = any ($1) order by credit_note, position
        """;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CreditableLine>> LinesAsync(string invoice)
    {
        await using var connection = await database.OpenAsync();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(InvoiceDocumentReads.Lines)
        {
            Parameters = { new() { Value = new[] { invoice } }, new() { Value = 0 }, new() { Value = int.MaxValue } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Taken) { Parameters = { new() { Value = invoice } } });
        await using var reader = await batch.ExecuteReaderAsync();
        var lines = new List<InvoiceLine>();
        while (await reader.ReadAsync())
        {
            lines.Add(InvoiceDocumentReads.Line(reader).Line);
        }

        await reader.NextResultAsync();
        var taken = new Dictionary<string, LineTaken>(StringComparer.Ordinal);
        while (await reader.ReadAsync())
        {
            var line = reader.GetString(0);
            taken[line] = taken.GetValueOrDefault(line, LineTaken.None).And(ReadTaken(reader));
        }

        return lines.ConvertAll(line => new CreditableLine(line, taken.GetValueOrDefault(line.Id, LineTaken.None)));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CreditNoteRecord>> LoadAsync(IReadOnlyCollection<string> notes, CancellationToken cancellation)
    {
        if (notes.Count == 0)
        {
            return [];
        }

        string[] ids = [.. notes];
        await using var connection = await database.OpenAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Lines) { Parameters = { new() { Value = ids } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Notes) { Parameters = { new() { Value = ids } } });
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var lines = new List<(string Note, CreditNoteLine Line)>();
        while (await reader.ReadAsync(cancellation))
        {
            lines.Add((reader.GetString(0), ReadLine(reader)));
        }

        var byNote = lines.ToLookup(static line => line.Note, static line => line.Line, StringComparer.Ordinal);
        await reader.NextResultAsync(cancellation);
        var found = new Dictionary<string, CreditNoteRecord>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellation))
        {
            found.Add(reader.GetString(0), ReadNote(reader, [.. byNote[reader.GetString(0)]]));
        }

        return [.. ids.Where(found.ContainsKey).Select(id => found[id])];
    }

    private static LineTaken ReadTaken(NpgsqlDataReader row)
    {
        var taxes = BillingJson.Read<ImmutableArray<LineTax>>(row.GetString(4));
        return new LineTaken(
            row.GetInt64(1), row.GetInt64(2), row.GetInt64(3),
            row.GetBoolean(5) ? [.. taxes.Select(static tax => tax with { Amount = -tax.Amount })] : taxes);
    }

    private static CreditNoteLine ReadLine(NpgsqlDataReader row) => new(
        row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5),
        BillingJson.Read<ImmutableArray<LineTax>>(row.GetString(6)), row.GetBoolean(7))
    {
        Explain = row.GetText(8) is { } explain ? BillingJson.Read<Explain>(explain) : null,
    };

    private static CreditNoteRecord ReadNote(NpgsqlDataReader row, ImmutableArray<CreditNoteLine> lines) => new(
        new CreditNote(
            row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), lines, row.GetInt64(5), row.GetInt64(6),
            row.GetInt64(7), row.GetInt64(8), row.GetInstant(9)),
        row.GetText(10),
        row.GetInt64(11));
}
