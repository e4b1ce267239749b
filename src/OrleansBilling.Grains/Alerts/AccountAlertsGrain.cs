using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Grains.Wallets;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Grains.Alerts;

/// <summary>
/// Looks at the values that an account's alerts watch, and tells. It keeps nothing: what was told are rows, whose keys let each
/// threshold be told once, whoever looks and however often. It asks subscriptions what
/// their usage costs.
/// </summary>
[CollectionAgeLimit(Minutes = 2)]
public sealed class AccountAlertsGrain(
    IAlertRows rows, IBillingFacts accounts, ICatalog catalog, IUsage usage, IUsageOwners owners, IWalletRows wallets, ITurnCommitter committer) : Grain, IAccountAlertsGrain
{
    private const int MaxTries = 5;

    // What happens now is used already: a test clock stands still at it. Rows keep microseconds.
    private static readonly Duration Moment = Duration.FromTicks(10);

    private string Account => this.GetPrimaryKeyString()[AccountAlerts.KeyOf("").Length..];

    /// <inheritdoc/>
    public async Task<DueAnswer> RunDue(RunDue message)
    {
        for (var i = 0; i < MaxTries; i++)
        {
            var sheet = await rows.ReadAsync(Account, message.Now);
            var told = await accounts.FindAsync(Account) is { } billing ? await LookAsync(sheet, billing.Account, message.Now) : [];
            if (told.Count == 0 && sheet.Asked is null)
            {
                return new DueAnswer([]);
            }

            try
            {
                await committer.CommitAsync(Write(sheet, told, message.Now), static () => Task.CompletedTask);
                return new DueAnswer([]);
            }
            catch (TurnConflictException)
            {
                // Someone else told it meanwhile: what is known is read again.
            }
        }

        throw new TurnConflictException("alert");
    }

    private TurnWrite Write(AlertSheet sheet, List<Told> told, Instant now) => new()
    {
        Account = Account,
        At = now,
        Rows = [.. told.Select(one => new AlertFiringRow(one.Firing, Account, one.Alert.Recurring))],
        Documents = Documents.None with { Events = [.. told.Select(one => one.Firing.Tell(one.Alert, one.Target, Account, one.Value))] },
        Due = sheet.Asked is { } seen
            ? [new DueWrite(new DueKey(DueTargets.Alerts, AccountAlerts.KeyOf(Account), DueKind.AlertCheck), Account, AccountFacts.LiveClock, null) { OnlyAs = seen }]
            : [],
    };

    private async Task<List<Told>> LookAsync(AlertSheet sheet, AccountFacts account, Instant now)
    {
        var subscriptions = ImmutableArray.CreateBuilder<WatchedSubscription>();
        foreach (var state in sheet.Subscriptions)
        {
            subscriptions.Add(new WatchedSubscription(state, await MetersAsync(state)));
        }

        var zone = TimeZones.Of(account.TimeZone);
        var told = new List<Told>();
        var values = new Dictionary<(AlertKind, string?, string, Instant), decimal?>();
        foreach (var alert in sheet.Alerts)
        {
            foreach (var target in AlertTargets.Of(alert, Account, subscriptions.ToImmutable(), sheet.Wallets, zone, now))
            {
                var place = (alert.Kind, alert.Meter, target.Id, target.Period.Start);
                var value = values.TryGetValue(place, out var read) ? read : values[place] = await ValueAsync(alert, target, now);
                var known = sheet.Known.Where(firing => firing.Alert == alert.Id && firing.Target == target.Id).ToList();
                told.AddRange(AlertDecider.Decide(alert, target, value, known, now).Select(firing => new Told(alert, target, firing, value ?? 0)));
            }
        }

        return told;
    }

    private async Task<decimal?> ValueAsync(Alert alert, AlertTarget target, Instant now)
    {
        if (target.Wallet is { } wallet)
        {
            return (await wallets.FindAsync(wallet, now, null))?.Available(now);
        }

        if (alert.Kind is AlertKind.Spend)
        {
            return await SpendAsync(target, now);
        }

        var meter = await usage.FindMeterAsync(alert.Meter!) ?? throw new InvalidOperationException($"{alert.Id} watches meter {alert.Meter}, which is not there.");
        var question = new UsageQuestion([target.Period]) { Subscription = target.Subscription, UnnamedWithin = await UnnamedAsync(target, meter.Code) };
        return (await usage.ReadAsync(Account, meter, question))[0].Quantity;
    }

    // As billing counts them: what names no subscription is the oldest one's that prices the meter at its time.
    private async Task<ImmutableArray<Period>> UnnamedAsync(AlertTarget target, string meter)
    {
        if (target.Subscription is not { } subscription)
        {
            return [];
        }

        var claims = await owners.ReadAsync(Account, [meter]);
        return claims.FirstOrDefault(claim => claim.Subscription == subscription) is { } own
            ? UsageOwnership.Unnamed(subscription, own.CreatedAt, target.Period, claims)
            : [];
    }

    // What is billed is read first: usage that is billed meanwhile is missing for a moment, and never counts twice.
    private async Task<decimal> SpendAsync(AlertTarget target, Instant now)
    {
        long spent = 0;
        foreach (var span in target.Spans)
        {
            var billed = await rows.BilledAsync(span.Subscription, span.Period);
            var accrued = await GrainFactory.GetGrain<ISubscriptionGrain>(span.Subscription).Accrued(now + Moment);
            spent += billed + accrued.Where(part => span.Period.Contains(part.Span.Start)).Sum(part => part.Amount);
        }

        return spent;
    }

    private async Task<ImmutableHashSet<string>> MetersAsync(SubscriptionState subscription)
    {
        var meters = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var item in subscription.Items)
        {
            if ((await catalog.FindAsync(item.Plan, item.PlanVersion))?.Find(item.Price)?.Meter is { } meter)
            {
                meters.Add(meter);
            }
        }

        return meters.ToImmutable();
    }

    private sealed record Told(Alert Alert, AlertTarget Target, AlertFiring Firing, decimal Value);
}
