using Npgsql;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Sellers;
using OrleansBilling.Infrastructure.Postgres;

namespace OrleansBilling.Infrastructure.Pdf;

/// <summary>Reads what stands on an invoice or a credit note and writes it as a PDF.</summary>
public sealed class InvoicePapers(BillingDatabase database, IInvoiceRows invoices, ICreditNoteRows notes, ILegalEntities sellers)
{
    // The buyer in the version of the account's facts that the invoice was issued by; the account's name where none is kept.
    private const string Buyer =
        """
        select coalesce(
            (select b.buyer::text from account_buyer b where b.account = i.account and b.version <= i.facts_version order by b.version desc limit 1),
            (select jsonb_build_object('name', a.name, 'address', '{}'::jsonb, 'language', 'en')::text from account a where a.id = i.account))
        from invoice i where i.id = $1
        """;

    /// <summary>The file and a name for it; null where there is no such invoice.</summary>
    /// <param name="invoice"><c>inv_...</c></param>
    /// <param name="language">Another language than the buyer's, or null.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async Task<(byte[] File, string Name)?> FindAsync(string invoice, DocumentLanguage? language, CancellationToken cancellation)
    {
        if (await ReadAsync(invoice, cancellation) is not { } read)
        {
            return null;
        }

        return (InvoicePaper.Write(read.Invoice, read.Seller, read.Buyer, language), (read.Invoice.Document.Number ?? invoice) + ".pdf");
    }

    /// <summary>The same of a credit note.</summary>
    /// <param name="note"><c>cn_...</c></param>
    /// <param name="language">Another language than the buyer's, or null.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async Task<(byte[] File, string Name)?> FindCreditNoteAsync(string note, DocumentLanguage? language, CancellationToken cancellation)
    {
        var found = await notes.LoadAsync([note], cancellation);
        if (found.Count == 0 || await ReadAsync(found[0].Note.Invoice, cancellation) is not { } read)
        {
            return null;
        }

        return (CreditNotePaper.Write(found[0], read.Invoice, read.Seller, read.Buyer, language), (found[0].Number ?? note) + ".pdf");
    }

    private async Task<(InvoiceRecord Invoice, LegalEntity Seller, Buyer Buyer)?> ReadAsync(string invoice, CancellationToken cancellation)
    {
        var found = await invoices.LoadAsync([invoice], int.MaxValue, cancellation);
        if (found.Count == 0)
        {
            return null;
        }

        var document = found[0].Document;
        var seller = await sellers.FindAsync(document.LegalEntity, document.LegalEntityVersion)
            ?? throw new InvalidOperationException($"The seller {document.LegalEntity} of {invoice} has no version {document.LegalEntityVersion}.");
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(Buyer, connection) { Parameters = { new() { Value = invoice } } };
        var buyer = BillingJson.Read<Buyer>((string)(await command.ExecuteScalarAsync(cancellation))!);
        return (found[0], seller, buyer);
    }
}
