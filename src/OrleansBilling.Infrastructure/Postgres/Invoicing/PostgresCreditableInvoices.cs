using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Documents;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Postgres.Invoicing;

/// <summary>Reads status, remaining amount and credit notes of invoices whose lines may be credited, and what was billed for a period.</summary>
public sealed class PostgresCreditableInvoices(BillingDatabase database) : ICreditableInvoices
{
    // What a credit note is ordered for is taken of its line, and no line.
    private const string Lines =
        """
        select l.invoice, l.id, l.kind, l.item, l.plan, l.period_start, l.period_end, l.amount, l.credited_line
        from invoice_line l where l.subscription = $1 and l.item is not null and not l.voided and l.period_end > $2
        union all
        select null, p.id, p.kind, p.item, p.plan, p.period_start, p.period_end, p.amount, p.credited_line
        from pending_line p where p.subscription = $1 and p.item is not null and p.source <> 'credit_note' and p.period_end > $2
        order by 2
        """;

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, CreditableInvoice>> ReadAsync(IReadOnlyCollection<string> invoices)
    {
        var found = ImmutableDictionary.CreateBuilder<string, CreditableInvoice>(StringComparer.Ordinal);
        if (invoices.Count == 0)
        {
            return found.ToImmutable();
        }

        // Credit that is on its way already is not left to lower a second time.
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            select i.id, i.status, greatest(i.total, 0) - i.credit_applied - i.amount_paid
                - coalesce((select sum(c.amount) from credit_in_transit c where c.invoice = i.id), 0)::bigint, i.version,
                n.lines, n.amounts, n.discounts, i.account, exists (select from wallet_movement m where m.invoice = i.id)
            from invoice i
            cross join lateral (
                select array_agg(t.line) as lines, array_agg(t.amount) as amounts, array_agg(t.discount) as discounts from (
                    select n.line, sum(n.amount)::bigint as amount, sum(n.discount_amount)::bigint as discount from (
                        select n.line, n.amount, n.discount_amount from credit_note_line n where n.invoice = i.id
                        union all
                        -- What a credit note is ordered for is taken already.
                        select p.credited_line, -p.amount, -p.discount_amount from pending_line p where p.credited_invoice = i.id and p.source = 'credit_note') n
                    group by n.line) t) n
            where i.id = any($1)
            """,
            connection)
        {
            Parameters = { new() { Value = invoices.ToArray() } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var status = Enum.Parse<InvoiceStatus>(reader.GetString(1), ignoreCase: true);
            found.Add(reader.GetString(0), new CreditableInvoice(reader.GetString(0), status, Math.Max(reader.GetInt64(2), 0)) 
            {
                Version = reader.GetInt64(3),
                NotesTook = NotesTook(reader),
                Account = reader.GetString(7),
                IsPaidByCredit = reader.GetBoolean(8),
            });
        }

        return found.ToImmutable();
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<EarlierLine>> ReadLinesAsync(string subscription, Instant from)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(Lines, connection);
        command.Add(subscription);
        command.Add(from);
        var lines = ImmutableArray.CreateBuilder<EarlierLine>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            lines.Add(new EarlierLine(
                reader.GetText(0), reader.GetString(1), Spelling.Parse<LineKind>(reader.GetString(2)), reader.GetString(3), reader.GetString(4),
                new Period(reader.GetInstant(5), reader.GetInstant(6)), reader.GetInt64(7), reader.GetText(8)));
        }

        return lines.ToImmutable();
    }

    private static ImmutableDictionary<string, NoteTaken> NotesTook(NpgsqlDataReader row)
    {
        if (row.IsDBNull(4))
        {
            return ImmutableDictionary<string, NoteTaken>.Empty;
        }

        var (amounts, discounts) = (row.GetFieldValue<long[]>(5), row.GetFieldValue<long[]>(6));
        return row.GetFieldValue<string[]>(4).Select((line, i) => KeyValuePair.Create(line, new NoteTaken(amounts[i], discounts[i])))
            .ToImmutableDictionary(StringComparer.Ordinal);
    }
}
