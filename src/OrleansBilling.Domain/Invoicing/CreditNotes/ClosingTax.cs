using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing.CreditNotes;

/// <summary>
/// The tax of bare amounts of an invoice with lines below zero (rules.md, "Tax": the credit that closes an invoice takes what is left).
/// Charges alone are credited, each in part, and their shares of the tax are not that of the document: lines below zero were rounded
/// with them, or bear another rate. So no amount takes more of a rate than is left of it, and the last one takes all of that.
/// </summary>
internal static class ClosingTax
{
    /// <summary>Moves the taxes of the parts to what is left of the document by rate, in proportion, within what is left of each line.</summary>
    /// <param name="lines">All lines of the invoice.</param>
    /// <param name="parts">By totals, with their taxes set.</param>
    /// <param name="closes">True where the amount gives back all that the invoice is worth.</param>
    public static void Set(IReadOnlyList<CreditableLine> lines, List<CreditNotePart> parts, bool closes)
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

        foreach (var (rate, most) in left)
        {
            var slots = parts.SelectMany(static part => part.Left.Line.Taxes.Select((tax, index) => (tax.Rate, Slot: new Slot(part, index))))
                .Where(each => each.Rate == rate).Select(static each => each.Slot).ToList();
            // What closes its line takes what is left of that.
            var room = most - slots.Where(static slot => slot.IsFixed).Sum(static slot => slot.Tax);
            var open = slots.FindAll(static slot => !slot.IsFixed);
            if (closes || open.Sum(static slot => slot.Tax) > room)
            {
                Move(open, Math.Max(0, room));
            }
        }
    }

    private static void Move(List<Slot> slots, long total)
    {
        if (slots.Count == 0)
        {
            return;
        }

        var shares = Rounding.Split(total, slots.ConvertAll(static slot => slot.Weight));
        var rest = total;
        for (var i = 0; i < shares.Length; i++)
        {
            slots[i].Tax = Math.Clamp(shares[i], slots[i].Least, Math.Max(slots[i].Least, slots[i].Most));
            rest -= slots[i].Tax;
        }

        foreach (var slot in slots)
        {
            var tax = Math.Clamp(slot.Tax + rest, slot.Least, Math.Max(slot.Least, slot.Most));
            rest -= tax - slot.Tax;
            slot.Tax = tax;
        }
    }

    /// <summary>The place of one rate's tax on a part.</summary>
    private sealed class Slot(CreditNotePart part, int index)
    {
        public long Tax
        {
            get => part.Taxes[index];
            set => part.Taxes[index] = value;
        }

        public bool IsFixed => part.Closes;

        public decimal Weight => part.ShareOf(part.Left.Line.Taxes[index].Amount);

        /// <summary>What of the part is not what is left of the line before tax is tax.</summary>
        public long Least => part.Left.Line.TaxInclusive ? 0 : Math.Max(0, part.GivenTotal!.Value - part.Left.Base - Others);

        public long Most => Math.Max(0, Math.Min(part.Left.Taxes[index], part.GivenTotal!.Value - Others));

        private long Others => part.Taxes.Sum() - Tax;
    }
}
