using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing.CreditNotes;

/// <summary>
/// A line of a credit note on its way: its amount or its total is given, the shares of discount, wallet credit and tax are
/// found. Lives within one computation. A part that closes its line takes exactly what is left.
/// </summary>
internal sealed class CreditNotePart
{
    private long _amount;
    private long _discount;
    private long _wallet;

    private readonly long _taken;
    private readonly long _whole;

    private CreditNotePart(LineLeft left, bool closes, (long Taken, long Whole) share, long? total)
    {
        Left = left;
        Closes = closes;
        (_taken, _whole) = share;
        GivenTotal = total;
        Taxes = closes ? [.. left.Taxes] : new long[left.Taxes.Length];
        if (closes)
        {
            (_amount, _discount, _wallet) = (left.Amount, left.Discount, left.Wallet);
        }
    }

    public LineLeft Left { get; }

    /// <summary>True where it takes everything that is left of its line.</summary>
    public bool Closes { get; }

    /// <summary>Tax by the order of the line's rates; set from outside where the line stays open.</summary>
    public long[] Taxes { get; }

    /// <summary>Given where a bare amount was spread; null where the amount before discount and tax is.</summary>
    public long? GivenTotal { get; }

    /// <summary>By an amount before discount and tax, above zero and at most what is left.</summary>
    public static CreditNotePart OfAmount(LineLeft left, long amount)
    {
        var part = new CreditNotePart(left, amount == left.Amount, (amount, left.Line.Draft.Amount), total: null);
        if (!part.Closes)
        {
            part._amount = amount;
            part._discount = DiscountOf(part.ShareOf(left.Line.DiscountAmount), left.Amount, left.Discount, amount);
            part._wallet = PrepaidShare.Of(left.Wallet, amount - part._discount, left.Amount - left.Discount);
        }

        return part;
    }

    /// <summary>
    /// The discount that goes with a part of a line which stays open: its share, rounded; bounded from below too, so that what stays of
    /// the line is never below zero.
    /// </summary>
    public static long DiscountOf(decimal exact, long leftAmount, long leftDiscount, long amount) =>
        Bounded(exact, leftDiscount - (leftAmount - amount), Math.Min(leftDiscount, amount));

    /// <summary>By a total with tax, above zero and at most what is left.</summary>
    public static CreditNotePart OfTotal(LineLeft left, long total) =>
        new(left, total == left.Total, (total, left.Line.Total), total);

    /// <summary>Everything that is left.</summary>
    public static CreditNotePart Rest(LineLeft left) => new(left, closes: true, share: (1, 1), total: null);

    /// <summary>
    /// Of an amount of the whole line, such as its tax, what goes with this part. Multiplied first: a half stays a half.
    /// </summary>
    public decimal ShareOf(long amount) => (decimal)amount * _taken / _whole;

    /// <summary>The line once its taxes are set: keeps them within what is left, and fills in what depends on them.</summary>
    public CreditNoteLine Complete()
    {
        if (!Closes)
        {
            CapTaxes();
            if (GivenTotal is { } total)
            {
                Fill(total);
            }
            else if (Left.Line.TaxInclusive)
            {
                // The tax within what stays of the line is at most what stays.
                RaiseTaxes(Left.Tax - Taxes.Sum() - (Left.Base - (_amount - _discount - _wallet)));
            }
        }

        var line = Left.Line;
        return new CreditNoteLine(
            line.Id, _amount, _discount, _wallet, Taxes.Sum(), [.. line.Taxes.Select((tax, i) => new LineTax(tax.Rate, Taxes[i]))], line.TaxInclusive);
    }

    private void Fill(long total)
    {
        var line = Left.Line;
        if (!line.TaxInclusive)
        {
            RaiseTaxes(total - Taxes.Sum() - Left.Base);
        }

        var net = total - (line.TaxInclusive ? 0 : Taxes.Sum());
        var whole = line.Draft.Amount - line.DiscountAmount - line.WalletAmount;
        var all = net == Left.Base;
        _discount = all ? Left.Discount : Bounded((decimal)net * line.DiscountAmount / whole, 0, Left.Discount);
        _wallet = all ? Left.Wallet : Bounded((decimal)net * Left.Wallet / Left.Base, 0, Left.Wallet);
        _amount = net + _discount + _wallet;
    }

    private void CapTaxes()
    {
        for (var i = 0; i < Taxes.Length; i++)
        {
            Taxes[i] = Math.Clamp(Taxes[i], 0, Math.Max(Left.Taxes[i], 0));
        }
    }

    private void RaiseTaxes(long by)
    {
        for (var i = 0; i < Taxes.Length && by > 0; i++)
        {
            var more = Math.Min(by, Math.Max(Left.Taxes[i] - Taxes[i], 0));
            Taxes[i] += more;
            by -= more;
        }
    }

    private static long Bounded(decimal exact, long least, long most) =>
        Math.Min(Math.Max(most, 0), Math.Max(Math.Max(least, 0), Rounding.ToMinorUnits(exact)));
}
