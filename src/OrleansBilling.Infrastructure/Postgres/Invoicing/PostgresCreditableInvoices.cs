using System.Collections.Immutable;
using Npgsql;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Grains.Invoicing;

namespace OrleansBilling.Infrastructure.Postgres.Invoicing;

/// <summary>Reads status and remaining amount of invoices whose lines may be credited.</summary>
public sealed class PostgresCreditableInvoices(BillingDatabase database) : ICreditableInvoices
{
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
                - coalesce((select sum(c.amount) from credit_in_transit c where c.invoice = i.id), 0)::bigint, i.version
            from invoice i where i.id = any($1)
            """,
            connection)
        {
            Parameters = { new() { Value = invoices.ToArray() } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var status = Enum.Parse<InvoiceStatus>(reader.GetString(1), ignoreCase: true);
            found.Add(reader.GetString(0), new CreditableInvoice(reader.GetString(0), status, Math.Max(reader.GetInt64(2), 0)) { Version = reader.GetInt64(3) });
        }

        return found.ToImmutable();
    }
}
