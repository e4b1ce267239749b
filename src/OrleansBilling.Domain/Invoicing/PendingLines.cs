using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>What a person asks to have on the next invoice.</summary>
/// <param name="Description">Shown to the customer.</param>
public sealed record PendingLineOrder(string Description)
{
    /// <summary>The subscription whose next invoice takes it; null takes the account's next one.</summary>
    public string? Subscription { get; init; }

    /// <summary>Minor units, below zero for a credit; null where quantity and unit amount are given.</summary>
    public long? Amount { get; init; }

    /// <summary>How many; goes with <see cref="UnitAmount"/>.</summary>
    public decimal? Quantity { get; init; }

    /// <summary>Minor units of one, below zero for a credit.</summary>
    public decimal? UnitAmount { get; init; }

    /// <summary>Selects tax rates that are limited to codes.</summary>
    public string? TaxCode { get; init; }

    /// <summary>What it is for; null is the instant at which it was asked for.</summary>
    public Period? Period { get; init; }
}

/// <summary>Lines that wait for a later invoice: made by hand or by turns, taken by documents (rules.md, "Invoices").</summary>
public static class PendingLines
{
    /// <summary>Lines made by hand of one account that may wait at one time.</summary>
    public const int MaxManual = 1000;

    /// <summary>The largest amount of a line made by hand, in minor units, above or below zero.</summary>
    public const long MaxAmount = 999_999_999_999;

    /// <summary>
    /// A line made by hand. Refusals, in order: <c>too_many_pending_lines</c>, <c>amount_or_quantity</c>,
    /// <c>negative_quantity</c>, <c>amount_too_large</c>, <c>period_ends_before_start</c>, <c>amount_zero</c>.
    /// </summary>
    /// <param name="order">What is asked for.</param>
    /// <param name="account">Whose line it is.</param>
    /// <param name="waiting">How many lines made by hand wait already.</param>
    /// <param name="id"><c>line_...</c></param>
    /// <param name="now">The account's clock.</param>
    public static Decided<PendingLine> ByHand(PendingLineOrder order, AccountFacts account, long waiting, string id, Instant now)
    {
        if (waiting >= MaxManual)
        {
            return Refusal.Rule("too_many_pending_lines", $"At most {MaxManual} lines made by hand wait for an account's next invoice. Remove some, or bill them by an invoice of their own.");
        }

        if (order.Amount is null == order.Quantity is null || order.Quantity is null != order.UnitAmount is null)
        {
            return Refusal.Rule("amount_or_quantity", "Give either amount, or quantity with unit_amount.", "amount");
        }

        if (RefusalOfSize(order) is { } size)
        {
            return size;
        }

        var period = order.Period ?? new Period(now, now);
        if (period.End < period.Start)
        {
            return Refusal.Rule("period_ends_before_start", "A period ends at its start or later.", "period.end");
        }

        var (amount, explain) = Rated(order);
        return amount == 0
            ? Refusal.Rule("amount_zero", "The line comes to nothing. Give an amount above zero to charge, below zero to credit.", "amount")
            : new PendingLine(
                account.Account,
                account.Currency.Code,
                new LineDraft(LineKind.Adjustment, order.Description, period, amount, explain)
                {
                    Id = id,
                    HasWaited = true,
                    Subscription = order.Subscription,
                    Quantity = order.Quantity,
                    UnitAmount = order.UnitAmount,
                    TaxCode = order.TaxCode,
                },
                PendingSource.Manual,
                now);
    }

    /// <summary>
    /// Drafts of a turn as lines that wait: discounts are fixed now, tax is left to the document. A charge whose amount and
    /// discount are both nought waits too, since a credit may name it.
    /// </summary>
    /// <param name="drafts">In the order in which they shall be shown.</param>
    /// <param name="discounts">What coupons may take off them.</param>
    /// <param name="account">Whose lines they are.</param>
    /// <param name="source">Who made them.</param>
    /// <param name="at">The instant for which they were made.</param>
    /// <param name="ids">Gives the ids of the lines.</param>
    public static ImmutableArray<PendingLine> Of(
        IReadOnlyList<LineDraft> drafts, IReadOnlyList<Discount> discounts, AccountFacts account, PendingSource source, Instant at, IdSource ids) =>
    [
        .. InvoiceCalculator.Discounted(drafts, discounts, account.Tax, ids)
            .Select(draft => new PendingLine(account.Account, account.Currency.Code, draft, source, at)),
    ];

    /// <summary>
    /// Lines as a document takes them: credits of lines that have been billed since name the invoice and bring its tax;
    /// those of lines on void invoices are left out, since such lines count as not billed.
    /// </summary>
    /// <param name="waiting">The lines that wait.</param>
    /// <param name="billed">By line id: where lines that have waited stand now.</param>
    /// <param name="invoices">By id: the invoices whose lines are credited.</param>
    public static (ImmutableArray<LineDraft> Taken, ImmutableArray<string> Dropped) Due(
        IReadOnlyCollection<LineDraft> waiting,
        IReadOnlyDictionary<string, BilledLine> billed,
        IReadOnlyDictionary<string, CreditableInvoice> invoices)
    {
        var taken = ImmutableArray.CreateBuilder<LineDraft>(waiting.Count);
        var dropped = ImmutableArray.CreateBuilder<string>();
        foreach (var line in waiting)
        {
            var known = Known(line, billed);
            if (known.CreditedInvoice is { } invoice && invoices.TryGetValue(invoice, out var seen) && seen.Status is InvoiceStatus.Void)
            {
                dropped.Add(known.Id!);
            }
            else
            {
                taken.Add(known);
            }
        }

        return (taken.DrainToImmutable(), dropped.DrainToImmutable());
    }

    private static LineDraft Known(LineDraft line, IReadOnlyDictionary<string, BilledLine> billed) =>
        line is { CreditedLine: { } credited, CreditedInvoice: null } && billed.TryGetValue(credited, out var stands)
            ? line with { CreditedInvoice = stands.Invoice, CarriedTaxRates = stands.TaxRates, CarriedInclusive = stands.TaxInclusive }
            : line;

    private static Refusal? RefusalOfSize(PendingLineOrder order)
    {
        var exact = order.Amount ?? (Math.Abs(order.Quantity!.Value) <= MaxAmount && Math.Abs(order.UnitAmount!.Value) <= MaxAmount
            ? order.Quantity.Value * order.UnitAmount.Value
            : decimal.MaxValue);
        return order.Quantity < 0
            ? Refusal.Rule("negative_quantity", "A quantity is zero or more; give a unit_amount below zero for a credit.", "quantity")
            : Math.Abs(exact) > MaxAmount
                ? Refusal.Rule("amount_too_large", $"A line comes to at most {MaxAmount} minor units.", "amount")
                : null;
    }

    private static (long Amount, Explain Explain) Rated(PendingLineOrder order)
    {
        if (order.Amount is { } amount)
        {
            return (amount, Explain.Empty.With(ExplainSteps.Given("Amount", amount)));
        }

        var (quantity, unit) = (order.Quantity!.Value, order.UnitAmount!.Value);
        var exact = quantity * unit;
        var rounded = Rounding.ToMinorUnits(exact);
        var product = ExplainSteps.Of(
            "multiply", "Units", exact, ("quantity", ExplainSteps.Text(quantity)), ("unit_amount", ExplainSteps.Text(unit)));
        return (rounded, Explain.Empty.With(product).With(ExplainSteps.Round(exact, rounded)));
    }
}
