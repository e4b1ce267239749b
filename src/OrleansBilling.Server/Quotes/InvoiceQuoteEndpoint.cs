using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Quotes;

/// <summary>The sums of an invoice, by the very code that computes invoices.</summary>
internal static class InvoiceQuoteEndpoint
{
    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.Ask<InvoiceQuoteBody>(
        "/v1/quotes/invoice",
        new Operation("Quotes", "Shows the lines and totals that an invoice would have.", Allow.Read)
        {
            Answer = typeof(InvoiceQuoteView), Refusals = ["400 percent_out_of_range", "400 amount_out_of_range", "422 one_discount_needed", "422 duplicate_rate", "422 amount_too_large"],
        },
        (_, body) => Task.FromResult(Quote(body)));

    private static Answer Quote(InvoiceQuoteBody body)
    {
        var inclusive = body.Tax?.Inclusive ?? false;
        var drafts = body.Lines.Select((line, index) => Draft(line, index, inclusive)).ToList();
        var tax = TaxSettings.None with { Inclusive = inclusive, Rounding = body.Tax?.Rounding ?? TaxRounding.Document };
        var coupons = (body.Coupons ?? []).Select((coupon, index) => Coupon(coupon, index, body.Currency)).ToList();
        var computed = InvoiceCalculator.Compute(drafts, coupons, tax, Currency.Of(body.Currency), new IdSource("quote", default));
        var totals = computed.Totals;
        return Answer.Ok(AnswerJson.Write(new InvoiceQuoteView(
            body.Currency, [.. computed.Lines.Select(Shown)], totals.Subtotal, totals.DiscountTotal, totals.TaxTotal, totals.Total, Math.Max(0, totals.Total))));
    }

    private static Discount Coupon(QuotedCouponBody body, int index, string currency)
    {
        var place = (index + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var coupon = new Coupon(place, CouponDuration.Once)
        {
            PercentOff = body.PercentOff,
            AmountOff = body.AmountOff,
            Currency = body.AmountOff is null ? null : Currency.Of(currency),
            AppliesTo = [.. body.AppliesTo ?? []],
        };
        return CouponRules.Check(coupon, NodaTime.Instant.MinValue) is { } refusal
            ? throw Problem.Of(refusal with { Field = $"coupons[{index}].{refusal.Field}" }).Exception()
            : new Discount(place, place, coupon.PercentOff, coupon.AmountOff, coupon.AppliesTo);
    }

    private static LineDraft Draft(QuotedLineBody line, int index, bool inclusive)
    {
        var rates = line.TaxRates ?? [];
        if (rates.Distinct().Count() != rates.Count)
        {
            throw new Problem(422, "duplicate_rate", "Give each rate of a line once.", $"lines[{index}].tax_rates").Exception();
        }

        var explain = Explain.Empty.With(ExplainSteps.Given("Amount of the line", line.Amount));
        return new LineDraft(LineKind.Adjustment, $"Line {index + 1}", new Period(default, default), line.Amount, explain)
        {
            Price = line.Price,
            CarriedTaxRates = [.. rates.Select(rate => new TaxRate(AnswerJson.Text(rate), rate))],
            CarriedInclusive = inclusive,
        };
    }

    private static QuotedLineView Shown(InvoiceLine line)
    {
        var view = InvoiceLineView.Of(line);
        return new QuotedLineView(view.Price, view.Amount, view.DiscountAmount, view.Discounts, view.TaxAmount, view.TaxRates, view.TaxInclusive, view.Explain);
    }
}
