using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Alerts;
using OrleansBilling.Grains.Entitlements;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Wallets;
using OrleansBilling.Server.Http.Commands;

namespace OrleansBilling.Server.Metering;

/// <summary>What current usage costs so far.</summary>
/// <param name="Subscription">Whose item it is.</param>
/// <param name="Item">The item.</param>
/// <param name="Plan">The code of its plan.</param>
/// <param name="Price">The code of its price.</param>
/// <param name="Meter">The code of the meter.</param>
/// <param name="Start">Since when it counts.</param>
/// <param name="End">Up to when; the present while it runs.</param>
/// <param name="Status"><c>running</c>, or <c>closing</c>: the span has ended and waits for stragglers.</param>
/// <param name="Quantity">As the meter aggregates.</param>
/// <param name="Events">Of how many events it is made.</param>
/// <param name="Amount">Minor units so far, before minimum, discounts and tax.</param>
/// <param name="Billed">Minor units of it that are on an invoice already, since an alert had them invoiced.</param>
internal sealed record UsageChargeView(
    string Subscription, string Item, string Plan, string Price, string Meter, Instant Start, Instant End, string Status, decimal Quantity, long Events, long Amount, long Billed);

/// <summary>What is left before the next threshold of an alert.</summary>
/// <param name="Alert">The alert.</param>
/// <param name="Kind">What it watches.</param>
/// <param name="Meter">The meter, of usage.</param>
/// <param name="Subscription">The subscription that it watches; null for the account.</param>
/// <param name="Threshold">The next one that is not reached.</param>
/// <param name="Value">The value so far.</param>
/// <param name="Remaining">What is left before it.</param>
internal sealed record UsageLimitView(string Alert, AlertKind Kind, string? Meter, string? Subscription, object Threshold, object Value, object Remaining);

/// <summary>What a subscription is entitled to use of a meter in its current period, and what is left of it.</summary>
/// <param name="Subscription">Whose plans say so.</param>
/// <param name="Meter">The meter.</param>
/// <param name="Start">Of its current period.</param>
/// <param name="End">Of its current period.</param>
/// <param name="Limit">The quantity that is meant for the period.</param>
/// <param name="Used">The quantity so far; it may be above the limit.</param>
/// <param name="Remaining">What is left; zero where more was used.</param>
internal sealed record UsageEntitlementView(string Subscription, string Meter, Instant Start, Instant End, decimal Limit, decimal Used, decimal Remaining);

/// <summary>Prepaid credit that can be used.</summary>
/// <param name="Wallet">The wallet.</param>
/// <param name="Currency">Its currency.</param>
/// <param name="Unit">Its unit; null for money.</param>
/// <param name="Available">Minor units, or units.</param>
internal sealed record UsageCreditView(string Wallet, string Currency, string? Unit, object Available);

/// <summary>How an account stands: cost so far, what is left before limits and of entitlements, prepaid credit.</summary>
/// <param name="Amount">The sum of the charges, in minor units of the account's currency.</param>
/// <param name="Charges">By subscription and price, of usage that is not billed yet.</param>
/// <param name="Limits">Of alerts on usage and spend.</param>
/// <param name="Entitlements">Numbers of plans whose codes are meters'.</param>
/// <param name="Credits">Of each wallet.</param>
internal sealed record UsageStanding(
    long Amount, IReadOnlyList<UsageChargeView> Charges, IReadOnlyList<UsageLimitView> Limits, IReadOnlyList<UsageEntitlementView> Entitlements,
    IReadOnlyList<UsageCreditView> Credits)
{
    /// <summary>Reads it.</summary>
    /// <param name="call">The request.</param>
    /// <param name="account">The account.</param>
    /// <param name="subscription">Only of this subscription; null takes all.</param>
    /// <param name="meter">Only of this meter; null takes all.</param>
    /// <param name="now">On the account's clock.</param>
    public static async Task<UsageStanding> ReadAsync(Call call, AccountFacts account, string? subscription, string? meter, Instant now)
    {
        var sheet = await call.Get<IAlertRows>().ReadAllAsync(account.Account);
        var accrued = new Dictionary<string, ImmutableArray<AccruedUsage>>(StringComparer.Ordinal);
        var charges = new List<UsageChargeView>();
        foreach (var state in sheet.Subscriptions.Where(state => UsageParts.Asks(state) && (subscription is null || state.Id == subscription)))
        {
            charges.AddRange((await AccruedAsync(state.Id, now + AlertValues.Moment)).Where(part => meter is null || part.Meter == meter).Select(part => new UsageChargeView(
                state.Id, part.Item, part.Plan, part.Price, part.Meter, part.Span.Start, part.Runs ? now : part.Span.End, part.Runs ? "running" : "closing",
                part.Quantity, part.Events, part.Amount, part.Billed)));
        }

        return new UsageStanding(charges.Sum(charge => charge.Amount), charges, await LimitsAsync(), await EntitlementsAsync(), await CreditsAsync(call, sheet, now));

        async Task<ImmutableArray<AccruedUsage>> AccruedAsync(string id, Instant by) => accrued.TryGetValue(id, out var known)
            ? known
            : accrued[id] = await call.Grain<ISubscriptionGrain>(id).Accrued(by);

        async Task<List<UsageEntitlementView>> EntitlementsAsync() =>
        [
            .. (await call.Get<EntitlementReads>().LimitsAsync(account.Account, sheet.Subscriptions, subscription, meter)).Select(limit => new UsageEntitlementView(
                limit.Subscription, limit.Meter, limit.Period.Start, limit.Period.End, limit.Limit, limit.Used, Math.Max(0, limit.Limit - limit.Used))),
        ];

        async Task<List<UsageLimitView>> LimitsAsync()
        {
            var limits = new List<UsageLimitView>();
            var values = call.Get<AlertValues>();
            var watched = await values.SubscriptionsAsync(sheet);
            foreach (var alert in sheet.Alerts.Where(alert => alert.Kind is not AlertKind.Balance && (meter is null || alert.Meter is null || alert.Meter == meter)))
            {
                // The last period of each target is the current one.
                var targets = AlertTargets.Of(alert, account.Account, watched, sheet.Wallets, TimeZones.Of(account.TimeZone), now)
                    .GroupBy(target => target.Id, StringComparer.Ordinal).Select(periods => periods.Last());
                foreach (var target in targets.Where(target => subscription is null || target.Subscription is null || target.Subscription == subscription))
                {
                    var value = await values.ReadAsync(alert, account.Account, target, AccruedAsync, now) ?? 0;
                    if (alert.Thresholds.Order().Where(threshold => !alert.Reaches(value, threshold)).Select(threshold => (decimal?)threshold).FirstOrDefault() is { } next)
                    {
                        limits.Add(new UsageLimitView(alert.Id, alert.Kind, alert.Meter, target.Subscription, alert.Shown(next), alert.Shown(value), alert.Shown(next - value)));
                    }
                }
            }

            return limits;
        }
    }

    private static async Task<List<UsageCreditView>> CreditsAsync(Call call, AlertSheet sheet, Instant now)
    {
        var credits = new List<UsageCreditView>();
        foreach (var id in sheet.Wallets)
        {
            if (await call.Get<IWalletRows>().FindAsync(id, now, null) is { } found)
            {
                credits.Add(new UsageCreditView(id, found.Wallet.Currency.Code, found.Wallet.Unit, WalletView.Shown(found.Wallet, found.Available(now))));
            }
        }

        return credits;
    }
}
