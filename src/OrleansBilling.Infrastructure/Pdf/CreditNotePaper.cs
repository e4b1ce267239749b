using System.Collections.Immutable;
using System.Globalization;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Infrastructure.Pdf.Paper;

namespace OrleansBilling.Infrastructure.Pdf;

/// <summary>Writes a credit note as a PDF: what it takes back of its invoice, and where the value went.</summary>
public static class CreditNotePaper
{
    /// <summary>The file.</summary>
    /// <param name="record">The credit note.</param>
    /// <param name="invoice">Its invoice with all of its lines.</param>
    /// <param name="seller">In the version that the invoice keeps.</param>
    /// <param name="buyer">As he was when the invoice was issued.</param>
    /// <param name="language">Another language than the buyer's, or null.</param>
    public static byte[] Write(CreditNoteRecord record, InvoiceRecord invoice, LegalEntity seller, Buyer buyer, DocumentLanguage? language = null) =>
        new PaperLayout(Of(record, invoice, seller, language is { } other ? buyer with { Language = other } : buyer)).Write();

    private static PaperDocument Of(CreditNoteRecord record, InvoiceRecord invoice, LegalEntity seller, Buyer buyer)
    {
        var note = record.Note;
        var words = Words.Of(buyer.Language);
        var formats = new PaperFormats(buyer.Language, Currency.Of(note.Currency), invoice.State.TimeZone);
        var billed = invoice.Document.Lines.ToDictionary(line => line.Id, StringComparer.Ordinal);
        var facts = ImmutableArray.CreateBuilder<PaperFact>();
        if (record.Number is { } number)
        {
            facts.Add(new PaperFact(words.CreditNoteNumber, number));
        }

        facts.Add(new PaperFact(words.Issued, formats.Day(note.IssuedAt)));
        facts.Add(new PaperFact(words.OfInvoice, invoice.Document.Number ?? invoice.Document.Id));
        facts.Add(new PaperFact(words.Reason, note.Reason == InvoiceDecider.UsageCorrected ? words.UsageCorrected : note.Reason));
        var taxed = note.Lines.Any(line => !line.Taxes.IsEmpty);
        return new PaperDocument(
            words.CreditNote,
            new PaperBadge(words.Badges.Credited, BadgeKind.Good),
            PaperParties.Seller(seller, buyer.Language),
            words.BillTo,
            PaperParties.Buyer(buyer, words),
            facts.DrainToImmutable(),
            string.Format(CultureInfo.InvariantCulture, words.CreditedOn, formats.Money(note.Total), formats.Day(note.IssuedAt)),
            [words.Description, "", "", taxed ? words.Tax : "", words.Amount],
            [.. note.Lines.Select(line => Row(line, billed[line.Line], words, formats))],
            [.. Sums(record, words, formats)],
            seller.Footer ?? "",
            record.Number is null ? $"{words.CreditNote} · {seller.Name}" : $"{record.Number} · {seller.Name}",
            words.PageOf)
        {
            Language = buyer.Language.ToString().ToLowerInvariant(),
            Id = note.Id,
            Date = PaperParties.Date(note.IssuedAt),
            Size = PaperParties.Size(seller),
        };
    }

    private static PaperRow Row(CreditNoteLine line, InvoiceLine billed, Words words, PaperFormats formats)
    {
        var details = ImmutableArray.CreateBuilder<string>();
        if (formats.Period(billed.Draft.Period) is { } period)
        {
            details.Add(period);
        }

        if (line.DiscountAmount != 0)
        {
            details.Add(string.Format(CultureInfo.InvariantCulture, words.LineDiscount, formats.Money(-line.DiscountAmount)));
        }

        return new PaperRow(
            words.DescriptionOf(billed), details.DrainToImmutable(), "", "",
            string.Join(" + ", line.Taxes.Select(tax => formats.Percentage(tax.Rate.Percentage))), formats.Money(line.Amount));
    }

    private static IEnumerable<PaperSum> Sums(CreditNoteRecord record, Words words, PaperFormats formats)
    {
        var note = record.Note;
        yield return new PaperSum(words.Subtotal, formats.Money(note.Subtotal));
        if (note.DiscountTotal != 0)
        {
            yield return new PaperSum(words.Discount, formats.Money(-note.DiscountTotal));
        }

        if (note.WalletTotal != 0)
        {
            yield return new PaperSum(words.Prepaid, formats.Money(-note.WalletTotal));
        }

        var taxes = PaperTaxes.Of(note.Lines.Select(line => (line.Taxes, line.TaxInclusive, line.Amount - line.DiscountAmount - line.WalletAmount, line.TaxAmount)));
        foreach (var tax in taxes.Where(tax => !tax.Contained))
        {
            yield return tax.Sum(words, formats);
        }

        yield return new PaperSum(words.Total, formats.Money(note.Total), SumKind.Total);
        foreach (var tax in taxes.Where(tax => tax.Contained))
        {
            yield return tax.Sum(words, formats);
        }

        (string Label, long Amount)[] settled =
        [
            (words.Offset, note.Offset), (words.Refunded, note.Refunded + note.Matched - record.FailedRefunds), (words.Credited, note.Credited + record.FailedRefunds),
        ];
        foreach (var (label, amount) in settled.Where(part => part.Amount != 0))
        {
            yield return new PaperSum(label, formats.Money(amount));
        }
    }
}
