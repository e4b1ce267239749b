using System.Collections.Immutable;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Grains.Metering;

/// <summary>Reads the usage that decisions of a subscription ask for: its own events, and those that name none where they are its.</summary>
public sealed class UsageForBilling(IUsage usage, IUsageOwners owners)
{
    /// <summary>
    /// Reads until nothing is missing: the decision is rehearsed, what it asks for is read, and it is rehearsed again. A
    /// subscription that counts no usage asks for none, and nothing is read.
    /// </summary>
    /// <param name="account"><c>acct_...</c></param>
    /// <param name="subscription"><c>sub_...</c></param>
    /// <param name="createdAt">When the subscription was created.</param>
    /// <param name="book">Of the facts by which the decision is rehearsed.</param>
    /// <param name="rehearse">Decides, and throws the decision away.</param>
    /// <param name="correction">Usage is read as it would be after it; null reads it as it is.</param>
    public async Task RehearseAsync(
        string account, string subscription, NodaTime.Instant createdAt, UsageBook book, Action rehearse, UsageCorrection? correction = null)
    {
        rehearse();
        while (book.Missing is { Count: > 0 } missing)
        {
            ImmutableArray<UsageNeed> needs = [.. missing];
            var claims = await owners.ReadAsync(account, [.. needs.Select(need => need.Meter).Distinct(StringComparer.Ordinal)]);
            foreach (var together in Together(needs, correction))
            {
                IReadOnlyCollection<UsageClaim> ofMeter = [.. claims.Where(claim => claim.Meter == together[0].Meter)];
                ImmutableArray<Domain.Schedule.Period> Own(UsageNeed need) => UsageOwnership.Unnamed(subscription, createdAt, need.Span, ofMeter);
                var read = together is [var only]
                    ? [await ReadAsync(account, subscription, only, Own(only), correction)]
                    : await ReadUpToAsync(account, subscription, together, Own);
                for (var i = 0; i < together.Count; i++)
                {
                    book.Learn(together[i], read[i]);
                }
            }

            rehearse();
        }
    }

    /// <summary>The usage of a span.</summary>
    /// <param name="account"><c>acct_...</c></param>
    /// <param name="subscription"><c>sub_...</c></param>
    /// <param name="need">What is asked for.</param>
    /// <param name="unnamed">The parts of the span in which events count that name no subscription.</param>
    /// <param name="correction">Usage is read as it would be after it; null reads it as it is.</param>
    public async Task<MeteredUsage> ReadAsync(
        string account, string subscription, UsageNeed need, ImmutableArray<Domain.Schedule.Period> unnamed, UsageCorrection? correction = null)
    {
        var meter = await usage.FindMeterAsync(need.Meter) ?? throw new InvalidOperationException($"There is no meter {need.Meter}, though a price names it.");
        var question = new UsageQuestion([need.Span]) { Subscription = subscription, UnnamedWithin = unnamed, Filters = need.Filters, WithoutHeld = true };
        if (need.Arrived is not null || correction is not null)
        {
            // A correction that is only now made was made by no earlier instant.
            Task<PricedUsage> ReadAsync(Meter counted, UsageQuestion asked, EventTerms? single) => need.Arrived is { } arrived
                ? usage.ReadArrivedAsync(account, counted, asked, single, arrived)
                : usage.ReadCorrectedAsync(account, counted, asked, single, correction!);

            var read = await ReadAsync(meter, question, need.Single);
            var groups = need.GroupBy.IsEmpty ? null : await ReadAsync(Exact(meter), question with { GroupBy = need.GroupBy }, null);
            return Whole(read.Amounts, unnamed) with { Single = need.Single is null ? null : read.Single, Groups = groups is null ? [] : Groups(meter, need.GroupBy, groups.Amounts) };
        }

        if (need.Single is { } terms)
        {
            var priced = await usage.ReadPricedAsync(account, meter, question, terms);
            return Whole(priced.Amounts, unnamed) with { Single = priced.Single };
        }

        var used = Whole(await usage.ReadAsync(account, meter, question), unnamed);
        return need.GroupBy.IsEmpty || used.Events == 0
            ? used
            : used with { Groups = Groups(meter, need.GroupBy, await usage.ReadAsync(account, Exact(meter), question with { GroupBy = need.GroupBy })) };
    }

    /// <summary>
    /// Needs that are read at once: the same usage up to several instants, as grants ask for it that begin or end within a span. A price
    /// that looks at single events is read for each.
    /// </summary>
    private static IEnumerable<List<UsageNeed>> Together(IEnumerable<UsageNeed> needs, UsageCorrection? correction) => needs
        .GroupBy(need => correction is null && need is { Single: null, Arrived: null } ? (need with { Span = new(need.Span.Start, need.Span.Start + NodaTime.Duration.FromTicks(1)) }).Key : need.Key, StringComparer.Ordinal)
        .Select(group => group.OrderBy(need => need.Span.End).ToList());

    /// <summary>Usage of spans that begin at one instant, the shortest first.</summary>
    private async Task<List<MeteredUsage>> ReadUpToAsync(
        string account, string subscription, List<UsageNeed> needs, Func<UsageNeed, ImmutableArray<Domain.Schedule.Period>> own)
    {
        var (first, last) = (needs[0], needs[^1]);
        var meter = await usage.FindMeterAsync(first.Meter) ?? throw new InvalidOperationException($"There is no meter {first.Meter}, though a price names it.");
        var question = new UsageQuestion([first.Span, .. needs.Zip(needs.Skip(1), (before, after) => new Domain.Schedule.Period(before.Span.End, after.Span.End))])
        {
            Subscription = subscription, UnnamedWithin = own(last), Filters = first.Filters, WithoutHeld = true,
        };
        var amounts = await usage.ReadUpToAsync(account, meter, question);
        var groups = first.GroupBy.IsEmpty || amounts[^1].Events == 0 ? [] : await usage.ReadUpToAsync(account, Exact(meter), question with { GroupBy = first.GroupBy });
        return
        [
            .. needs.Select((need, i) => Whole([amounts[i]], own(need)) with
            {
                Groups = amounts[i].Events == 0 ? [] : Groups(meter, first.GroupBy, [.. groups.Where(amount => amount.Window.End == need.Span.End)]),
            }),
        ];
    }

    /// <summary>Groups are rounded once all of them are known.</summary>
    private static Meter Exact(Meter meter) => meter with { Rounding = null };

    private static MeteredUsage Whole(ImmutableArray<UsageAmount> amounts, ImmutableArray<Domain.Schedule.Period> unnamed) =>
        new(amounts[0].Quantity ?? 0, amounts[0].Events) { Unnamed = unnamed };

    private static ImmutableArray<RatingGroup> Groups(Meter meter, ImmutableArray<string> names, ImmutableArray<UsageAmount> amounts) => MeteredUsage.Rounded(meter,
    [
        .. amounts.Where(amount => amount.Quantity is not null).Select(amount => new RatingGroup(
            names.Zip(amount.Group).Where(pair => pair.Second is not null)
                .ToImmutableSortedDictionary(pair => pair.First, pair => pair.Second!, StringComparer.Ordinal),
            amount.Quantity!.Value)),
    ]);
}
