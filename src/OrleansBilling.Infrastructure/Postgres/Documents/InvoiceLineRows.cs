using Npgsql;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Lines of invoices issued or voided in these turns.</summary>
internal static class InvoiceLineRows
{
    private const string Sql =
        """
        insert into invoice_line (invoice, id, position, account, subscription, item, kind, plan, price, description, period_start, period_end,
            quantity, unit_amount, amount, discount_amount, tax_amount, tax_inclusive, tax_code, usage_group, credited_line, credited_invoice,
            revision, cause, taxes, proration, explain, discounts, wallet_amount)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
            $25, $26, $27, $28, $29)
        """;

    // Before new lines are written: those of a document that is issued anew take the place of the old ones.
    private const string Void = "update invoice_line set voided = true where invoice = any ($1) and not voided";

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var voided = turns.Gather<InvoiceState>((turn, rows) => rows.AddRange(turn.Write.Documents.InvoiceHeaders.Where(h => h.Status is InvoiceStatus.Void)));
        if (voided.Count > 0)
        {
            voided.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
            batch.Rows<InvoiceState>(Void, voided).Text(h => h.Id);
        }

        var lines = turns.Gather<Row>((turn, rows) =>
        {
            foreach (var invoice in turn.Write.Documents.Invoices)
            {
                for (var i = 0; i < invoice.Lines.Length; i++)
                {
                    // Lines that have waited are copied where they wait: PendingRows.
                    if (!invoice.Lines[i].Draft.HasWaited)
                    {
                        rows.Add(new Row(invoice, invoice.Lines[i], i + 1));
                    }
                }
            }

            // What the issue adds to a draft: the line that rounds it.
            foreach (var (invoice, _, stored) in turn.Write.Documents.Finalized)
            {
                for (var i = stored; i < invoice.Lines.Length; i++)
                {
                    rows.Add(new Row(invoice, invoice.Lines[i], i + 1));
                }
            }
        });
        if (lines.Count == 0)
        {
            return;
        }

        batch.Rows<Row>(Sql, lines)
            .Text(r => r.Invoice.Id).Text(r => r.Line.Id).Int(r => r.Position).Text(r => r.Invoice.Account).Text(r => r.Draft.Subscription)
            .Text(r => r.Draft.Item).Text(r => Spelling.Of(r.Draft.Kind)).Text(r => r.Draft.Plan).Text(r => r.Draft.Price)
            .Text(r => r.Draft.Description).Time(r => r.Draft.Period.Start).Time(r => r.Draft.Period.End).Numeric(r => r.Draft.Quantity)
            .Numeric(r => r.Draft.UnitAmount).Long(r => r.Draft.Amount).Long(r => r.Line.DiscountAmount).Long(r => r.Line.TaxAmount)
            .Bool(r => r.Line.TaxInclusive).Text(r => r.Draft.TaxCode).Text(r => r.Draft.Group).Text(r => r.Draft.CreditedLine)
            .Text(r => r.Draft.CreditedInvoice).Int(r => r.Draft.Revision).Text(r => r.Draft.Cause).Json(r => BillingJson.Write(r.Line.Taxes))
            .Json(r => r.Draft.Proration is { } proration ? BillingJson.Write(proration) : null).Json(r => BillingJson.Write(r.Line.Explain))
            .Json(r => BillingJson.Write(r.Line.Discounts)).Long(r => r.Line.WalletAmount);
    }

    private sealed record Row(Invoice Invoice, InvoiceLine Line, int Position)
    {
        public LineDraft Draft => Line.Draft;
    }
}
