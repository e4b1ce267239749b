using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Alerts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Alerts;

/// <summary>
/// Looks at the values that an account's alerts watch, and tells. It keeps nothing: what was told are rows, whose keys let each
/// threshold be told once, whoever looks and however often. It asks subscriptions what
/// their usage costs.
/// </summary>
[CollectionAgeLimit(Minutes = 2)]
public sealed class AccountAlertsGrain(IAlertRows rows, AlertValues watched, IBillingFacts accounts, ITurnCommitter committer) : Grain, IAccountAlertsGrain
{
    private const int MaxTries = 5;

    private string Account => this.GetPrimaryKeyString()[AccountAlerts.KeyOf("").Length..];

    /// <inheritdoc/>
    public async Task<DueAnswer> RunDue(RunDue message)
    {
        for (var i = 0; i < MaxTries; i++)
        {
            var sheet = await rows.ReadAsync(Account);
            var billing = await accounts.FindAsync(Account);
            var told = billing is null ? [] : await LookAsync(sheet, billing.Account, message.Now);
            if (told.Count == 0 && sheet.Asked is null)
            {
                return new DueAnswer([]);
            }

            try
            {
                var write = Write(sheet, told, billing?.Account, message.Now);
                await committer.CommitAsync(write, static () => Task.CompletedTask);
                return new DueAnswer(write.HandedOver(AccountAlerts.KeyOf(Account)));
            }
            catch (TurnConflictException)
            {
                // Someone else told it meanwhile: what is known is read again.
            }
        }

        throw new TurnConflictException("alert");
    }

    private TurnWrite Write(AlertSheet sheet, List<Told> told, AccountFacts? account, Instant now) => new()
    {
        Account = Account,
        At = now,
        Rows = [.. told.Select(one => new AlertFiringRow(one.Firing, Account, one.Alert.Recurring))],
        Documents = Documents.None with { Events = [.. told.Select(one => one.Firing.Tell(one.Alert, one.Target, Account, one.Value))] },
        Due =
        [
            .. sheet.Asked is { } seen
                ? new[] { new DueWrite(new DueKey(DueTargets.Alerts, AccountAlerts.KeyOf(Account), DueKind.AlertCheck), Account, AccountFacts.LiveClock, null) { OnlyAs = seen } }
                : [],
            // In the transaction of the firing: who has been told is invoiced, whatever dies.
            .. told.SelectMany(one => one.Firing.Invoices(one.Alert, one.Target)).Distinct(StringComparer.Ordinal)
                .Select(subscription => new DueWrite(new DueKey(DueTargets.Subscription, subscription, DueKind.UsagePiece), Account, account!.Clock, now)),
        ],
    };

    private async Task<List<Told>> LookAsync(AlertSheet sheet, AccountFacts account, Instant now)
    {
        var subscriptions = await watched.SubscriptionsAsync(sheet);
        var zone = TimeZones.Of(account.TimeZone);
        var targets = sheet.Alerts.SelectMany(alert => AlertTargets.Of(alert, Account, subscriptions, sheet.Wallets, zone, now).Select(target => (Alert: alert, Target: target))).ToList();
        var known = targets.Count == 0 ? [] : await rows.ToldAsync(targets);
        var toldBefore = known.ToLookup(firing => (firing.Alert, firing.Target));
        var told = new List<Told>();
        var values = new Dictionary<(AlertKind, string?, string, Instant), decimal?>();
        foreach (var (alert, target) in targets)
        {
            var place = (alert.Kind, alert.Meter, target.Id, target.Period.Start);
            var value = values.TryGetValue(place, out var read) ? read : values[place] = await watched.ReadAsync(alert, Account, target, AccruedAsync, now);
            told.AddRange(AlertDecider.Decide(alert, target, value, [.. toldBefore[(alert.Id, target.Id)]], now).Select(firing => new Told(alert, target, firing, value ?? 0)));
        }

        return told;
    }

    private Task<ImmutableArray<AccruedUsage>> AccruedAsync(string subscription, Instant by) => GrainFactory.GetGrain<ISubscriptionGrain>(subscription).Accrued(by);

    private sealed record Told(Alert Alert, AlertTarget Target, AlertFiring Firing, decimal Value);
}
