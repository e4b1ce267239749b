using System.Collections.Immutable;
using System.Globalization;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Infrastructure.Pdf.Paper;

namespace OrleansBilling.Infrastructure.Pdf;

/// <summary>
/// Writes an invoice as a PDF, from what is kept of it: the document, how it stands, the seller in the version of the
/// document, and the buyer as he was. Derived at each asking and never stored, so that it cannot fail for good.
/// </summary>
public static class InvoicePaper
{
    /// <summary>The file.</summary>
    /// <param name="record">The invoice with all of its lines.</param>
    /// <param name="seller">In the version that the invoice keeps.</param>
    /// <param name="buyer">As he was when the invoice was issued.</param>
    /// <param name="language">Another language than the buyer's, or null.</param>
    public static byte[] Write(InvoiceRecord record, LegalEntity seller, Buyer buyer, DocumentLanguage? language = null) =>
        new PaperLayout(Of(record, seller, language is { } other ? buyer with { Language = other } : buyer)).Write();

    /// <summary>What stands on it.</summary>
    internal static PaperDocument Of(InvoiceRecord record, LegalEntity seller, Buyer buyer)
    {
        var (document, state) = (record.Document, record.State);
        var words = Words.Of(buyer.Language);
        var formats = new PaperFormats(buyer.Language, Currency.Of(document.Currency), state.TimeZone);
        var taxed = document.Lines.Any(line => !line.Taxes.IsEmpty);
        var facts = ImmutableArray.CreateBuilder<PaperFact>();
        if (document.Number is { } number)
        {
            facts.Add(new PaperFact(words.Number, number));
        }

        facts.Add(new PaperFact(words.Issued, formats.Day(document.IssuedAt)));
        facts.Add(new PaperFact(words.Due, formats.Day(document.DueAt)));
        return new PaperDocument(
            words.Invoice,
            PaperStanding.Badge(state, words),
            PaperParties.Seller(seller, buyer.Language),
            words.BillTo,
            PaperParties.Buyer(buyer, words),
            facts.DrainToImmutable(),
            PaperStanding.Headline(document, state, words, formats),
            [words.Description, words.Quantity, words.UnitPrice, taxed ? words.Tax : "", words.Amount],
            [.. document.Lines.Select(line => Row(line, words, formats))],
            [.. PaperSums.Of(document, state, words, formats)],
            seller.Footer ?? "",
            document.Number is null ? $"{words.Invoice} · {seller.Name}" : $"{document.Number} · {seller.Name}",
            words.PageOf)
        {
            Language = buyer.Language.ToString().ToLowerInvariant(),
            Id = document.Id,
            Date = PaperParties.Date(document.IssuedAt),
            Size = PaperParties.Size(seller),
        };
    }

    private static PaperRow Row(InvoiceLine line, Words words, PaperFormats formats)
    {
        var draft = line.Draft;
        var details = ImmutableArray.CreateBuilder<string>();
        if (formats.Period(draft.Period) is { } period)
        {
            details.Add(period);
        }

        if (line.DiscountAmount != 0)
        {
            details.Add(string.Format(CultureInfo.InvariantCulture, words.LineDiscount, formats.Money(-line.DiscountAmount)));
        }

        return new PaperRow(
            words.DescriptionOf(line),
            details.DrainToImmutable(),
            draft.Quantity is { } quantity ? formats.Number(quantity) : "",
            draft.UnitAmount is { } unit ? formats.UnitMoney(unit) : "",
            string.Join(" + ", line.Taxes.Select(tax => formats.Percentage(tax.Rate.Percentage))),
            formats.Money(draft.Amount));
    }
}
