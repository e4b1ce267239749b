using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// The discounts of a document, before tax (rules.md, "Discounts"): in the order in which the coupons were attached, each
/// on what the former left, never below zero. What a coupon gives is rounded once and spread over its lines in proportion
/// to their net amounts, by largest remainder.
/// </summary>
internal static class DiscountCalculator
{
    public static void Apply(IReadOnlyList<LineInProgress> lines, IReadOnlyList<Discount> discounts)
    {
        foreach (var discount in discounts)
        {
            Apply(lines, discount);
        }
    }

    private static void Apply(IReadOnlyList<LineInProgress> lines, Discount discount)
    {
        var reduced = new List<LineInProgress>(lines.Count);
        long eligible = 0;
        foreach (var line in lines)
        {
            if (line.Net > 0 && discount.Reduces(line.Draft))
            {
                reduced.Add(line);
                eligible += line.Net;
            }
        }

        var total = discount.PercentOff is { } percent
            ? Rounding.ToMinorUnits(eligible * percent / 100m)
            : Math.Min(discount.AmountLeft ?? 0, eligible);
        if (total <= 0)
        {
            return;
        }

        var parts = Rounding.Split(total, [.. reduced.Select(line => (decimal)line.Net)]);
        for (var i = 0; i < parts.Length; i++)
        {
            // Lines that the split leaves as they are tell so: without them the sum cannot be redone.
            reduced[i].Steps.Add(Step(discount, reduced[i].Net, eligible, total, parts[i]));
            if (parts[i] > 0)
            {
                reduced[i].Discounts.Add(new LineDiscount(discount.Id, discount.Coupon, parts[i]));
            }
        }
    }

    private static ExplainStep Step(Discount discount, long net, long eligible, long total, long part)
    {
        var (name, value) = discount.PercentOff is { } percent ? ("percentage", percent) : ("amount_left", (decimal)discount.AmountLeft!.Value);
        return ExplainSteps.Of(
            "discount",
            discount.PercentOff is null ? $"Coupon {discount.Coupon}" : $"Coupon {discount.Coupon}: {ExplainSteps.Text(value)} %",
            net - part,
            ("amount", ExplainSteps.Text(net)),
            ("coupon", discount.Coupon),
            ("discount", ExplainSteps.Text(part)),
            ("eligible", ExplainSteps.Text(eligible)),
            ("rounded_discount", ExplainSteps.Text(total)),
            (name, ExplainSteps.Text(value)));
    }
}
