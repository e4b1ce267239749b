using OrleansBilling.Domain.Invoicing;
using static OrleansBilling.Domain.Tests.Invoicing.ExplainEvaluator;

namespace OrleansBilling.Domain.Tests.Invoicing;

/// <summary>
/// Redoes the discounts of a document from the discount steps of its lines: what each coupon met, what it gave of that, and
/// how that was spread. Written apart from the code that bills.
/// </summary>
internal static class DiscountEvaluator
{
    public static void Check(ComputedInvoice computed)
    {
        foreach (var line in computed.Lines)
        {
            Assert.Equal(line.DiscountAmount, line.Discounts.Sum(part => part.Amount));
            if (line.Draft.CreditedLine is not null)
            {
                Assert.Empty(CouponSteps(line));
                CheckCredit(line);
            }
        }

        var byCoupon = computed.Lines
            .SelectMany(line => CouponSteps(line).Select(step => (Line: line, Step: step)))
            .GroupBy(entry => (entry.Line.Draft.Subscription, Coupon: entry.Step.Inputs["coupon"]));
        foreach (var turn in byCoupon.SelectMany(Turns))
        {
            CheckCoupon(turn);
        }
    }

    /// <summary>
    /// Lines that have waited bring the discounts of the turn that made them: lines of one turn stand side by side, and are as
    /// many as make what the coupon met.
    /// </summary>
    private static IEnumerable<List<(InvoiceLine Line, ExplainStep Step)>> Turns(IEnumerable<(InvoiceLine Line, ExplainStep Step)> entries)
    {
        List<(InvoiceLine Line, ExplainStep Step)> turn = [];
        foreach (var entry in entries)
        {
            turn.Add(entry);
            if (turn.Sum(part => Number(part.Step, "amount")) >= Number(turn[0].Step, "eligible"))
            {
                yield return turn;
                turn = [];
            }
        }

        Assert.Empty(turn);
    }

    private static IEnumerable<ExplainStep> CouponSteps(InvoiceLine line) =>
        line.Explain.Steps.Where(step => step.Operation == "discount" && step.Inputs.ContainsKey("coupon"));

    private static void CheckCoupon(List<(InvoiceLine Line, ExplainStep Step)> entries)
    {
        var first = entries[0].Step;
        var eligible = entries.Sum(entry => Number(entry.Step, "amount"));
        var total = first.Inputs.ContainsKey("percentage")
            ? Rounded(eligible * Number(first, "percentage") / 100m)
            : Math.Min(eligible, Number(first, "amount_left"));
        Assert.All(entries, entry => Assert.Equal(eligible, Number(entry.Step, "eligible")));
        Assert.All(entries, entry => Assert.Equal(total, Number(entry.Step, "rounded_discount")));
        Assert.Equal(total, entries.Sum(entry => Number(entry.Step, "discount")));

        // The largest remainder, by hand: everybody gets the floor, then one unit each in the order of what was cut off.
        var floors = entries.Select(entry => decimal.Floor(total * Number(entry.Step, "amount") / eligible)).ToList();
        var order = Enumerable.Range(0, entries.Count)
            .OrderByDescending(i => total * Number(entries[i].Step, "amount") % eligible).ThenBy(i => i)
            .Take((int)(total - floors.Sum())).ToHashSet();
        for (var i = 0; i < entries.Count; i++)
        {
            var (line, step) = entries[i];
            var part = floors[i] + (order.Contains(i) ? 1 : 0);
            Assert.Equal(part, Number(step, "discount"));
            Assert.Equal(part, line.Discounts.Where(given => given.Coupon == step.Inputs["coupon"]).Sum(given => given.Amount));
            Assert.InRange(part, 0, Number(step, "amount"));
        }
    }

    /// <summary>A credit takes back the unused share of the discount, at most what is left of it.</summary>
    private static void CheckCredit(InvoiceLine line)
    {
        if (line.Explain.Facts.TryGetValue("billed_discount", out var billed))
        {
            var share = Assert.Single(line.Explain.Steps, step => step.Operation == "credit_share");
            var unused = decimal.Parse(billed, System.Globalization.CultureInfo.InvariantCulture) * Number(share, "numerator") / Number(share, "denominator");
            Assert.InRange(-line.DiscountAmount, 0, Rounded(unused));
        }
    }
}
