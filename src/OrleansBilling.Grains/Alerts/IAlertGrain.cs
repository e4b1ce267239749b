using NodaTime;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Alerts;

/// <summary>
/// An alert. Key: <c>alert_...</c> Immutable once made, but for its archiving. One of a plan asks for a look at each account that has the
/// plan, batch by batch, when it is made.
/// </summary>
[Alias("OrleansBilling.IAlertGrain")]
public interface IAlertGrain : IDueGrain
{
    /// <summary>
    /// Makes the alert. 404 <c>account_not_found</c>, <c>plan_not_found</c>, <c>meter_not_found</c>, <c>wallet_not_found</c>; those of
    /// <see cref="AlertRules"/>.
    /// </summary>
    [Alias("Create")]
    Task<CommandAnswer> Create(CommandKey key, Instant now, Alert alert);

    /// <summary>Ends it: it tells nothing any more. 404 <c>alert_not_found</c>.</summary>
    [Alias("Archive")]
    Task<CommandAnswer> Archive(CommandKey key, Instant now);
}
