using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Sellers;

namespace OrleansBilling.Infrastructure.Pdf.Paper;

/// <summary>Seller and buyer as documents name them, and what the seller's country says about paper.</summary>
internal static class PaperParties
{
    /// <summary>Name, address, tax numbers.</summary>
    public static ImmutableArray<string> Seller(LegalEntity seller, DocumentLanguage language) =>
        [seller.Name, .. Addresses.Lines(seller.Address, seller.Country, language), .. seller.TaxIds];

    /// <summary>Name, address, e-mail, tax number.</summary>
    public static ImmutableArray<string> Buyer(Buyer buyer, Words words) =>
    [
        buyer.Name,
        .. Addresses.Lines(buyer.Address, buyer.Country, buyer.Language),
        .. buyer.Email is { } email ? [email] : ImmutableArray<string>.Empty,
        .. buyer.TaxId is { } taxId ? [$"{words.TaxId} {taxId}"] : ImmutableArray<string>.Empty,
    ];

    /// <summary>A4, but letter where the seller is at home with it.</summary>
    public static (double Width, double Height) Size(LegalEntity seller) => seller.Country is "us" or "ca" or "mx" ? (612, 792) : (595.28, 841.89);

    /// <summary>A time as PDF writes it.</summary>
    public static string Date(Instant at) => at.ToDateTimeUtc().ToString("'D:'yyyyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
}
