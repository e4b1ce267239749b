using System.Collections.Concurrent;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Server.Http.Commands;

namespace OrleansBilling.Server.Catalog;

/// <summary>Amounts of one currency.</summary>
/// <param name="Currency">Lower-case ISO 4217.</param>
/// <param name="TodayPerMonth">What recurring prices cost a month now.</param>
/// <param name="NewPerMonth">What they will cost.</param>
/// <param name="Immediate">Totals of the invoices made at once, by policy; empty at the period's end.</param>
internal sealed record MigrationAmountsView(string Currency, long TodayPerMonth, long NewPerMonth, IReadOnlyDictionary<string, long> Immediate);

/// <summary>A subscription that a migration would move, or why not.</summary>
internal sealed record MigrationSubjectView(string Subscription, string? Currency, long? TodayPerMonth, long? NewPerMonth, string? Code, string? Detail);

/// <summary>Whom a migration would move and how much that is.</summary>
/// <param name="Subscriptions">How many the cohort holds.</param>
/// <param name="Examined">How many of them the sums are of: all, or the first ones where there are very many.</param>
/// <param name="Refused">How many of those would be refused.</param>
/// <param name="Amounts">Sums by currency of those that would be moved. A month counts as 365.2425 / 12 days.</param>
/// <param name="Data">The first of them, by id.</param>
/// <param name="HasMore">True where more were examined than shown.</param>
internal sealed record MigrationPreviewView(
    int Subscriptions, int Examined, int Refused, IReadOnlyList<MigrationAmountsView> Amounts, IReadOnlyList<MigrationSubjectView> Data, bool HasMore);

/// <summary>Asks each subscription what a migration would do to it, and adds up.</summary>
internal static class MigrationPreview
{
    private const int PageSize = 1000;
    private const int MaxExamined = 5000;
    private const int MaxShown = 100;
    private const int AtOnce = 16;

    public static async Task<MigrationPreviewView> RunAsync(Call call, StartPlanMigration command)
    {
        var versions = PlanMigrationGrain.FromVersions(command);
        var (subjects, count) = await FindAsync(call, command, versions);
        var move = new MovePlanVersion(command.Plan, versions, command.Version, command.AtPeriodEnd) { Proration = command.Proration };
        var clocks = new ConcurrentDictionary<string, Task<ClockReading?>>(StringComparer.Ordinal);
        var found = new MovePreview[subjects.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, subjects.Count),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = call.Aborted },
            async (i, _) =>
            {
                var reading = await clocks.GetOrAdd(subjects[i].Clock, call.Get<IClocks>().ReadAsync);
                found[i] = await call.Grain<ISubscriptionGrain>(subjects[i].Subscription).PreviewMoveVersion(reading?.Now ?? call.Get<IClocks>().Live, move);
            });
        return new MigrationPreviewView(
            count, subjects.Count, found.Count(each => each.Refusal is not null),
            [.. found.Where(each => each.Refusal is null).GroupBy(each => each.Currency, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).Select(Sum)],
            [.. subjects.Zip(found, View).Take(MaxShown)],
            subjects.Count > MaxShown);
    }

    private static async Task<(List<PlanSubscriber> Subjects, int Count)> FindAsync(Call call, StartPlanMigration command, IReadOnlyList<int> versions)
    {
        var subscribers = call.Get<IPlanSubscribers>();
        if (!command.Cohort.Subscriptions.IsEmpty)
        {
            var named = await subscribers.NamedAsync([.. command.Cohort.Subscriptions.Distinct(StringComparer.Ordinal)]);
            return ([.. named], named.Count);
        }

        var (subjects, count, after) = (new List<PlanSubscriber>(), 0, "");
        while (await subscribers.ReadAsync(command.Plan, versions, after, PageSize) is { Count: > 0 } page)
        {
            call.Aborted.ThrowIfCancellationRequested();
            var members = page.Where(each => command.Cohort.Contains(each.Subscription)).ToList();
            count += members.Count;
            subjects.AddRange(members.Take(MaxExamined - subjects.Count));
            after = page[^1].Subscription;
        }

        return (subjects, count);
    }

    private static MigrationAmountsView Sum(IGrouping<string, MovePreview> group) => new(
        group.Key,
        Rounding.ToMinorUnits(group.Sum(each => each.Today)),
        Rounding.ToMinorUnits(group.Sum(each => each.New)),
        group.SelectMany(each => each.Immediate).GroupBy(pair => pair.Key, StringComparer.Ordinal)
            .ToDictionary(policy => policy.Key, policy => policy.Sum(pair => pair.Value), StringComparer.Ordinal));

    private static MigrationSubjectView View(PlanSubscriber subject, MovePreview found) => found.Refusal is { } refusal
        ? new MigrationSubjectView(subject.Subscription, null, null, null, refusal.Code, refusal.Detail)
        : new MigrationSubjectView(
            subject.Subscription, found.Currency, Rounding.ToMinorUnits(found.Today), Rounding.ToMinorUnits(found.New), null, null);
}
