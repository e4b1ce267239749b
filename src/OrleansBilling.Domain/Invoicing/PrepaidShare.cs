namespace OrleansBilling.Domain.Invoicing;

/// <summary>The part of a credited line that prepaid credit had paid (rules.md, "Invoices").</summary>
internal static class PrepaidShare
{
    /// <summary>
    /// A share kept within bounds: never more than is left of what was paid, nor than the credit itself; and so much that what
    /// stays of the line is not less than what stays paid of it. What closes a line takes all that is left.
    /// </summary>
    /// <param name="share">Minor units in proportion, rounded.</param>
    /// <param name="left">Paid by prepaid credit and not given back.</param>
    /// <param name="credit">What is credited now, after its discount.</param>
    /// <param name="stays">What stays of the line afterwards, after its discount.</param>
    public static long Of(long share, long left, long credit, long stays)
    {
        var least = Math.Clamp(left - stays, 0, left);
        return Math.Min(Math.Max(share, least), Math.Clamp(credit, 0, left));
    }
}
