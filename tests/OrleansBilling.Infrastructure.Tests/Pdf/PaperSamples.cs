using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Invoicing;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Tests.Pdf;

/// <summary>Invoices to be written, computed by the code that bills.</summary>
internal static class PaperSamples
{
    public static readonly Instant Issued = Instant.FromUtc(2026, 1, 31, 23, 30);

    public static readonly LegalEntity Acme = new("acme", 1, "Acme GmbH", Issued)
    {
        Address = Map(("line1", "Chausseestraße 5"), ("postal_code", "10115"), ("city", "Berlin")),
        Country = "de",
        TaxIds = ["USt-IdNr. DE123456789"],
        Footer = "IBAN DE89 3704 0044 0532 0130 00",
    };

    public static Buyer Buyer(DocumentLanguage language, string name = "Ada Lovelace") => new(
        name, "ada@example.com", Map(("line1", "12 St James Square"), ("city", "London"), ("postal_code", "SW1Y 4JH")), "gb", "GB 1", language);

    public static ImmutableSortedDictionary<string, string> Map(params (string Name, string Value)[] parts) =>
        parts.ToImmutableSortedDictionary(part => part.Name, part => part.Value, StringComparer.Ordinal);

    public static LineDraft Line(long amount, string description = "Pro", decimal? quantity = 1, decimal? unit = null) => new(
        LineKind.Recurring, description, new Period(Issued, Instant.FromUtc(2026, 2, 28, 23, 30)), amount, Explain.Empty)
    {
        Quantity = quantity,
        UnitAmount = unit ?? amount,
    };

    public static InvoiceRecord Invoice(string currency, string rate, IEnumerable<LineDraft> lines, InvoiceStatus status = InvoiceStatus.Open, Func<InvoiceState, InvoiceState>? change = null, bool inclusive = false, string? number = "ACME-000042")
    {
        ImmutableArray<AccountTaxRate> rates = rate.Length == 0 ? [] : [new AccountTaxRate("vat", decimal.Parse(rate, System.Globalization.CultureInfo.InvariantCulture), [])];
        var computed = InvoiceCalculator.Compute(
            [.. lines], [], new TaxSettings(rates, inclusive, TaxRounding.Document, Exempt: false, TaxId: null), Currency.Of(currency), new IdSource("paper", Issued));
        var totals = computed.Totals;
        var due = Issued + Duration.FromDays(14);
        var document = new InvoiceDocument(
            "inv_1", number, "acct_1", null, currency, computed.Lines, computed.Lines.Length, totals, Math.Max(-totals.Total, 0), Issued, due, "renewal");
        var state = new InvoiceState(
            "inv_1", "acct_1", null, currency, "Europe/Berlin", totals.Total, CreditApplied: 0, status is InvoiceStatus.Paid ? Math.Max(totals.Total, 0) : 0,
            status, CollectionStage.Current, Issued, due, RetriesDone: 0)
        {
            PaidAt = status is InvoiceStatus.Paid ? Issued : null,
            VoidedAt = status is InvoiceStatus.Void ? Issued + Duration.FromDays(1) : null,
        };
        return new InvoiceRecord(document, change?.Invoke(state) ?? state, CollectAt: null);
    }
}
