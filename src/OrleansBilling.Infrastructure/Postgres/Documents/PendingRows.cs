using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// Lines that wait for an invoice. The turn that issues it moves them by one statement: deleted here and copied to
/// <c>invoice_line</c> with the tax of the document, or the turn is refused.
/// </summary>
internal static class PendingRows
{
    private const string Insert =
        """
        insert into pending_line (id, account, currency, source, at, subscription, item, kind, plan, price, description, period_start,
            period_end, quantity, unit_amount, amount, discount_amount, tax_code, usage_group, credited_line, credited_invoice, revision,
            cause, tax_rates, tax_inclusive, proration, explain, created_at, discounts, wallet_amount, uncharged, used_in)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
            $25, $26, $27, $28, $29, $30, $31, $32)
        """;

    private const string Take =
        """
        with taken as (
            delete from pending_line p
            using unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                as s (id, invoice, account, position, tax_amount, is_inclusive, taxes, credited, currency, steps, wallet_amount)
            where p.id = s.id and p.currency = s.currency
            returning s.invoice, p.id, s.position, s.account, p.subscription, p.item, p.kind, p.plan, p.price, p.description, p.period_start,
                p.period_end, p.quantity, p.unit_amount, p.amount, p.discount_amount, s.tax_amount, s.is_inclusive, p.tax_code, p.usage_group,
                p.credited_line, s.credited, p.revision, p.cause, s.taxes, p.proration,
                jsonb_set(p.explain, '{steps}', (p.explain -> 'steps') || s.steps) as explain, p.discounts, s.wallet_amount),
        copied as (
            insert into invoice_line (invoice, id, position, account, subscription, item, kind, plan, price, description, period_start,
                period_end, quantity, unit_amount, amount, discount_amount, tax_amount, tax_inclusive, tax_code, usage_group, credited_line,
                credited_invoice, revision, cause, taxes, proration, explain, discounts, wallet_amount, has_waited)
            select *, true from taken
            returning 1)
        select turn_expect('pending', $12, (select count(*) from copied))
        """;

    private const string Drop =
        """
        with done as (delete from pending_line where id = any ($1) returning 1)
        select turn_expect('pending', $2, (select count(*) from done))
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        WriteTaken(batch, turns);
        var dropped = turns.Gather<string>((turn, rows) => rows.AddRange(turn.Write.Documents.PendingDropped));
        if (dropped.Count > 0)
        {
            dropped.Sort(StringComparer.Ordinal);
            batch.Rows(Drop, dropped).Text(id => id).Count();
        }

        WriteNew(batch, turns);
    }

    private static void WriteTaken(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var taken = turns.Gather<Taken>((turn, rows) =>
        {
            foreach (var invoice in turn.Write.Documents.Invoices)
            {
                for (var i = 0; i < invoice.Lines.Length; i++)
                {
                    if (invoice.Lines[i].Draft.HasWaited)
                    {
                        rows.Add(new Taken(invoice, invoice.Lines[i], i + 1));
                    }
                }
            }
        });
        if (taken.Count == 0)
        {
            return;
        }

        taken.Sort(static (a, b) => string.CompareOrdinal(a.Line.Id, b.Line.Id));
        batch.Rows(Take, taken)
            .Text(t => t.Line.Id).Text(t => t.Invoice.Id).Text(t => t.Invoice.Account).Int(t => t.Position).Long(t => t.Line.TaxAmount)
            .Bool(t => t.Line.TaxInclusive).Json(t => BillingJson.Write(t.Line.Taxes)).Text(t => t.Line.Draft.CreditedInvoice)
            .Text(t => t.Invoice.Facts.Currency.Code).Json(t => BillingJson.Write(t.Steps)).Long(t => t.Line.WalletAmount).Count();
    }

    private static void WriteNew(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var made = turns.Gather<(PendingLine Line, Instant At)>((turn, rows) =>
        {
            foreach (var line in turn.Write.Documents.PendingLines)
            {
                rows.Add((line, turn.Write.At));
            }
        });
        if (made.Count == 0)
        {
            return;
        }

        batch.Rows(Insert, made)
            .Text(m => m.Line.Draft.Id).Text(m => m.Line.Account).Text(m => m.Line.Currency).Text(m => Spelling.Of(m.Line.Source))
            .Time(m => m.Line.At).Text(m => m.Line.Draft.Subscription).Text(m => m.Line.Draft.Item).Text(m => Spelling.Of(m.Line.Draft.Kind))
            .Text(m => m.Line.Draft.Plan).Text(m => m.Line.Draft.Price).Text(m => m.Line.Draft.Description)
            .Time(m => m.Line.Draft.Period.Start).Time(m => m.Line.Draft.Period.End).Numeric(m => m.Line.Draft.Quantity)
            .Numeric(m => m.Line.Draft.UnitAmount).Long(m => m.Line.Draft.Amount).Long(m => m.Line.Draft.CarriedDiscount)
            .Text(m => m.Line.Draft.TaxCode).Text(m => m.Line.Draft.Group).Text(m => m.Line.Draft.CreditedLine)
            .Text(m => m.Line.Draft.CreditedInvoice).Int(m => m.Line.Draft.Revision).Text(m => m.Line.Draft.Cause)
            .Json(m => m.Line.Draft.CarriedTaxRates is { } rates ? BillingJson.Write(rates) : null).BoolOrNull(m => m.Line.Draft.CarriedInclusive)
            .Json(m => m.Line.Draft.Proration is { } proration ? BillingJson.Write(proration) : null)
            .Json(m => BillingJson.Write(m.Line.Draft.Explain)).Time(m => m.At).Json(m => BillingJson.Write(m.Line.Draft.CarriedDiscounts))
            .Long(m => m.Line.Draft.CarriedWallet).Bool(m => m.Line.Uncharged)
            .Json(m => m.Line.Draft.UsedIn.IsEmpty ? null : BillingJson.Write(m.Line.Draft.UsedIn));
    }

    private sealed record Taken(Invoice Invoice, InvoiceLine Line, int Position)
    {
        /// <summary>What the document adds to the explanation: prepaid credit and tax.</summary>
        public IEnumerable<ExplainStep> Steps => Line.Explain.Steps.Skip(Line.Draft.Explain.Steps.Length);
    }
}
