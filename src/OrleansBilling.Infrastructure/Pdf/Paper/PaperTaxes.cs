using System.Collections.Immutable;
using System.Globalization;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Infrastructure.Pdf.Paper;

/// <summary>The tax of a document at one rate.</summary>
/// <param name="Rate">The rate.</param>
/// <param name="Contained">True where the amounts contain it.</param>
/// <param name="Base">What was taxed, without the tax.</param>
/// <param name="Amount">The tax.</param>
internal sealed record PaperTaxes(TaxRate Rate, bool Contained, long Base, long Amount)
{
    /// <summary>The taxes of lines by rate, in the order in which the lines name them.</summary>
    /// <param name="lines">Taxes, whether contained, the amount after discount and prepaid credit, and the sum of the taxes.</param>
    public static ImmutableArray<PaperTaxes> Of(IEnumerable<(ImmutableArray<LineTax> Taxes, bool Inclusive, long Amount, long Tax)> lines) =>
    [
        .. from line in lines
           from tax in line.Taxes
           group (line, tax) by (tax.Rate, line.Inclusive) into rate
           select new PaperTaxes(
               rate.Key.Rate,
               rate.Key.Inclusive,
               rate.Sum(part => part.line.Amount - (rate.Key.Inclusive ? part.line.Tax : 0)),
               rate.Sum(part => part.tax.Amount)),
    ];

    /// <summary>The line among the sums.</summary>
    public PaperSum Sum(Words words, PaperFormats formats)
    {
        var label = string.Format(
            CultureInfo.InvariantCulture, Contained ? words.TaxContained : words.TaxOn, $"{NameOf(words)} {formats.Percentage(Rate.Percentage)}", formats.Money(Base));
        return new PaperSum(label, formats.Money(Amount), Contained ? SumKind.Aside : SumKind.Plain);
    }

    /// <summary>A rate's name for people: <c>vat</c> in the language, short ones in capitals.</summary>
    private string NameOf(Words words) =>
        Rate.Code.Equals("vat", StringComparison.OrdinalIgnoreCase) ? words.Vat
        : Rate.Code.Length <= 4 ? Rate.Code.ToUpperInvariant()
        : char.ToUpperInvariant(Rate.Code[0]) + Rate.Code[1..].Replace('_', ' ');
}
