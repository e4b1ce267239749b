using System.Collections.Immutable;
using NodaTime;

namespace OrleansBilling.Domain.Metering;

/// <summary>Asks for the usage of one account and meter.</summary>
/// <param name="Windows">Periods in order of time that do not overlap; each is answered by itself.</param>
public sealed record UsageQuestion(ImmutableArray<Schedule.Period> Windows)
{
    /// <summary>No filter.</summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<string>> NoFilters { get; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Only events that name this subscription; null takes all. With <see cref="WithUnnamed"/> also those that name none.</summary>
    public string? Subscription { get; init; }

    /// <summary>Takes events that name no subscription too. Alone (without a subscription) it takes only those.</summary>
    public bool WithUnnamed { get; init; }

    /// <summary>With <see cref="Subscription"/>: also events that name none, where they fall into one of these spans.</summary>
    public ImmutableArray<Schedule.Period> UnnamedWithin { get; init; } = [];

    /// <summary>Properties and the values of which an event must have one, beside the meter's own filters.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Filters { get; init; } = NoFilters;

    /// <summary>Properties by whose values the answer is split; of the meter's <c>group_by</c>.</summary>
    public ImmutableArray<string> GroupBy { get; init; } = [];

    /// <summary>
    /// True leaves out events that a hold pays: those that name one of the account's which stands or was committed, since its
    /// commit is the charge for that use (rules.md, "Holds"). Events of a hold that was given back or has run out are taken.
    /// </summary>
    public bool WithoutHeld { get; init; }

    /// <summary>Hours within which what is asked for changes: a rolled-up hour cannot tell one side from the other.</summary>
    public HashSet<Instant> CutHours() =>
    [
        .. Windows.Concat(UnnamedWithin).SelectMany(static span => new[] { span.Start, span.End })
            .Where(static bound => UsageRollup.HourOf(bound) != bound).Select(UsageRollup.HourOf),
    ];

    /// <summary>True where an event is asked for.</summary>
    public bool Takes(Meter meter, UsageEvent found) =>
        Windows.Any(window => window.Contains(found.At)) && Takes(found.Subscription ?? "", found.At)
            && UsageGroup.Matches(meter.Filters, found.Properties) && UsageGroup.Matches(Filters, found.Properties);

    /// <summary>True where an event of an instant that names this subscription (or none: empty) is asked for.</summary>
    public bool Takes(string subscription, Instant at) =>
        Takes(subscription) || (subscription.Length == 0 && Subscription is not null && UnnamedWithin.Any(span => span.Contains(at)));

    private bool Takes(string subscription) => (Subscription, WithUnnamed) switch
    {
        (null, false) => true,
        (null, true) => subscription.Length == 0,
        ({ } named, true) => subscription.Length == 0 || subscription == named,
        ({ } named, false) => subscription == named,
    };
}

/// <summary>The usage of one window and group.</summary>
/// <param name="Window">The period.</param>
/// <param name="Group">The values of the properties that were asked for, in their order; null for a property that is missing.</param>
/// <param name="Quantity">As the meter aggregates and rounds; null where no event has a value.</param>
/// <param name="Events">How many events it is made of: each counts in exactly one amount of a question.</param>
public sealed record UsageAmount(Schedule.Period Window, ImmutableArray<string?> Group, decimal? Quantity, long Events);

/// <summary>
/// Gathers rolled-up hours and single events into the answer of a question. Every hour and every event is added once; in which
/// order, and how many of them are rolled up, does not matter.
/// </summary>
public sealed class UsageSheet(Meter meter, UsageQuestion question)
{
    private readonly Dictionary<(int Window, string Group), (UsageTotals Totals, HashSet<string> Texts)> _sums = [];

    /// <summary>True where who asks counts the different texts himself: none is kept here, however many there are.</summary>
    public bool LeavesTexts { get; init; }

    /// <summary>Adds a rolled-up hour, which must lie within one window.</summary>
    /// <returns>False where the question does not ask for it.</returns>
    public bool Add(UsageCellKey key, UsageCell cell)
    {
        if (WindowOf(key.Hour) is not { } window || !question.Takes(key.Subscription, key.Hour) || !UsageGroup.Matches(question.Filters, meter.GroupBy, key.Group))
        {
            return false;
        }

        var place = (window, UsageGroup.Part(key.Group, meter.GroupBy, question.GroupBy));
        var (totals, texts) = At(place);
        if (!LeavesTexts)
        {
            texts.UnionWith(cell.Texts);
        }

        _sums[place] = (totals.Merge(cell.Totals), texts);
        return true;
    }

    /// <summary>Adds an event that no added hour holds.</summary>
    /// <returns>False where the question does not ask for it.</returns>
    public bool Add(UsageEvent found)
    {
        if (WindowOf(found.At) is not { } window || !question.Takes(found.Subscription ?? "", found.At)
            || !UsageGroup.Matches(meter.Filters, found.Properties) || !UsageGroup.Matches(question.Filters, found.Properties))
        {
            return false;
        }

        var place = (window, UsageGroup.Of(question.GroupBy, found.Properties));
        var (totals, texts) = At(place);
        if (!LeavesTexts && UsageRollup.TextOf(meter, found) is { } text)
        {
            texts.Add(text);
        }

        _sums[place] = (totals.Add(found), texts);
        return true;
    }

