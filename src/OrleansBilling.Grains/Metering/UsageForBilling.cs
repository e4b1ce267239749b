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
            foreach (var need in needs)
            {
                var own = UsageOwnership.Unnamed(subscription, createdAt, need.Span, [.. claims.Where(claim => claim.Meter == need.Meter)]);
                book.Learn(need, await ReadAsync(account, subscription, need, own, correction));
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
        if (correction is not null)
        {
            var corrected = await usage.ReadCorrectedAsync(account, meter, question, need.Single, correction);
            var groups = need.GroupBy.IsEmpty ? null : await usage.ReadCorrectedAsync(account, meter, question with { GroupBy = need.GroupBy }, null, correction);
            return Whole(corrected.Amounts, unnamed) with { Single = need.Single is null ? null : corrected.Single, Groups = groups is null ? [] : Groups(need.GroupBy, groups.Amounts) };
        }

        if (need.Single is { } terms)
        {
            var priced = await usage.ReadPricedAsync(account, meter, question, terms);
            return Whole(priced.Amounts, unnamed) with { Single = priced.Single };
        }

        var used = Whole(await usage.ReadAsync(account, meter, question), unnamed);
        return need.GroupBy.IsEmpty || used.Events == 0
            ? used
            : used with { Groups = Groups(need.GroupBy, await usage.ReadAsync(account, meter, question with { GroupBy = need.GroupBy })) };
    }

    private static MeteredUsage Whole(ImmutableArray<UsageAmount> amounts, ImmutableArray<Domain.Schedule.Period> unnamed) =>
        new(amounts[0].Quantity ?? 0, amounts[0].Events) { Unnamed = unnamed };

    private static ImmutableArray<RatingGroup> Groups(ImmutableArray<string> names, ImmutableArray<UsageAmount> amounts) =>
    [
        .. amounts.Where(amount => amount.Quantity is not null).Select(amount => new RatingGroup(
            names.Zip(amount.Group).Where(pair => pair.Second is not null)
                .ToImmutableSortedDictionary(pair => pair.First, pair => pair.Second!, StringComparer.Ordinal),
            amount.Quantity!.Value)),
    ];
}
