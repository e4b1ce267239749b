using System.Collections.Immutable;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing.CreditNotes;

/// <summary>
/// Finds what a credit note takes back of each line (rules.md, "Tax"): the tax is the invoice's own in proportion, rounded
/// as the invoice was; what closes a line takes what is left of it, and what closes the invoice takes every remainder, so
/// that a fully credited invoice is exactly zero in net, discount and tax, whatever came before.
/// </summary>
public static class CreditNoteCalculator
{
    /// <summary>
    /// The lines of the note. Refusals: 404 <c>line_not_found</c>; 422 <c>duplicate_line</c>, <c>line_not_creditable</c>,
    /// <c>credit_above_left</c>, <c>nothing_to_credit</c>; 400 <c>invalid_amount</c>.
    /// </summary>
    /// <param name="lines">All lines of the invoice, in order, with what was taken back of them.</param>
    /// <param name="order">What is asked for.</param>
    /// <param name="invoiceLeft">The invoice's total less all credits of its lines: bounds a bare amount where the invoice has lines below zero.</param>
    public static Decided<ImmutableArray<CreditNoteLine>> Compute(IReadOnlyList<CreditableLine> lines, CreditNoteOrder order, long invoiceLeft)
    {
        var left = lines.Where(static line => line.Line.Draft.Amount > 0).Select(static line => new LineLeft(line)).ToList();
        var rounding = RoundedDown(lines, left);
        var isPlain = lines.All(static line => line.Line.Draft.Amount > 0 || CashRounding.IsRounding(line.Line));
        var parts = order.Amount is { } amount
            ? Spread(left, rounding, amount, isPlain ? long.MaxValue : invoiceLeft)
            : Named(lines, left, order.Lines);
        if (parts.Refusal is { } refusal)
        {
            return refusal;
        }

        SetTaxes(parts.Value);
        if (!isPlain && order.Amount is { } bare)
        {
            ClosingTax.Set(lines, parts.Value, bare == invoiceLeft);
        }

        var made = parts.Value.Select(part => (part.Left, Line: part.Complete())).ToList();
        var reduced = Reduced(lines);
        if (order.Amount is null && reduced == 0 && left.TrueForAll(line => line.Amount == made.Where(part => part.Left == line).Sum(part => part.Line.Amount)))
        {
            made.AddRange(left.Where(line => line.HasResidue && made.TrueForAll(part => part.Left != line)).Select(line => (line, CreditNotePart.Rest(line).Complete())));
            made.AddRange(rounding.Select(line => (line, CreditNotePart.Rest(line).Complete())));
        }
        else if (order is { Amount: null, IsCorrection: false } && left.Concat(rounding).Sum(static line => line.Total) + reduced is var most && made.Sum(static part => part.Line.Total) > most)
        {
            return AboveLeft(Math.Max(most, 0), "of the invoice", "lines");
        }

        var note = made.OrderBy(part => left.IndexOf(part.Left) is >= 0 and var at ? at : int.MaxValue).Select(part => part.Line).ToImmutableArray();
        // A note of nothing is made only where it closes a line that its discount has made free, or says what was not used.
        return order.IsCorrection || parts.Value.Exists(static part => part.Closes) || note.Sum(static line => line.Total + line.WalletAmount) > 0
            ? note
            : Refusal.Rule("nothing_to_credit", "Nothing would be credited: what is left of these lines comes to nothing.");
    }

    /// <summary>
    /// What lines below zero took off the document's charges, below zero: its customer never paid that. Credits of other lines are
    /// none of it, since they gave him back what he had paid for those.
    /// </summary>
    private static long Reduced(IReadOnlyList<CreditableLine> lines) => lines
        .Where(static line => line.Line.Draft is { Amount: < 0, CreditedLine: null } && !CashRounding.IsRounding(line.Line))
        .Sum(static line => line.Line.Total);

