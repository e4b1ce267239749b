using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Metering;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Metering;

/// <summary>Whose the events are that name no subscription (rules.md, "Usage").</summary>
public sealed class UsageOwnershipTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 6, 1, 0, 0);

    /// <summary>Claims by the minute: which subscription, since and until when.</summary>
    private static readonly Gen<(int Subscription, int Since, int? Until)[]> Claims = Gen.Select(
        Gen.Int[0, 3], Gen.Int[0, 20], Gen.Int[0, 20].Nullable(0.3), (subscription, since, length) => (subscription, since, length is { } minutes ? since + minutes : (int?)null)).Array[0, 8];

    [Fact]
    public void Each_instant_has_one_owner_the_oldest_that_claims_it() => Claims.Sample(drawn =>
    {
        var claims = drawn.Select((claim, i) => new UsageClaim("calls", "sub_" + claim.Subscription, Created(claim.Subscription), i, At(claim.Since), claim.Until is { } until ? At(until) : null)).ToList();
        var owned = Enumerable.Range(0, 4).Select(subscription => Own(subscription, drawn)
            .SelectMany(span => UsageOwnership.Unnamed("sub_" + subscription, Created(subscription), span, claims)).ToList()).ToList();
        for (var minute = 0; minute < 50; minute++)
        {
            var claiming = Enumerable.Range(0, 4).Where(subscription => drawn.Any(claim => claim.Subscription == subscription && claim.Since <= minute && !(minute >= claim.Until)))
                .OrderBy(subscription => Created(subscription)).ThenBy(subscription => Array.FindIndex(drawn, claim => claim.Subscription == subscription)).Take(1);
            Assert.Equal(claiming, Enumerable.Range(0, 4).Where(subscription => owned[subscription].Any(span => span.Contains(At(minute)))));
        }
    });

    /// <summary>One that is dated before its beginning has never held.</summary>
    [Fact]
    public void A_claim_that_never_held_cuts_nothing()
    {
        var span = new Period(At(0), At(30));
        UsageClaim[] claims = [new("calls", "sub_0", Created(0), 1, At(10), At(10)), new("calls", "sub_1", Created(1), 2, At(0), null)];
        Assert.Equal([span], UsageOwnership.Unnamed("sub_1", Created(1), span, claims));
    }

    /// <summary>The second and the third were created at one instant.</summary>
    private static Instant Created(int subscription) => Start - Duration.FromDays(10 - (subscription is 2 ? 1 : subscription));

    private static Instant At(int minute) => Start + Duration.FromMinutes(minute);

    /// <summary>The spans that a subscription counts: its claims put together.</summary>
    private static IEnumerable<Period> Own(int subscription, (int Subscription, int Since, int? Until)[] drawn)
    {
        var minutes = Enumerable.Range(0, 51).Where(minute => drawn.Any(claim => claim.Subscription == subscription && claim.Since <= minute && !(minute >= claim.Until)));
        return minutes.Select(minute => new Period(At(minute), At(minute + 1)));
    }
}
