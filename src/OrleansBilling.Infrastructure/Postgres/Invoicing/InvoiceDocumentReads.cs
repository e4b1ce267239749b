using System.Collections.Immutable;
using Npgsql;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Documents;

namespace OrleansBilling.Infrastructure.Postgres.Invoicing;

/// <summary>The statements that read issued documents with their lines, and how their rows are understood.</summary>
internal static class InvoiceDocumentReads
{
    public const string Documents =
        """
        select id, number, account, subscription, currency, subtotal, discount_total, wallet_applied, tax_total, tax_contained, total,
            credited, issued_at, due_at, cause, (select count(*) from invoice_line l where l.invoice = i.id),
            legal_entity, legal_entity_version, created_at, case when status = 'draft' then (
                select d.due_at from due_work d where d.grain_type = 'invoice' and d.grain_key = i.id and d.kind = 'finalize') end,
            (select s.account from subscription s where s.id = i.subscription and s.account <> i.account)
        from invoice i where id = any ($1)
        """;

    /// <summary>Lines of each invoice: after so many by the second parameter, so many by the third.</summary>
    public const string Lines =
        """
        select invoice, id, kind, description, period_start, period_end, amount, explain, subscription, item, plan, price, quantity,
            unit_amount, tax_code, usage_group, proration, credited_line, credited_invoice, revision, cause, discount_amount, tax_amount,
            taxes, tax_inclusive, discounts, wallet_amount
        from invoice_line where invoice = any ($1) and position > $2 and position <= $2::bigint + $3 order by invoice, position
        """;

    public const string CollectAt =
        "select grain_key, due_at from due_work where grain_type = 'invoice' and kind = 'collect' and grain_key = any ($1)";

    public static InvoiceDocument Document(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetText(1),
        row.GetString(2),
        row.GetText(3),
        row.GetString(4),
        [],
        (int)row.GetInt64(15),
        new InvoiceTotals(row.GetInt64(5), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.GetInt64(9), row.GetInt64(10)),
        row.GetInt64(11),
        row.GetInstant(12),
        row.GetInstant(13),
        row.GetString(14))
    {
        LegalEntity = row.GetString(16),
        LegalEntityVersion = row.GetInt32(17),
        CreatedAt = row.GetInstant(18),
        FinalizesAt = row.IsDBNull(19) ? null : row.GetInstant(19),
        ForAccount = row.GetText(20),
    };

    public static (string Invoice, InvoiceLine Line) Line(NpgsqlDataReader row)
    {
        var explain = BillingJson.Read<Explain>(row.GetString(7));
        var draft = new LineDraft(
            Spelling.Parse<LineKind>(row.GetString(2)),
            row.GetString(3),
            new Period(row.GetInstant(4), row.GetInstant(5)),
            row.GetInt64(6),
            explain)
        {
            Subscription = row.GetText(8),
            Item = row.GetText(9),
            Plan = row.GetText(10),
            Price = row.GetText(11),
            Quantity = row.IsDBNull(12) ? null : row.GetDecimal(12),
            UnitAmount = row.IsDBNull(13) ? null : row.GetDecimal(13),
            TaxCode = row.GetText(14),
            Group = row.GetString(15),
            Proration = row.GetText(16) is { } proration ? BillingJson.Read<LineProration>(proration) : null,
            CreditedLine = row.GetText(17),
            CreditedInvoice = row.GetText(18),
            Revision = row.GetInt32(19),
            Cause = row.GetText(20),
        };
        var line = new InvoiceLine(
            row.GetString(1),
            draft,
            row.GetInt64(21),
            row.GetInt64(22),
            BillingJson.Read<ImmutableArray<LineTax>>(row.GetString(23)),
            row.GetBoolean(24),
            explain)
        {
            Discounts = BillingJson.Read<ImmutableArray<LineDiscount>>(row.GetString(25)),
            WalletAmount = row.GetInt64(26),
        };
        return (row.GetString(0), line);
    }
}
