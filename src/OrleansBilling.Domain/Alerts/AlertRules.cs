using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Alerts;

/// <summary>What an alert must keep before it is made.</summary>
public static class AlertRules
{
    /// <summary>Thresholds of one alert at most.</summary>
    public const int MaxThresholds = 20;

    /// <summary>The first rule that the alert breaks, or null.</summary>
    /// <returns>
    /// 400 of single values (<see cref="CatalogLimits"/>), <c>threshold_needed</c>; 422 <c>account_or_plan</c>, <c>meter_needed</c>,
    /// <c>meter_unused</c>, <c>invoice_needs_spend</c>, <c>wallet_unused</c>, <c>threshold_twice</c>; 400 <c>invalid_amount</c> of spend.
    /// </returns>
    public static Refusal? Check(Alert alert) => alert switch
    {
        _ when alert.Account is null == (alert.Plan is null) =>
            Refusal.Rule("account_or_plan", "Name either the account that is watched, or the plan whose subscriptions are.", "account"),
        { Kind: AlertKind.Usage, Meter: null } => Refusal.Rule("meter_needed", "Name the meter whose quantity is watched.", "meter"),
        { Kind: not AlertKind.Usage, Meter: not null } => Refusal.Rule("meter_unused", "Only usage is of a meter: leave the meter out.", "meter"),
        { Kind: not AlertKind.Spend, Invoice: true } =>
            Refusal.Rule("invoice_needs_spend", "Only an amount of spend can be invoiced when it is reached: use kind 'spend', or leave invoice out.", "invoice"),
        { Wallet: not null } when alert.Kind is not AlertKind.Balance || alert.Account is null =>
            Refusal.Rule("wallet_unused", "A wallet is named with kind 'balance' and its account: leave it out.", "wallet"),
        _ => (alert.Name is null ? null : CatalogLimits.Name(alert.Name, "name")) ?? Thresholds(alert),
    };

    private static Refusal? Thresholds(Alert alert)
    {
        if (CatalogLimits.Count(alert.Thresholds.Length, 1, MaxThresholds, "thresholds") is { } refusal)
        {
            return refusal;
        }

        for (var i = 0; i < alert.Thresholds.Length; i++)
        {
            var threshold = alert.Thresholds[i];
            if (CatalogLimits.QuantityOf(threshold, $"thresholds[{i}]") is { } broken)
            {
                return broken;
            }

            // Nothing is used at the begin of every period, and no wallet goes below nothing.
            if (threshold == 0 && alert.Kind is not AlertKind.Balance)
            {
                return Refusal.Invalid("threshold_needed", "Give a threshold above zero: zero is reached before anything happens.", $"thresholds[{i}]");
            }

            if (alert.Kind is AlertKind.Spend && threshold != decimal.Truncate(threshold))
            {
                return Refusal.Invalid("invalid_amount", "Money is given in whole minor units.", $"thresholds[{i}]");
            }

            if (alert.Thresholds.IndexOf(threshold) < i)
            {
                return Refusal.Rule("threshold_twice", "Name each threshold once.", $"thresholds[{i}]");
            }
        }

        return null;
    }
}
