using System.Globalization;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>
/// Redoes amounts, discounts and taxes from explanations alone. Written apart from the code that bills, in other arithmetic
/// (whole-number fractions), so that the two can disagree.
/// </summary>
internal static class ExplainEvaluator
{
    public static void Check(ComputedInvoice computed)
    {
        foreach (var line in computed.Lines)
        {
            var chain = Chain.Of(line.Explain.Steps);
            Assert.Equal(line.Draft.Amount, chain.Amount);
            Assert.Equal(line.DiscountAmount, chain.Discount);
            Assert.Equal(line.WalletAmount, chain.Prepaid);
        }

        DiscountEvaluator.Check(computed);
        TaxEvaluator.Check(computed);
    }

    public static void Check(Invoice invoice)
    {
        InvoiceInvariants.Check(invoice);
        Check(new ComputedInvoice(invoice.Lines, invoice.Totals, invoice.Facts.Currency));
    }

    public static void Check(Rated rated) => Assert.Equal(rated.Amount, Chain.Of(rated.Steps).Amount);

    public static decimal Number(ExplainStep step, string input) => decimal.Parse(step.Inputs[input], CultureInfo.InvariantCulture);

    public static decimal Result(ExplainStep step) => decimal.Parse(step.Result, CultureInfo.InvariantCulture);

    /// <summary>Half away from zero, by hand.</summary>
    public static decimal Rounded(decimal value)
    {
        var whole = decimal.Truncate(value);
        return Math.Abs(value - whole) * 2 >= 1 ? whole + Math.Sign(value) : whole;
    }

    private sealed record Chain(decimal Amount, decimal Discount, decimal Prepaid)
    {
        public static Chain Of(IEnumerable<ExplainStep> steps)
        {
            decimal running = 0;
            decimal discount = 0;
            decimal prepaid = 0;
            foreach (var step in steps)
            {
                switch (step.Operation)
                {
                    case "tax" or "tax_contained":
                        break;
                    case "discount":
                        Assert.Equal(running - discount, Number(step, "amount"));
                        discount += Number(step, "discount");
                        Assert.Equal(running - discount, Result(step));
                        break;
                    case "prepaid":
                        Assert.Equal(running - discount - prepaid, Number(step, "amount"));
                        prepaid += Number(step, "prepaid");
                        Assert.Equal(running - discount - prepaid, Result(step));
                        break;
                    default:
                        running = Next(running, step);
                        break;
                }
            }

            return new Chain(running, discount, prepaid);
        }

        private static decimal Next(decimal running, ExplainStep step)
        {
            var result = Result(step);
            if (Part(step) is { } part)
            {
                Assert.Equal(part, result);
                return running + part;
            }

            if (step.Operation == "credit_share")
            {
                Assert.Equal(-(Number(step, "amount") * Number(step, "numerator") / Number(step, "denominator")), result);
                Assert.Equal(running, Number(step, "amount"));
                return result;
            }

            Assert.Equal(running, Number(step, "amount"));
            Assert.Equal(
                step.Operation switch
                {
                    // Parts of a period are quotients of 28 digits: their sum is told to the fifteenth.
                    "sum" => running == result ? running : Math.Round(running, 15),
                    "minimum" => Math.Max(running, Number(step, "bound")),
                    "maximum" => Math.Min(running, Number(step, "bound")),
                    "share" => running * Number(step, "numerator") / Number(step, "denominator"),
                    "round" => Rounded(running),
                    "percent_off" => (100m - Number(step, "percent")) * running / 100m,
                    "round_to" => Rounded(running / Number(step, "step")) * Number(step, "step"),
                    "subtract_billed" => running - Number(step, "billed"),
                    _ => throw new InvalidOperationException($"No such step: {step.Operation}."),
                },
                result);
            return result;
        }

        private static decimal? Part(ExplainStep step) => step.Operation switch
        {
            "flat" or "given" => Number(step, "amount"),
            "multiply" or "tier_unit" or "tier_flat" => Number(step, "unit_amount") * Number(step, "quantity"),
            "percentage" => Number(step, "rate") / 100m * Number(step, "value"),
            "package" => Packages(Number(step, "units"), Number(step, "package_size")) * Number(step, "unit_amount"),
            _ => null,
        };

        private static decimal Packages(decimal units, decimal size)
        {
            var rest = units % size;
            return ((units - rest) / size) + (rest > 0 ? 1 : 0);
        }
    }
}
