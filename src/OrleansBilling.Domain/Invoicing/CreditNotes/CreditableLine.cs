using System.Collections.Immutable;

namespace OrleansBilling.Domain.Invoicing.CreditNotes;

/// <summary>What has been taken back of a line before: by proration credits on other documents and by credit notes.</summary>
/// <param name="Amount">Minor units of the line's amount, positive.</param>
/// <param name="Discount">Minor units of its discount.</param>
/// <param name="Wallet">Minor units of its wallet credit.</param>
/// <param name="Taxes">Minor units of its tax, by rate.</param>
public sealed record LineTaken(long Amount, long Discount, long Wallet, ImmutableArray<LineTax> Taxes)
{
    /// <summary>Nothing.</summary>
    public static LineTaken None { get; } = new(0, 0, 0, []);

    /// <summary>Both together.</summary>
    public LineTaken And(LineTaken other) =>
        new(Amount + other.Amount, Discount + other.Discount, Wallet + other.Wallet, [.. Taxes, .. other.Taxes]);
}

/// <summary>A line of an issued invoice with what has been taken back of it.</summary>
/// <param name="Line">As it was billed.</param>
/// <param name="Taken">By proration credits and credit notes so far.</param>
public sealed record CreditableLine(InvoiceLine Line, LineTaken Taken)
{
    /// <summary>The line once credit notes have taken their part of it.</summary>
    public CreditableLine After(ImmutableArray<CreditNote> notes) => notes.SelectMany(static note => note.Lines).Where(taken => taken.Line == Line.Id)
        .Aggregate(this, static (line, taken) => line with { Taken = line.Taken.And(new LineTaken(taken.Amount, taken.DiscountAmount, taken.WalletAmount, taken.Taxes)) });
}

/// <summary>What is left of a line. Only charges can be credited; a line that gave something back is none.</summary>
internal sealed class LineLeft
{
    public LineLeft(CreditableLine creditable)
    {
        Line = creditable.Line;
        var taken = creditable.Taken;
        Amount = Line.Draft.Amount - taken.Amount;
        Discount = Line.DiscountAmount - taken.Discount;
        Wallet = Line.WalletAmount - taken.Wallet;
        Taxes = [.. Line.Taxes.Select(tax => tax.Amount)];
        foreach (var tax in taken.Taxes)
        {
            var index = Line.Taxes.IndexOf(Line.Taxes.FirstOrDefault(own => own.Rate == tax.Rate)!);
            if (Taxes.Length > 0)
            {
                Taxes[Math.Max(index, 0)] -= tax.Amount;
            }
        }
    }

    public InvoiceLine Line { get; }

    public long Amount { get; }

    public long Discount { get; }

    public long Wallet { get; }

    /// <summary>By the order of the line's rates.</summary>
    public long[] Taxes { get; }

    public long Tax => Taxes.Sum();

    /// <summary>What is taxed of it; contains the tax where inclusive.</summary>
    public long Base => Amount - Discount - Wallet;

    /// <summary>What crediting all of it gives.</summary>
    public long Total => Base + (Line.TaxInclusive ? 0 : Tax);

    /// <summary>True where only remainders of roundings are left.</summary>
    public bool HasResidue => Amount == 0 && (Discount != 0 || Wallet != 0 || Taxes.Any(static tax => tax != 0));
}
