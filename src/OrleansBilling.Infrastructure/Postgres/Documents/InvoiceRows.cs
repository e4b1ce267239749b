using System.Security.Cryptography;
using System.Text;
using Npgsql;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Sellers;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// Invoices issued in these turns: numbered from their accounts' counters, which the batch holds by then, or with a place in
/// the order of issue, where numbers run by seller and are given after the commit.
/// </summary>
internal static class InvoiceRows
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private const string Sql =
        """
        insert into invoice (id, number, account, subscription, currency, time_zone, clock, cause, subtotal, discount_total, wallet_applied,
            tax_total, tax_contained, total, credited, issued_at, due_at, facts_version, status, stage, automatic, dunning_policy,
            credit_applied, paid_at, created_at, legal_entity, legal_entity_version, number_place, held, void_at)
        select s.id, case when s.after >= 0 then s.prefix || '-' || lpad(n.number, greatest(4, length(n.number)), '0') end, s.account,
            s.subscription, s.currency, s.time_zone, s.clock, s.cause, s.subtotal, s.discount_total, s.wallet_applied, s.tax_total, s.tax_contained, s.total, s.credited, s.issued_at,
            s.due_at, s.facts_version, s.status, s.stage, s.automatic, s.dunning_policy, s.credit_applied, s.paid_at, s.issued_at,
            s.legal_entity, s.legal_entity_version, case when s.after < 0 then nextval('invoice_number_place') end, s.held, s.void_at
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
            $27, $28, $29)
            as s (id, prefix, after, account, subscription, currency, time_zone, clock, cause, subtotal, discount_total, wallet_applied,
                tax_total, tax_contained, total, credited, issued_at, due_at, facts_version, status, stage, automatic, dunning_policy,
                credit_applied, paid_at, legal_entity, legal_entity_version, held, void_at)
        join account_balance b on b.account = s.account and b.currency = s.currency
        cross join lateral (select (b.last_invoice_number - s.after)::text as number) n
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var invoices = BalanceRows.Numbered(
            turns,
            static documents => documents.Invoices,
            static invoice => BalanceRows.IsNumberedByAccount(invoice) ? (invoice.Account, invoice.Facts.Currency.Code) : null);
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
            .Text(r => Spelling.Of(IsPaid(r.Invoice) ? InvoiceStatus.Paid : InvoiceStatus.Open)).Text(_ => Spelling.Of(CollectionStage.Current))
            .Bool(r => r.Invoice.Facts.Collection is CollectionMode.Automatic).Text(r => r.Invoice.Facts.DunningPolicy)
            .Long(r => r.Invoice.CreditApplied).TimeOrNull(r => IsPaid(r.Invoice) ? r.Invoice.IssuedAt : null)
            .Text(r => r.Invoice.Seller.Code).Int(r => r.Invoice.Seller.Version)
            .Bool(r => r.Invoice.Collecting.Held).TimeOrNull(r => r.Invoice.Collecting.VoidAt);
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
