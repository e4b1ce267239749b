using System.Collections.Immutable;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// An invoice that a decision depends on beside its own: a turn that credits its lines counts its version, so that a turn
/// of the invoice which saw it before (to void it, to book money) is decided again, and the other way round.
/// </summary>
/// <param name="Invoice"><c>inv_...</c></param>
/// <param name="Version">The version of the header that was seen.</param>
public sealed record InvoiceSeen(string Invoice, long Version)
{
    /// <summary>True where the turn gives coupon money again that credits on the invoice took back: see <see cref="InvoiceState.CouponGivenAgain"/>.</summary>
    public bool CouponGivenAgain { get; init; }

    /// <summary>Each invoice once.</summary>
    public static ImmutableArray<InvoiceSeen> Together(params IEnumerable<InvoiceSeen> seen) =>
    [
        .. seen.GroupBy(static invoice => (invoice.Invoice, invoice.Version))
            .Select(static same => new InvoiceSeen(same.Key.Invoice, same.Key.Version) { CouponGivenAgain = same.Any(static one => one.CouponGivenAgain) }),
    ];
}