    /// <summary>
    /// What the document was rounded down by, which its customer never paid: the credit that closes the invoice takes it back as
    /// well. Left out where proration has brought back so much that nothing could be taken off it.
    /// </summary>
    private static List<LineLeft> RoundedDown(IReadOnlyList<CreditableLine> lines, List<LineLeft> left)
    {
        var rounding = lines.Where(static line => line.Line.Draft.Amount < 0 && CashRounding.IsRounding(line.Line))
            .Select(static line => new LineLeft(line)).Where(static line => line.Amount != 0).ToList();
        return left.Sum(static line => line.Total) + rounding.Sum(static line => line.Total) < 0 ? [] : rounding;
    }

    private static Decided<List<CreditNotePart>> Named(IReadOnlyList<CreditableLine> lines, List<LineLeft> left, ImmutableArray<CreditNoteOrderLine> asked)
    {
        var parts = new List<CreditNotePart>(asked.Length);
        for (var i = 0; i < asked.Length; i++)
        {
            var (id, amount) = (asked[i].Line, asked[i].Amount);
            if (amount <= 0)
            {
                return Refusal.Invalid("invalid_amount", "The amount must be above zero.", $"lines[{i}].amount");
            }

            if (lines.All(line => line.Line.Id != id))
            {
                return Refusal.NotFound("line_not_found", $"The invoice has no line {id}.", $"lines[{i}].line");
            }

            if (left.Find(line => line.Line.Id == id) is not { } found)
            {
                return Refusal.Rule("line_not_creditable", "The line has no amount above zero; only charges can be credited.", $"lines[{i}].line");
            }

            if (parts.Exists(part => part.Left == found))
            {
                return Refusal.Rule("duplicate_line", "Name each line once.", $"lines[{i}].line");
            }

            if (amount > found.Amount)
            {
                return AboveLeft(found.Amount, "of this line", $"lines[{i}].amount");
            }

            parts.Add(CreditNotePart.OfAmount(found, amount));
        }

        return parts;
    }

    /// <summary>Spreads an amount with tax over the lines, in proportion to what is left of them.</summary>
    private static Decided<List<CreditNotePart>> Spread(List<LineLeft> left, List<LineLeft> rounding, long amount, long bound)
    {
        if (amount <= 0)
        {
            return Refusal.Invalid("invalid_amount", "The amount must be above zero.", "amount");
        }

        var all = left.Sum(static line => line.Total) + rounding.Sum(static line => line.Total);
        if (amount > Math.Min(all, bound))
        {
            return AboveLeft(Math.Max(Math.Min(all, bound), 0), "of the invoice", "amount");
        }

        if (amount == all)
        {
            return left.Where(static line => line.Amount > 0 || line.HasResidue).Concat(rounding).Select(CreditNotePart.Rest).ToList();
        }

        var open = left.Where(static line => line.Total > 0).ToList();
        var totals = Rounding.Split(amount, [.. open.Select(static line => (decimal)line.Total)]);
        return open.Zip(totals).Where(static pair => pair.Second > 0).Select(static pair => CreditNotePart.OfTotal(pair.First, pair.Second)).ToList();
    }

    /// <summary>Per rate the exact sum is rounded once and spread, as on the document; each line by itself where it was taxed so.</summary>
    private static void SetTaxes(List<CreditNotePart> parts)
    {
        var groups = parts.Where(static part => !part.Closes)
            .SelectMany(static part => part.Left.Line.Taxes.Select((tax, index) => (Part: part, Index: index, tax.Rate, Exact: part.ShareOf(tax.Amount))))
            .GroupBy(static slot => (slot.Rate, Line: IsRoundedByLine(slot.Part.Left.Line) ? slot.Part.Left.Line.Id : null));
        foreach (var group in groups)
        {
            var slots = group.ToList();
            var exact = slots.ConvertAll(static slot => slot.Exact);
            var spread = Rounding.Spread(Rounding.SumToMinorUnits(exact), exact);
            for (var i = 0; i < slots.Count; i++)
            {
                slots[i].Part.Taxes[slots[i].Index] = spread[i];
            }
        }
    }

    private static bool IsRoundedByLine(InvoiceLine line) =>
        line.Explain.Steps.Any(static step => step.Operation is "tax" or "tax_contained" && step.Inputs.GetValueOrDefault("rounding") == "line");

    private static Refusal AboveLeft(long left, string what, string field) =>
        Refusal.Rule("credit_above_left", $"Only {left} minor units are left {what} to be credited.", field);
}
