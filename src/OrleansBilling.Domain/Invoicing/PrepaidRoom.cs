using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>What is left to be paid of a line, or of a part of it.</summary>
internal sealed class PrepaidNeed(LineInProgress line, long left)
{
    public LineInProgress Line => line;

    public long Left { get; set; } = left;
}

/// <summary>
/// What a document still asks for while prepaid credit pays it. Where credits on it bear other tax than its charges, what it asks
/// for is known only with the tax: each part then counts with its own, so that the document is not paid below zero.
/// </summary>
internal sealed class PrepaidRoom
{
    // Far below a minor unit, and far above what decimals lose.
    private const decimal Grain = 0.000000001m;

    private readonly bool _byTotal;
    private long _net;
    private decimal _total;

    public PrepaidRoom(IReadOnlyCollection<LineInProgress> lines)
    {
        _net = lines.Sum(static line => line.TaxBase);
        _total = lines.Sum(static line => line.TaxBase * WithTax(line));
        _byTotal = lines.Any(static line => line.TaxBase < 0) && lines.Where(static line => line.TaxBase != 0).Select(WithTax).Distinct().Skip(1).Any();
    }

    /// <summary>Minor units that may be paid of lines in proportion to what is left of them; not above zero where nothing may.</summary>
    public long For(IReadOnlyCollection<PrepaidNeed> payable, long asked) => Math.Min(
        asked, _byTotal && asked > 0 ? Rounding.WholeUnits((Math.Max(_total, 0) / (payable.Sum(static need => need.Left * WithTax(need.Line)) / asked)) + Grain) : _net);

    /// <summary>Parts were paid.</summary>
    public void Take(IReadOnlyCollection<(PrepaidNeed Need, long Part)> paid)
    {
        _net -= paid.Sum(static each => each.Part);
        _total -= paid.Sum(static each => each.Part * WithTax(each.Need.Line));
    }

    private static decimal WithTax(LineInProgress line) => line.Inclusive ? 1 : 1 + (line.Rates.Sum(static rate => rate.Percentage) / 100m);
}
