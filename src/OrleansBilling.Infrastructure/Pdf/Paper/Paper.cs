using System.Collections.Immutable;

namespace OrleansBilling.Infrastructure.Pdf.Paper;

/// <summary>What stands on a document, in its language and in its order; the layout adds nothing but places.</summary>
/// <param name="Title">Such as Invoice.</param>
/// <param name="Badge">How it stands.</param>
/// <param name="Seller">Name first, then address and tax numbers.</param>
/// <param name="BuyerLabel">Above the buyer.</param>
/// <param name="Buyer">Name first, then address and tax number.</param>
/// <param name="Facts">Number and dates.</param>
/// <param name="Headline">What is to be paid, or was.</param>
/// <param name="Columns">Description, quantity, unit price, tax (empty for none), amount.</param>
/// <param name="Rows">In the document's order.</param>
/// <param name="Sums">From subtotal to what is due.</param>
/// <param name="Footer">Of the seller; empty for nothing.</param>
/// <param name="Running">At the foot of each page.</param>
/// <param name="PageOf">With <c>{0}</c> and <c>{1}</c>.</param>
internal sealed record PaperDocument(
    string Title,
    PaperBadge Badge,
    ImmutableArray<string> Seller,
    string BuyerLabel,
    ImmutableArray<string> Buyer,
    ImmutableArray<PaperFact> Facts,
    string Headline,
    ImmutableArray<string> Columns,
    ImmutableArray<PaperRow> Rows,
    ImmutableArray<PaperSum> Sums,
    string Footer,
    string Running,
    string PageOf)
{
    /// <summary>Width and height in points; A4 unless the seller is at home where paper is of US size.</summary>
    public (double Width, double Height) Size { get; init; } = (595.28, 841.89);

    /// <summary>The language, as a BCP 47 tag.</summary>
    public string Language { get; init; } = "en";

    /// <summary>Tells documents apart, for the id of the file.</summary>
    public required string Id { get; init; }

    /// <summary>When it was issued, as PDF writes dates.</summary>
    public required string Date { get; init; }
}

/// <summary>How a document stands.</summary>
internal sealed record PaperBadge(string Text, BadgeKind Kind);

/// <summary>The colour of a badge.</summary>
internal enum BadgeKind
{
    /// <summary>Nothing is left to do.</summary>
    Good,

    /// <summary>Money is awaited.</summary>
    Waiting,

    /// <summary>Money is late.</summary>
    Late,

    /// <summary>Does not count, or not yet.</summary>
    Quiet,
}

/// <summary>A fact beside its label.</summary>
internal sealed record PaperFact(string Label, string Value);

/// <summary>A line of a document.</summary>
/// <param name="Description">May be long.</param>
/// <param name="Details">Small, beneath it: period, discount.</param>
internal sealed record PaperRow(string Description, ImmutableArray<string> Details, string Quantity, string UnitPrice, string Tax, string Amount);

/// <summary>A sum.</summary>
/// <param name="Label">What is summed.</param>
/// <param name="Amount">With its currency.</param>
/// <param name="Kind">How it is set.</param>
internal sealed record PaperSum(string Label, string Amount, SumKind Kind = SumKind.Plain);

/// <summary>How a sum is set.</summary>
internal enum SumKind
{
    /// <summary>As the others.</summary>
    Plain,

    /// <summary>Beside the sums: what they contain.</summary>
    Aside,

    /// <summary>What the others come to.</summary>
    Total,
}
