using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>The part of a credited line that prepaid credit had paid (rules.md, "Invoices").</summary>
internal static class PrepaidShare
{
    /// <summary>
    /// What is still paid of the line, in proportion to what is credited of what is left of it, rounded: never more than the
    /// credit itself, and never so little that what stays of the line is less than what stays paid of it. What closes a line
    /// takes all that is left.
    /// </summary>
    /// <param name="paid">Minor units paid by prepaid credit and not given back.</param>
    /// <param name="credit">What is credited now, after its discount.</param>
    /// <param name="left">What is left of the line before, after its discount.</param>
    public static long Of(long paid, long credit, long left)
    {
        if (paid == 0 || credit >= left)
        {
            return Math.Min(paid, Math.Max(credit, 0));
        }

        var least = Math.Clamp(paid - (left - credit), 0, paid);
        return Math.Min(Math.Max(Rounding.ToMinorUnits((decimal)paid * credit / left), least), Math.Clamp(credit, 0, paid));
    }
}
