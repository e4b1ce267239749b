using OrleansBilling.Domain.Invoicing;
using static OrleansBilling.Domain.Tests.Invoicing.ExplainEvaluator;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>Redoes the tax of a document from the tax steps of its lines.</summary>
internal static class TaxEvaluator
{
    public static void Check(ComputedInvoice computed)
    {
        foreach (var line in computed.Lines)
        {
            var steps = TaxSteps(line).ToList();
            Assert.Equal(line.Taxes.Select(tax => (decimal)tax.Amount), steps.Select(Result));
            Assert.Equal(line.TaxAmount, steps.Sum(Result));
            Assert.All(steps, step => Assert.Equal(line.Draft.Amount - line.DiscountAmount - line.WalletAmount, Number(step, "base")));
            Assert.All(steps, step => Assert.Equal(line.TaxInclusive ? "tax_contained" : "tax", step.Operation));
        }

        var groups = computed.Lines.SelectMany((line, index) => TaxSteps(line).Select(step => (Key: Key(line, index, step), Step: step))).GroupBy(entry => entry.Key);
        foreach (var group in groups)
        {
            CheckGroup([.. group.Select(entry => entry.Step)]);
        }
    }

    private static IEnumerable<ExplainStep> TaxSteps(InvoiceLine line) =>
        line.Explain.Steps.Where(step => step.Operation is "tax" or "tax_contained");

    /// <summary>Steps of one key were rounded together.</summary>
    private static string Key(InvoiceLine line, int index, ExplainStep step)
    {
        var rate = $"{step.Operation} {step.Inputs["code"]} {step.Inputs["percentage"]}";
        var set = step.Operation == "tax" ? "" : string.Join('+', line.Taxes.Select(tax => $"{tax.Rate.Code}:{tax.Rate.Percentage:0.####}"));
        return step.Inputs["rounding"] == "line" ? $"{index} {rate} {set}" : $"{rate} {set}";
    }

    private static void CheckGroup(List<ExplainStep> steps)
    {
        var percentage = Number(steps[0], "percentage");
        var divisor = steps[0].Operation == "tax" ? 100m : 100m + Number(steps[0], "percentages");
        var rounded = Number(steps[0], "rounded_tax");
        var taxed = steps.Sum(step => Number(step, "base"));
        Assert.All(steps, step => Assert.Equal(taxed, Number(step, "rounded_base")));
        Assert.All(steps, step => Assert.Equal(rounded, Number(step, "rounded_tax")));
        Assert.Equal(rounded, steps.Sum(Result));
        if (steps[0].Operation == "tax")
        {
            Assert.Equal(Rounded(taxed * percentage / 100m), rounded);
        }
        else
        {
            // All rates together are gross less the rounded net; a single one lies within a unit of its part of that.
            var all = taxed - Rounded(taxed / (1m + (Number(steps[0], "percentages") / 100m)));
            var part = divisor == 100m ? 0 : all * percentage / (divisor - 100m);
            Assert.InRange(rounded, part - 1, part + 1);
        }

        foreach (var step in steps)
        {
            var exact = Number(step, "base") * percentage / divisor;
            Assert.True(
                Math.Abs(Result(step) - exact) < (step.Operation == "tax" ? 1 : 2),
                $"{step.Result} lies too far from {exact}.");
        }
    }
}
