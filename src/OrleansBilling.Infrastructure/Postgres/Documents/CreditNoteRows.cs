using Npgsql;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// Credit notes issued in these turns, with the seller of their invoice: numbered from their accounts' counters, which the batch
/// holds by then, or with a place in the order of issue where numbers run by seller.
/// </summary>
internal static class CreditNoteRows
{
    private const string Notes =
        """
        insert into credit_note (id, number, account, invoice, currency, reason, subtotal, discount_total, wallet_total, tax_total,
            tax_contained, total, offset_amount, refund_amount, matched_amount, credit_amount, issued_at, created_at, legal_entity,
            legal_entity_version, number_place)
        select s.id,
            case when v.scope = 'account' then v.prefix || case when v.prefix ~ '[A-Za-z0-9]$' then '-' else '' end
                || s.prefix || '-CN-' || lpad(n.number, greatest(4, length(n.number)), '0') end, s.account, s.invoice, s.currency, s.reason,
            s.subtotal, s.discount_total, s.wallet_total, s.tax_total, s.tax_contained, s.total, s.offset_amount, s.refund_amount,
            s.matched_amount, s.credit_amount, s.issued_at, s.issued_at, i.legal_entity, i.legal_entity_version,
            case when v.scope = 'entity' then nextval('invoice_number_place') end
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
            as s (id, prefix, after, account, invoice, currency, reason, subtotal, discount_total, wallet_total, tax_total, tax_contained,
                total, offset_amount, refund_amount, matched_amount, credit_amount, issued_at)
        join account_balance b on b.account = s.account and b.currency = s.currency
        join invoice i on i.id = s.invoice
        left join legal_entity_version e on e.code = i.legal_entity and e.version = i.legal_entity_version
        cross join lateral (select coalesce(e.definition -> 'numbering' ->> 'scope', 'account') as scope,
            coalesce(e.definition -> 'numbering' ->> 'prefix', '') as prefix) v
        cross join lateral (select (b.last_credit_note_number - s.after)::text as number) n
        """;

    private const string Lines =
        """
        insert into credit_note_line (credit_note, line, position, invoice, account, amount, discount_amount, wallet_amount, tax_amount,
            tax_inclusive, taxes, explain)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var notes = BalanceRows.Numbered(
            turns, static documents => documents.CreditNotes, static note => (note.Account, note.Currency));
        if (notes.Count == 0)
        {
            return;
        }

        batch.Rows<(CreditNote Note, int After)>(Notes, notes)
            .Text(r => r.Note.Id).Text(r => InvoiceRows.PrefixOf(r.Note.Account)).Int(r => r.After).Text(r => r.Note.Account)
            .Text(r => r.Note.Invoice).Text(r => r.Note.Currency).Text(r => r.Note.Reason).Long(r => r.Note.Subtotal)
            .Long(r => r.Note.DiscountTotal).Long(r => r.Note.WalletTotal).Long(r => r.Note.TaxTotal).Long(r => r.Note.TaxContained)
            .Long(r => r.Note.Total).Long(r => r.Note.Offset).Long(r => r.Note.Refunded).Long(r => r.Note.Matched)
            .Long(r => r.Note.Credited).Time(r => r.Note.IssuedAt);
        var lines = notes.SelectMany(static row => row.Document.Lines.Select((line, index) => new Row(row.Document, line, index + 1))).ToList();
        batch.Rows<Row>(Lines, lines)
            .Text(r => r.Note.Id).Text(r => r.Line.Line).Int(r => r.Position).Text(r => r.Note.Invoice).Text(r => r.Note.Account)
            .Long(r => r.Line.Amount).Long(r => r.Line.DiscountAmount).Long(r => r.Line.WalletAmount).Long(r => r.Line.TaxAmount)
            .Bool(r => r.Line.TaxInclusive).Json(r => BillingJson.Write(r.Line.Taxes))
            .Json(r => r.Line.Explain is { } explain ? BillingJson.Write(explain) : null);
    }

    private sealed record Row(CreditNote Note, CreditNoteLine Line, int Position);
}
