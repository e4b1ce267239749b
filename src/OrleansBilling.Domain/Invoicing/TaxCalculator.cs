using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// Tax of a document (rules.md, "Tax"). Exclusive: per rate, the exact sum is rounded once and spread over its lines.
/// Inclusive: <c>net = gross / (1 + sum of rates)</c>, rounded once over all lines with one set of rates; what remains is
/// the tax, split over the rates and spread over the lines. With rounding <c>line</c> each line is a group of its own.
/// </summary>
internal static class TaxCalculator
{
    public static void Apply(IReadOnlyList<LineInProgress> lines, TaxRounding rounding)
    {
        if (rounding is TaxRounding.Line)
        {
            foreach (var line in lines)
            {
                ApplyTo([line], "line");
            }
        }
        else
        {
            ApplyTo(lines, "document");
        }
    }

    private static void ApplyTo(IReadOnlyList<LineInProgress> lines, string rounding)
    {
        var byRate = new Dictionary<TaxRate, List<Slot>>();
        var bySet = new List<List<LineInProgress>>();
        foreach (var line in lines)
        {
            if (line.Rates.Length == 0)
            {
                continue;
            }

            if (line.Inclusive)
            {
                Gather(bySet, line);
            }
            else
            {
                Gather(byRate, line);
            }
        }

        foreach (var (rate, slots) in byRate)
        {
            Exclusive(rate, slots, rounding);
        }

        foreach (var group in bySet)
        {
            Inclusive(group, rounding);
        }
    }

    private static void Gather(Dictionary<TaxRate, List<Slot>> byRate, LineInProgress line)
    {
        for (var i = 0; i < line.Rates.Length; i++)
        {
            if (!byRate.TryGetValue(line.Rates[i], out var slots))
            {
                byRate.Add(line.Rates[i], slots = []);
            }

            slots.Add(new Slot(line, i));
        }
    }

    private static void Gather(List<List<LineInProgress>> bySet, LineInProgress line)
    {
        foreach (var group in bySet)
        {
            if (group[0].Rates.AsSpan().SequenceEqual(line.Rates.AsSpan()))
            {
                group.Add(line);
                return;
            }
        }

        bySet.Add([line]);
    }

    private static void Exclusive(TaxRate rate, List<Slot> slots, string rounding)
    {
        var exact = new decimal[slots.Count];
        decimal taxed = 0;
        for (var i = 0; i < exact.Length; i++)
        {
            taxed += slots[i].Line.TaxBase;
            exact[i] = slots[i].Line.TaxBase * rate.Percentage / 100m;
        }

        var total = Rounding.ToMinorUnits(taxed * rate.Percentage / 100m);
        var parts = Rounding.Spread(total, exact);
        for (var i = 0; i < parts.Length; i++)
        {
            slots[i].Set(parts[i], ExplainSteps.Of(
                "tax",
                $"{rate.Code} {ExplainSteps.Text(rate.Percentage)} %",
                parts[i],
                ("base", ExplainSteps.Text(slots[i].Line.TaxBase)),
                ("code", rate.Code),
                ("percentage", ExplainSteps.Text(rate.Percentage)),
                ("rounding", rounding),
                ("rounded_base", ExplainSteps.Text(taxed)),
                ("rounded_tax", ExplainSteps.Text(total))));
        }
    }

    private static void Inclusive(List<LineInProgress> group, string rounding)
    {
        var rates = group[0].Rates;
        var percentages = new decimal[rates.Length];
        decimal sum = 0;
        for (var r = 0; r < rates.Length; r++)
        {
            percentages[r] = rates[r].Percentage;
            sum += percentages[r];
        }

        long gross = 0;
        foreach (var line in group)
        {
            gross += line.TaxBase;
        }

        var tax = gross - Rounding.ToMinorUnits(gross * 100m / (100m + sum));
        var perRate = Rounding.Split(tax, percentages);
        var exact = new decimal[group.Count];
        for (var r = 0; r < rates.Length; r++)
        {
            for (var i = 0; i < exact.Length; i++)
            {
                exact[i] = group[i].TaxBase * percentages[r] / (100m + sum);
            }

            var parts = Rounding.Spread(perRate[r], exact);
            for (var i = 0; i < parts.Length; i++)
            {
                new Slot(group[i], r).Set(parts[i], ExplainSteps.Of(
                    "tax_contained",
                    $"{rates[r].Code} {ExplainSteps.Text(percentages[r])} %, contained",
                    parts[i],
                    ("base", ExplainSteps.Text(group[i].TaxBase)),
                    ("code", rates[r].Code),
                    ("percentage", ExplainSteps.Text(percentages[r])),
                    ("percentages", ExplainSteps.Text(sum)),
                    ("rounding", rounding),
                    ("rounded_base", ExplainSteps.Text(gross)),
                    ("rounded_tax", ExplainSteps.Text(perRate[r]))));
            }
        }
    }

    /// <summary>The place of one rate's tax on one line.</summary>
    private readonly record struct Slot(LineInProgress Line, int Index)
    {
        public void Set(long amount, ExplainStep step)
        {
            Line.Taxes[Index] = amount;
            Line.TaxSteps[Index] = step;
        }
    }
}
