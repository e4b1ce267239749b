using System.Security.Cryptography;
using System.Text;
using Npgsql;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Sellers;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// Invoices issued, drafted and finalised in these turns: numbered from their accounts' counters, which the batch holds by then, or with
/// a place in the order of issue, where numbers run by seller and are given after the commit. A draft has neither.
/// </summary>
internal static class InvoiceRows
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private const string Sql =
        """
        insert into invoice (id, number, account, subscription, currency, time_zone, clock, cause, subtotal, discount_total, wallet_applied,
            tax_total, tax_contained, total, credited, issued_at, due_at, facts_version, status, stage, automatic, dunning_policy,
            credit_applied, paid_at, created_at, legal_entity, legal_entity_version, number_place, held, void_at)
        select s.id, case when s.after >= 0 and s.status <> 'draft' then s.prefix || '-' || lpad(n.number, greatest(4, length(n.number)), '0') end,
            s.account, s.subscription, s.currency, s.time_zone, s.clock, s.cause, s.subtotal, s.discount_total, s.wallet_applied, s.tax_total,
            s.tax_contained, s.total, s.credited, s.issued_at,
            s.due_at, s.facts_version, s.status, s.stage, s.automatic, s.dunning_policy, s.credit_applied, s.paid_at, s.issued_at,
            s.legal_entity, s.legal_entity_version, case when s.after < 0 and s.status <> 'draft' then nextval('invoice_number_place') end,
            s.held, s.void_at
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
            $27, $28, $29)
            as s (id, prefix, after, account, subscription, currency, time_zone, clock, cause, subtotal, discount_total, wallet_applied,
                tax_total, tax_contained, total, credited, issued_at, due_at, facts_version, status, stage, automatic, dunning_policy,
                credit_applied, paid_at, legal_entity, legal_entity_version, held, void_at)
        join account_balance b on b.account = s.account and b.currency = s.currency
        cross join lateral (select (b.last_invoice_number - s.after)::text as number) n
        """;

    private const string Finalized =
        """
        with done as (
            update invoice i
            set number = case when s.after >= 0 then s.prefix || '-' || lpad(n.number, greatest(4, length(n.number)), '0') end,
                number_place = case when s.after < 0 then nextval('invoice_number_place') end, subtotal = s.subtotal, total = s.total,
                time_zone = s.time_zone, issued_at = s.issued_at, due_at = s.due_at, facts_version = s.facts_version, status = s.status, automatic = s.automatic,
                dunning_policy = s.dunning_policy, credit_applied = s.credit_applied, paid_at = s.paid_at, legal_entity = s.legal_entity,
                legal_entity_version = s.legal_entity_version, held = s.held, version = s.version + 1
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
                as s (id, version, prefix, after, account, currency, time_zone, issued_at, due_at, facts_version, status, automatic,
                    dunning_policy, credit_applied, paid_at, legal_entity, legal_entity_version, subtotal, total, held)
            join account_balance b on b.account = s.account and b.currency = s.currency
            cross join lateral (select (b.last_invoice_number - s.after)::text as number) n
            where i.id = s.id and i.version = s.version and i.status = 'draft'
            returning 1)
        select turn_expect('state', $21, (select count(*) from done))
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var after = Numbered(turns);
        WriteFinalized(batch, turns, after);
        var invoices = turns.Gather<(Invoice Invoice, int After)>((turn, rows) =>
            rows.AddRange(turn.Write.Documents.Invoices.Select(invoice => (invoice, after.GetValueOrDefault(invoice.Id)))));
        if (invoices.Count == 0)
        {
            return;
        }

        batch.Rows<(Invoice Invoice, int After)>(Sql, invoices)
            .Text(r => r.Invoice.Id).Text(r => PrefixOf(r.Invoice)).Int(r => r.After).Text(r => r.Invoice.Account)
            .Text(r => r.Invoice.Subscription).Text(r => r.Invoice.Facts.Currency.Code).Text(r => r.Invoice.Facts.TimeZone)
            .Text(r => r.Invoice.Facts.Clock).Text(r => r.Invoice.Cause).Long(r => r.Invoice.Totals.Subtotal)
            .Long(r => r.Invoice.Totals.DiscountTotal).Long(r => r.Invoice.Totals.WalletApplied).Long(r => r.Invoice.Totals.TaxTotal)
            .Long(r => r.Invoice.Totals.TaxContained).Long(r => r.Invoice.Totals.Total).Long(r => r.Invoice.Credited)
            .Time(r => r.Invoice.IssuedAt).Time(r => r.Invoice.DueAt).Long(r => r.Invoice.Facts.Version)
            .Text(r => Spelling.Of(InvoiceIssue.StatusOf(r.Invoice))).Text(_ => Spelling.Of(CollectionStage.Current))
            .Bool(r => r.Invoice.Facts.Collection is CollectionMode.Automatic).Text(r => r.Invoice.Facts.DunningPolicy)
            .Long(r => r.Invoice.CreditApplied).TimeOrNull(r => IsPaid(r.Invoice) ? r.Invoice.IssuedAt : null)
            .Text(r => r.Invoice.Seller.Code).Int(r => r.Invoice.Seller.Version)
            .Bool(r => r.Invoice.Collecting.Held).TimeOrNull(r => r.Invoice.Collecting.VoidAt);
    }

    /// <summary>How many numbers of its account come after each document's in this batch; drafts take none.</summary>
    private static Dictionary<string, int> Numbered(IReadOnlyList<TurnRows> turns) => BalanceRows
        .Numbered(
            turns,
            static documents => documents.Invoices.Where(static invoice => invoice.Draft is null).Concat(documents.Finalized.Select(static draft => draft.Invoice)),
            static invoice => BalanceRows.IsNumberedByAccount(invoice) ? (invoice.Account, invoice.Facts.Currency.Code) : null)
        .ToDictionary(static row => row.Document.Id, static row => row.After, StringComparer.Ordinal);

    private static void WriteFinalized(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns, Dictionary<string, int> after)
    {
        var drafts = turns.Gather<FinalizedDraft>((turn, rows) => rows.AddRange(turn.Write.Documents.Finalized));
        if (drafts.Count == 0)
        {
            return;
        }

        drafts.Sort(static (a, b) => string.CompareOrdinal(a.Invoice.Id, b.Invoice.Id));
        batch.Rows<FinalizedDraft>(Finalized, drafts)
            .Text(d => d.Invoice.Id).Long(d => d.Version).Text(d => PrefixOf(d.Invoice)).Int(d => after[d.Invoice.Id]).Text(d => d.Invoice.Account)
            .Text(d => d.Invoice.Facts.Currency.Code).Text(d => d.Invoice.Facts.TimeZone).Time(d => d.Invoice.IssuedAt).Time(d => d.Invoice.DueAt)
            .Long(d => d.Invoice.Facts.Version).Text(d => Spelling.Of(InvoiceIssue.StatusOf(d.Invoice)))
            .Bool(d => d.Invoice.Facts.Collection is CollectionMode.Automatic).Text(d => d.Invoice.Facts.DunningPolicy)
            .Long(d => d.Invoice.CreditApplied).TimeOrNull(d => IsPaid(d.Invoice) ? d.Invoice.IssuedAt : null)
            .Text(d => d.Invoice.Seller.Code).Int(d => d.Invoice.Seller.Version).Long(d => d.Invoice.Totals.Subtotal)
            .Long(d => d.Invoice.Totals.Total).Bool(d => d.Invoice.Collecting.Held).Count();
    }

    /// <summary>The seller's prefix, then the account's own: <c>ACME-75G9GJXS</c>.</summary>
    private static string PrefixOf(Invoice invoice)
    {
        var own = PrefixOf(invoice.Account);
        return DocumentNumbers.Joined(invoice.Seller.Numbering.Prefix, own);
    }

    /// <summary>Eight letters and digits of an account's invoice numbers, from a hash of its id.</summary>
    internal static string PrefixOf(string account)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(account), hash);
        Span<char> letters = stackalloc char[8];
        for (var i = 0; i < letters.Length; i++)
        {
            letters[i] = Alphabet[hash[i] & 31];
        }

        return new string(letters);
    }

    // A document with nothing due is issued and paid at once (rules.md, "Invoices").
    private static bool IsPaid(Invoice invoice) => invoice.AmountDue == 0;
}