    /// <summary>Takes an event out of an added hour that holds it: where <see cref="UsageTotals.CanRemove"/> says so.</summary>
    /// <returns>False where the question does not ask for it.</returns>
    public bool Remove(UsageEvent found)
    {
        if (WindowOf(found.At) is not { } window || !question.Takes(found.Subscription ?? "", found.At)
            || !UsageGroup.Matches(meter.Filters, found.Properties) || !UsageGroup.Matches(question.Filters, found.Properties))
        {
            return false;
        }

        var place = (window, UsageGroup.Of(question.GroupBy, found.Properties));
        var (totals, texts) = At(place);
        _sums[place] = (totals.Remove(found), texts);
        return true;
    }

    /// <summary>The amounts, by window, then by group. A question without groups has one for every window.</summary>
    /// <param name="different">With <see cref="LeavesTexts"/>: how many different texts a window (by its place) and group have; none where it is missing.</param>
    public ImmutableArray<UsageAmount> Amounts(IReadOnlyDictionary<(int Window, string Group), long>? different = null)
    {
        if (question.GroupBy.IsDefaultOrEmpty)
        {
            for (var i = 0; i < question.Windows.Length; i++)
            {
                _sums[(i, UsageGroup.Whole)] = At((i, UsageGroup.Whole));
            }
        }

        // A group of which every event was taken out again is none.
        return [.. _sums.Where(sum => question.GroupBy.IsDefaultOrEmpty || sum.Value.Totals.Events > 0).OrderBy(sum => sum.Key.Window).ThenBy(sum => sum.Key.Group, StringComparer.Ordinal).Select(sum =>
        {
            var window = question.Windows[sum.Key.Window];
            return new UsageAmount(
                window, UsageGroup.Values(sum.Key.Group),
                sum.Value.Totals.Quantity(meter, window.Start, window.End, LeavesTexts ? different?.GetValueOrDefault(sum.Key) ?? 0 : sum.Value.Texts.Count), sum.Value.Totals.Events);
        })];
    }

    /// <summary>
    /// The amounts up to the end of each window: windows follow each other, and each answer is of all time since the first has begun.
    /// </summary>
    /// <param name="different">With <see cref="LeavesTexts"/>: how many different texts are first seen in a window and group.</param>
    public ImmutableArray<UsageAmount> AmountsUpTo(IReadOnlyDictionary<(int Window, string Group), long>? different = null)
    {
        var start = question.Windows[0].Start;
        var amounts = ImmutableArray.CreateBuilder<UsageAmount>();
        var upTo = new SortedDictionary<string, (UsageTotals Totals, HashSet<string> Texts, long Different)>(StringComparer.Ordinal);
        if (question.GroupBy.IsDefaultOrEmpty)
        {
            upTo[UsageGroup.Whole] = (new UsageTotals(start), new HashSet<string>(StringComparer.Ordinal), 0);
        }

        var byWindow = _sums.ToLookup(sum => sum.Key.Window);
        for (var i = 0; i < question.Windows.Length; i++)
        {
            foreach (var (place, (totals, texts)) in byWindow[i])
            {
                var before = upTo.TryGetValue(place.Group, out var known) ? known : (Totals: new UsageTotals(start), Texts: new HashSet<string>(StringComparer.Ordinal), Different: 0L);
                before.Texts.UnionWith(texts);
                upTo[place.Group] = (before.Totals.Merge(totals), before.Texts, before.Different + (different?.GetValueOrDefault(place) ?? 0));
            }

            var window = new Schedule.Period(start, question.Windows[i].End);
            amounts.AddRange(upTo.Where(sum => question.GroupBy.IsDefaultOrEmpty || sum.Value.Totals.Events > 0).Select(sum => new UsageAmount(
                window, UsageGroup.Values(sum.Key),
                sum.Value.Totals.Quantity(meter, window.Start, window.End, LeavesTexts ? sum.Value.Different : sum.Value.Texts.Count), sum.Value.Totals.Events)));
        }

        return amounts.DrainToImmutable();
    }

    /// <summary>The usage of a meter's events, by no other means than the events: what every faster way must equal.</summary>
    public static ImmutableArray<UsageAmount> Of(Meter meter, UsageQuestion question, IEnumerable<UsageEvent> events)
    {
        var sheet = new UsageSheet(meter, question);
        foreach (var found in events)
        {
            sheet.Add(found);
        }

        return sheet.Amounts();
    }

    private (UsageTotals Totals, HashSet<string> Texts) At((int Window, string Group) place) => _sums.TryGetValue(place, out var known)
        ? known
        : (new UsageTotals(question.Windows[place.Window].Start), new HashSet<string>(StringComparer.Ordinal));

    private int? WindowOf(Instant at)
    {
        var (low, high) = (0, question.Windows.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var window = question.Windows[middle];
            if (at < window.Start)
            {
                high = middle - 1;
            }
            else if (at >= window.End)
            {
                low = middle + 1;
            }
            else
            {
                return middle;
            }
        }

        return null;
    }
}
