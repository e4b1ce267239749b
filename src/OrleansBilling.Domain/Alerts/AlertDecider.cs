using System.Collections.Immutable;
using NodaTime;

namespace OrleansBilling.Domain.Alerts;

/// <summary>
/// Decides what an alert tells of a value: each threshold that is reached and was not told of yet, and the recovery of those that
/// were told and are not reached any more. There is no hysteresis: a threshold tells once in its period, and recovers once.
/// </summary>
public static class AlertDecider
{
    /// <summary>What is new, in the order in which a moving value passes the thresholds.</summary>
    /// <param name="alert">The alert.</param>
    /// <param name="target">Whose value it is, and of which period.</param>
    /// <param name="value">The value; null where no event has one, which reaches nothing.</param>
    /// <param name="known">What was told of this alert and target, in any order.</param>
    /// <param name="now">On the account's clock.</param>
    /// <returns>Firings that begin, and known ones that have recovered.</returns>
    public static ImmutableArray<AlertFiring> Decide(Alert alert, AlertTarget target, decimal? value, IReadOnlyCollection<AlertFiring> known, Instant now)
    {
        if (alert.ArchivedAt is not null)
        {
            return [];
        }

        var rising = alert.Thresholds.Order();
        return [.. (alert.Kind is AlertKind.Balance ? rising.Reverse() : rising).Select(threshold => Step(alert, target, value, threshold, known, now)).OfType<AlertFiring>()];
    }

    private static AlertFiring? Step(Alert alert, AlertTarget target, decimal? value, decimal threshold, IReadOnlyCollection<AlertFiring> known, Instant now)
    {
        var told = known.Where(firing => firing.Threshold == threshold).OrderBy(firing => firing.Period.Start).ToList();
        var inPeriod = told.Find(firing => firing.Period.Start == target.Period.Start);
        if (value is { } reached && alert.Reaches(reached, threshold))
        {
            var isNew = alert.Recurring ? inPeriod is null : told.Count == 0;
            return isNew ? new AlertFiring(alert.Id, target.Id, threshold, target.Period, now, reached) : null;
        }

        // Usage begins anew in every period, which recovers nothing. A balance goes on: its last alert ends when it rises.
        var open = alert.Kind is AlertKind.Balance ? told.LastOrDefault() : inPeriod;
        return open is { RecoveredAt: null } ? open with { RecoveredAt = now } : null;
    }
}
