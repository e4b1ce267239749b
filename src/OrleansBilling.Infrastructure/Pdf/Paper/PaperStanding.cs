using System.Globalization;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Grains.Invoicing;

namespace OrleansBilling.Infrastructure.Pdf.Paper;

/// <summary>How an invoice stands, in one word and in one sentence.</summary>
internal static class PaperStanding
{
    /// <summary>The badge beside the title.</summary>
    public static PaperBadge Badge(InvoiceState state, Words words) => state.Status switch
    {
        InvoiceStatus.Draft => new PaperBadge(words.Badges.Draft, BadgeKind.Quiet),
        InvoiceStatus.Void => new PaperBadge(words.Badges.Void, BadgeKind.Quiet),
        InvoiceStatus.Uncollectible => new PaperBadge(words.Badges.Uncollectible, BadgeKind.Quiet),
        InvoiceStatus.Paid when state.Total < 0 => new PaperBadge(words.Badges.Credited, BadgeKind.Good),
        InvoiceStatus.Paid => new PaperBadge(words.Badges.Paid, BadgeKind.Good),
        _ when state.Stage is not CollectionStage.Current => new PaperBadge(words.Badges.PastDue, BadgeKind.Late),
        _ => new PaperBadge(words.Badges.Due, BadgeKind.Waiting),
    };

    /// <summary>The sentence above the table.</summary>
    public static string Headline(InvoiceDocument document, InvoiceState state, Words words, PaperFormats formats) => state.Status switch
    {
        InvoiceStatus.Draft => Say(words.NotIssued, formats.Money(document.Totals.Total)),
        InvoiceStatus.Void => Say(words.VoidedOn, formats.Day(state.VoidedAt ?? document.IssuedAt)),
        InvoiceStatus.Uncollectible => Say(words.WrittenOff, formats.Money(state.AmountRemaining)),
        InvoiceStatus.Paid when state.Total < 0 => Say(words.CreditedOn, formats.Money(document.Credited), formats.Day(document.IssuedAt)),
        InvoiceStatus.Paid => Say(words.PaidOn, formats.Money(Math.Max(state.Total, 0)), formats.Day(state.PaidAt ?? document.IssuedAt)),
        _ => Say(words.DueOn, formats.Money(state.AmountRemaining), formats.Day(document.DueAt)),
    };

    private static string Say(string form, params string[] values) => string.Format(CultureInfo.InvariantCulture, form, values);
}
