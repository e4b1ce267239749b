using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>The rows of usage that a turn writes: which meters are priced since when, and which spans it has closed.</summary>
internal static class UsageTurns
{
    /// <summary>The rows of a step.</summary>
    public static IEnumerable<ProjectionRow> Rows(SubscriptionState? before, SubscriptionStep step, Instant now) =>
        Owned(before, step.State).Concat<ProjectionRow>(Closed(step, now));

    private static IEnumerable<UsageOwnerRow> Owned(SubscriptionState? before, SubscriptionState after)
    {
        var (was, becomes) = (Meters(before), Meters(after));
        foreach (var (meter, since) in becomes.Where(claim => !was.ContainsKey(claim.Key)))
        {
            yield return new UsageOwnerRow(after.Account, meter, after.Id, after.CreatedAt, since, Until: null);
        }

        // What ends it is the end, a pause or a change, each dated by its own effect.
        foreach (var meter in was.Keys.Where(meter => !becomes.ContainsKey(meter)))
        {
            yield return new UsageOwnerRow(after.Account, meter, after.Id, after.CreatedAt, Since: null, after.EndedAt ?? after.PausedAt ?? after.LastChangeAt ?? after.CurrentPeriod.Start);
        }
    }

    private static Dictionary<string, Instant> Meters(SubscriptionState? state) => (state?.Items ?? [])
        .Select(item => item.Usage).OfType<ItemUsage>().GroupBy(running => running.Meter, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Min(running => running.From), StringComparer.Ordinal);

    private static IEnumerable<UsageClosedRow> Closed(SubscriptionStep step, Instant now)
    {
        var documents = step.Documents;
        foreach (var line in documents.Invoices.SelectMany(invoice => invoice.Lines).Where(line => line.Draft is { Usage: not null, HasWaited: false }))
        {
            yield return Row(step, line.Draft.Usage!, line.Id, line.Draft.Cause, now);
        }

        foreach (var waiting in documents.PendingLines.Where(line => line.Draft.Usage is not null))
        {
            yield return Row(step, waiting.Draft.Usage!, waiting.Draft.Id, waiting.Draft.Cause, now);
        }

        foreach (var closed in documents.UsageClosed)
        {
            yield return Row(step, closed, null, null, now);
        }
    }

    private static UsageClosedRow Row(SubscriptionStep step, ClosedUsage closed, string? line, string? cause, Instant now) =>
        new(step.State.Account, step.State.Id, closed, line, cause, now);
}
