using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Domain.Catalog;

/// <summary>When changes to a plan take effect, and by which policy, where the call does not say.</summary>
/// <param name="Upgrade">Of changes to terms that cost more a day; null is now, by each price's policy.</param>
/// <param name="Downgrade">Of changes to terms that cost less a day; null is now, by each price's policy.</param>
public sealed record ChangeDefaults(ChangeDefault? Upgrade, ChangeDefault? Downgrade);

/// <summary>A default of changes in one direction.</summary>
/// <param name="AtPeriodEnd">True waits for the end of the current period; false is now.</param>
/// <param name="Proration">The policy; null takes each price's own, else <c>day</c>.</param>
public sealed record ChangeDefault(bool AtPeriodEnd, ProrationPolicy? Proration);
