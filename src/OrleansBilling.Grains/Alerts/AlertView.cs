using NodaTime;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Alerts;

/// <summary>How an alert is shown over HTTP.</summary>
public sealed record AlertView(
    string Id,
    string Object,
    string? Account,
    string? Plan,
    AlertKind Kind,
    string? Meter,
    string? Wallet,
    IReadOnlyList<object> Thresholds,
    bool Recurring,
    bool Invoice,
    string? Name,
    Instant CreatedAt,
    Instant? ArchivedAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The resource as JSON.</summary>
    public static string Render(Alert alert) => AnswerJson.Write(new AlertView(
        alert.Id, "alert", alert.Account, alert.Plan, alert.Kind, alert.Meter, alert.Wallet, [.. alert.Thresholds.Select(alert.Shown)], alert.Recurring, alert.Invoice, alert.Name,
        alert.CreatedAt, alert.ArchivedAt, alert.Metadata));
}

/// <summary>That a threshold was reached.</summary>
/// <param name="Object">Always <c>alert_trigger</c>.</param>
/// <param name="Alert">The alert.</param>
/// <param name="Account">The account.</param>
/// <param name="Target">Whose value it was: the subscription, the account or the wallet.</param>
/// <param name="Threshold">Which threshold.</param>
/// <param name="Value">The value then.</param>
/// <param name="PeriodStart">The period of the value.</param>
/// <param name="PeriodEnd">Its end.</param>
/// <param name="TriggeredAt">When it was told.</param>
/// <param name="RecoveredAt">When the value had gone back, or null.</param>
public sealed record AlertTriggerView(
    string Object, string Alert, string Account, string Target, object Threshold, object Value, Instant PeriodStart, Instant PeriodEnd, Instant TriggeredAt, Instant? RecoveredAt)
{
    /// <summary>The view of a firing.</summary>
    public static AlertTriggerView Of(Alert alert, AlertFiring firing, string account) => new(
        "alert_trigger", firing.Alert, account, firing.Target, alert.Shown(firing.Threshold), alert.Shown(firing.Value), firing.Period.Start, firing.Period.End, firing.TriggeredAt, firing.RecoveredAt);
}
