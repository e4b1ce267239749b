using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using static OrleansBilling.Domain.Tests.Subscriptions.Life;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Events that name no subscription and change their owner after their span was closed, where the meter ignores late ones (rules.md, "Usage").</summary>
public sealed class LateOwnerTests
{
    private static readonly PlanVersion Metered = Named("metered", Plan(prices: [Flat("base", 3000), Life.Metered("calls", new GraduatedModel([new Tier(100, 10), new Tier(null, 5)]))]));

    [Theory]
    [InlineData(null, "2026-04-05", new[] { "04-01 to 05-01 calls 0 = 0", "04-01 to 05-01 calls 90 = 900" })]
    [InlineData("2026-04-05", null, new[] { "04-01 to 05-01 calls 90 = 900", "04-01 to 05-01 calls -90 = -900" })]
    public void Events_that_change_their_owner_are_billed_and_given_back_though_late_ones_are_ignored(string? becomes, string? was, string[] told)
    {
        var life = new Life(Metered) { GivesAwayFrom = was is null ? null : Utc(was) }.Start("2026-04-01").Use("2026-04-10", 90).Until("2026-05-01");

        life.Use("2026-04-02", 7).Late("2026-05-02", LatePolicy.Ignore);
        life.GivesAwayFrom = becomes is null ? null : Utc(becomes);
        life.Late("2026-05-03", LatePolicy.Ignore).Late("2026-05-04", LatePolicy.Ignore).Until("2026-06-02");

        Assert.Equal(told.Where(line => line != "04-01 to 05-01 calls 0 = 0"), life.UsageLines());
        // What came late stays ignored, also where it comes after.
        life.Use("2026-04-03", 5).Late("2026-06-03", LatePolicy.Ignore);
        Assert.Equal(7 + 5, life.Counted.Where(closed => closed.Outcome is UsageOutcome.Ignored).Sum(closed => closed.Quantity));
    }

    /// <summary>An older subscription that has never priced the meter took nothing: what comes late then is ignored as ever.</summary>
    [Fact]
    public void The_same_time_told_in_two_parts_is_no_change_of_owner()
    {
        var life = new Life(Metered).Start("2026-04-01").Use("2026-04-10", 90).Until("2026-05-01");
        life.ToldInTwoAt = Utc("2026-04-05");
        life.Use("2026-04-02", 7).Late("2026-05-02", LatePolicy.Ignore).Until("2026-06-02");
        Assert.Equal(["04-01 to 05-01 calls 90 = 900"], life.UsageLines());
    }
}
