using System.Collections.Immutable;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>A line on its way through the steps of <see cref="InvoiceCalculator"/>. Lives within one computation.</summary>
internal sealed class LineInProgress(string id, LineDraft draft, ImmutableArray<TaxRate> rates, bool inclusive)
{
    /// <summary><c>line_...</c></summary>
    public string Id { get; } = id;

    /// <summary>What was billed.</summary>
    public LineDraft Draft { get; } = draft;

    /// <summary>The rates that apply to the line.</summary>
    public ImmutableArray<TaxRate> Rates { get; } = rates;

    /// <summary>True where the draft's amount contains the tax.</summary>
    public bool Inclusive { get; } = inclusive;

    /// <summary>Taken off before tax, by coupon; of the sign of the amount.</summary>
    public List<LineDiscount> Discounts { get; } = [];

    /// <summary>The sum of <see cref="Discounts"/>.</summary>
    public long Discount => Discounts.Sum(static part => part.Amount);

    /// <summary>What the discounts so far have left of the amount.</summary>
    public long Net => Draft.Amount - Discount;

    /// <summary>Paid by wallet credit, before tax; below zero where a credit gives it back.</summary>
    public long Wallet { get; set; } = draft.CarriedWallet;

    /// <summary>Tax per rate, in the order of <see cref="Rates"/>.</summary>
    public long[] Taxes { get; } = new long[rates.Length];

    /// <summary>How the tax of each rate came about, in the order of <see cref="Rates"/>.</summary>
    public ExplainStep[] TaxSteps { get; } = new ExplainStep[rates.Length];

    /// <summary>Steps of discounts and wallet credit.</summary>
    public List<ExplainStep> Steps { get; } = [];

    /// <summary>What is taxed: the amount after discount and wallet credit; contains the tax where inclusive.</summary>
    public long TaxBase => Draft.Amount - Discount - Wallet;

    /// <summary>The line as the invoice shows it.</summary>
    public InvoiceLine Complete()
    {
        var taxes = ImmutableArray.CreateBuilder<LineTax>(Rates.Length);
        long tax = 0;
        for (var i = 0; i < Rates.Length; i++)
        {
            taxes.Add(new LineTax(Rates[i], Taxes[i]));
            tax += Taxes[i];
        }

        var explain = Draft.Explain with { Steps = [.. Draft.Explain.Steps, .. Steps, .. TaxSteps] };
        return new InvoiceLine(Id, Draft, Discount, tax, taxes.MoveToImmutable(), Inclusive, explain) { WalletAmount = Wallet, Discounts = [.. Discounts] };
    }
}
