using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing.CreditNotes;

/// <summary>
/// The tax of the bare amount that gives back all an invoice with lines below zero is worth (rules.md, "Tax": the credit that closes
/// an invoice takes what is left). Charges alone are credited, each in part, and their shares of the tax are not that of the document:
/// lines below zero were rounded with them, or bear another rate.
/// </summary>
internal static class ClosingTax
{
    /// <summary>Sets the taxes of the parts to what is left of the document by rate, in proportion to what they were set to.</summary>
    /// <remarks>Left as they are where a part would bear more tax than it gives back: its charge is not the one that was taxed so.</remarks>
    public static void Set(IReadOnlyList<CreditableLine> lines, List<CreditNotePart> parts)
    {
        var left = new Dictionary<TaxRate, long>();
        foreach (var line in lines.Select(static line => new LineLeft(line)))
        {
            for (var i = 0; i < line.Taxes.Length; i++)
            {
                var rate = line.Line.Taxes[i].Rate;
                left[rate] = left.GetValueOrDefault(rate) + line.Taxes[i];
            }
        }

        var taxes = parts.ToDictionary(static part => part, static part => (long[])part.Taxes.Clone());
        foreach (var (rate, total) in left)
        {
            var slots = parts.SelectMany(part => part.Left.Line.Taxes.Select((tax, index) => (Part: part, Index: index, tax.Rate)))
                .Where(slot => slot.Rate == rate).ToList();
            if (total < 0 || (slots.Count == 0 && total > 0))
            {
                return;
            }

            var shares = Rounding.Split(total, slots.ConvertAll(static slot => slot.Part.ShareOf(slot.Part.Left.Line.Taxes[slot.Index].Amount)));
            for (var i = 0; i < slots.Count; i++)
            {
                taxes[slots[i].Part][slots[i].Index] = shares[i];
            }
        }

        if (parts.TrueForAll(part => taxes[part].Sum() <= part.GivenTotal && taxes[part].Zip(part.Left.Taxes).All(static pair => pair.First <= pair.Second)))
        {
            parts.ForEach(part => taxes[part].CopyTo(part.Taxes, 0));
        }
    }
}
