using NodaTime;
using OrleansBilling.Domain.Kernel;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Alerts;

/// <summary>
/// That a threshold was reached: at most one for each (alert, target, threshold, period), and of an alert that does not recur one
/// for each (alert, target, threshold).
/// </summary>
/// <param name="Alert"><c>alert_...</c></param>
/// <param name="Target">Whose value it was: a subscription, an account or a wallet.</param>
/// <param name="Threshold">Which threshold.</param>
/// <param name="Period">The period of the value.</param>
/// <param name="TriggeredAt">On the account's clock.</param>
/// <param name="Value">The value then.</param>
public sealed record AlertFiring(string Alert, string Target, decimal Threshold, Period Period, Instant TriggeredAt, decimal Value)
{
    /// <summary>When the value had gone back over the threshold, or null.</summary>
    public Instant? RecoveredAt { get; init; }

    /// <summary>
    /// The subscriptions that are invoiced for what they have used so far, since the threshold was reached: of spend in their current period.
    /// One whose period is over by now, or was the one before, is billed by its renewal.
    /// </summary>
    /// <param name="alert">The alert.</param>
    /// <param name="target">The target.</param>
    public IEnumerable<string> Invoices(Alert alert, AlertTarget target) => alert is { Invoice: true, Kind: AlertKind.Spend } && RecoveredAt is null
        ? target.Spans.Where(span => span.Period.Contains(TriggeredAt)).Select(span => span.Subscription)
        : [];

    /// <summary>The event that tells of it: of its beginning, or of its recovery where it has one.</summary>
    /// <param name="alert">The alert.</param>
    /// <param name="target">The target.</param>
    /// <param name="account">Whose timeline shows it.</param>
    /// <param name="value">The value that caused the event.</param>
    public BillingEvent Tell(Alert alert, AlertTarget target, string account, decimal value) => BillingEvent.Of(
        RecoveredAt is null ? "alert.triggered" : "alert.recovered",
        account,
        Alert,
        ("kind", alert.Kind.ToString().ToLowerInvariant()),
        ("meter", alert.Meter),
        ("plan", alert.Plan),
        ("subscription", target.Subscription),
        ("wallet", target.Wallet),
        ("threshold", alert.Shown(Threshold)),
        ("value", alert.Shown(value)),
        ("period_start", Period.Start.ToString()),
        ("period_end", Period.End.ToString()));
}
