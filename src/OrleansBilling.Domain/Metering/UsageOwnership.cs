using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Metering;

/// <summary>Since when, and until when, a subscription prices a meter.</summary>
/// <param name="Meter">Code of the meter.</param>
/// <param name="Subscription"><c>sub_...</c></param>
/// <param name="CreatedAt">When the subscription was created: the older one has the precedence.</param>
/// <param name="Order">Of claims of subscriptions that were created at one instant: the lower one comes first.</param>
/// <param name="Since">From when on.</param>
/// <param name="Until">Until when; null while it goes on.</param>
public sealed record UsageClaim(string Meter, string Subscription, Instant CreatedAt, long Order, Instant Since, Instant? Until);

/// <summary>
/// Whose the events are that name no subscription: of the account's oldest live subscription that prices the meter, at the
/// event's time (rules.md, "Usage"). A paused subscription prices nothing.
/// </summary>
public static class UsageOwnership
{
    /// <summary>The parts of a span in which such events belong to a subscription that prices the meter all along; in order.</summary>
    /// <param name="subscription"><c>sub_...</c></param>
    /// <param name="createdAt">When it was created.</param>
    /// <param name="span">The span.</param>
    /// <param name="claims">Of the account's subscriptions to the meter, in any order, its own among them.</param>
    public static ImmutableArray<Period> Unnamed(string subscription, Instant createdAt, Period span, IReadOnlyCollection<UsageClaim> claims)
    {
        var left = ImmutableArray.Create(span);
        var order = OrderOf(subscription, claims);
        foreach (var claim in claims.Where(claim => claim.Subscription != subscription && (claim.CreatedAt, OrderOf(claim.Subscription, claims)).CompareTo((createdAt, order)) < 0))
        {
            var taken = new Period(claim.Since, claim.Until ?? Instant.MaxValue);
            left = [.. left.SelectMany(part => Without(part, taken))];
        }

        return Joined(left);
    }

    /// <summary>Parts of time with those that meet made one: a claim that never held cuts nothing.</summary>
    /// <param name="parts">In order; none overlap.</param>
    public static ImmutableArray<Period> Joined(IEnumerable<Period> parts)
    {
        var joined = ImmutableArray.CreateBuilder<Period>();
        foreach (var part in parts)
        {
            if (joined.Count > 0 && joined[^1].End == part.Start)
            {
                joined[^1] = joined[^1] with { End = part.End };
            }
            else
            {
                joined.Add(part);
            }
        }

        return joined.DrainToImmutable();
    }

    private static long OrderOf(string subscription, IEnumerable<UsageClaim> claims) =>
        claims.Where(claim => claim.Subscription == subscription).Select(claim => claim.Order).DefaultIfEmpty(long.MaxValue).Min();

    private static IEnumerable<Period> Without(Period part, Period taken)
    {
        if (part.Start < Instant.Min(part.End, taken.Start))
        {
            yield return part with { End = Instant.Min(part.End, taken.Start) };
        }

        if (Instant.Max(part.Start, taken.End) < part.End)
        {
            yield return part with { Start = Instant.Max(part.Start, taken.End) };
        }
    }
}
