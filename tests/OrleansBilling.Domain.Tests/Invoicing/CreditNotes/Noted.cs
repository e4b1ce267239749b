using System.Collections.Immutable;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;

namespace OrleansBilling.Domain.Tests.Invoicing.CreditNotes;

/// <summary>An invoice whose lines are taken back bit by bit, as the rows would tell it.</summary>
internal sealed class Noted(ComputedInvoice invoice)
{
    private readonly Dictionary<string, LineTaken> _taken = new(StringComparer.Ordinal);

    public ComputedInvoice Invoice => invoice;

    /// <summary>A charge with a discount that is fixed beforehand.</summary>
    public static LineDraft Discounted(long amount, long discount) =>
        discount == 0 ? Drafts.Line(amount) : Drafts.Line(amount) with { CarriedDiscounts = [new LineDiscount("disc_1", "off", discount)] };

    public List<ImmutableArray<CreditNoteLine>> Notes { get; } = [];

    public long Credited => Notes.Sum(note => note.Sum(line => line.Total));

    public IReadOnlyList<CreditableLine> Lines =>
        [.. invoice.Lines.Select(line => new CreditableLine(line, _taken.GetValueOrDefault(line.Id, LineTaken.None)))];

    public LineTaken TakenOf(int line) => _taken.GetValueOrDefault(invoice.Lines[line].Id, LineTaken.None);

    /// <summary>Minor units with tax that are left of the lines.</summary>
    public long Left => Lines.Where(line => line.Line.Draft.Amount > 0).Sum(line => line.Line.Total
        - line.Taken.Amount + line.Taken.Discount + line.Taken.Wallet - (line.Line.TaxInclusive ? 0 : line.Taken.Taxes.Sum(tax => tax.Amount)));

    public string? Amount(long amount) => Try(new CreditNoteOrder([], amount, "asked", CreditNoteSettlement.Credit));

    public string? Of(params (int Line, long Amount)[] lines) => Try(new CreditNoteOrder(
        [.. lines.Select(line => new CreditNoteOrderLine(invoice.Lines[line.Line].Id, line.Amount))], null, "asked", CreditNoteSettlement.Credit));

    public string? Try(CreditNoteOrder order)
    {
        var decided = CreditNoteCalculator.Compute(Lines, order, invoice.Totals.Total - Credited);
        if (decided.IsAccepted)
        {
            Notes.Add(decided.Value);
            foreach (var line in decided.Value)
            {
                Take(line.Line, new LineTaken(line.Amount, line.DiscountAmount, line.WalletAmount, line.Taxes));
            }
        }

        return decided.Refusal?.Code;
    }

    /// <summary>A proration credit of another document takes a part of a line, with tax as that document rounded it.</summary>
    public void Prorate(int line, long amount, long discount, long tax)
    {
        var billed = invoice.Lines[line];
        Take(billed.Id, new LineTaken(amount, discount, 0, billed.Taxes.IsEmpty ? [] : [new LineTax(billed.Taxes[0].Rate, tax)]));
    }

    private void Take(string line, LineTaken taken) => _taken[line] = _taken.GetValueOrDefault(line, LineTaken.None).And(taken);
}
