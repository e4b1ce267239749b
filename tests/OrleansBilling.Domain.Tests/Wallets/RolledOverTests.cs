using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Wallets;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Tests.Wallets;

/// <summary>
/// What a rollover set apart for usage, where that comes to less than a look had seen, such as by events that were voided: the grant then has
/// what it would have had with a look that saw just that, and no more of it lapses.
/// </summary>
public sealed class RolledOverTests
{
    private static readonly Gen<(long Minimum, long Maximum, (long Seen, long Billed)[] Weeks)> Lives =
        from minimum in Gen.Long[0, 900]
        from above in Gen.Long[0, 1200]
        from weeks in Gen.Select(Gen.Long[0, Math.Max(minimum, 1)], Gen.Long[0, Math.Max(minimum, 1)], (a, b) => (Seen: Math.Max(a, b), Billed: Math.Min(a, b))).Array[1, 4]
        select (minimum, minimum + Math.Max(above, 1), weeks);

    [Theory]
    [InlineData(200, 500, 800, 300)]
    [InlineData(200, 500, 800, 0)]
    [InlineData(200, 500, 800, 750)]
    [InlineData(1000, 1500, 800, 300)]
    [InlineData(700, 900, 800, 150)]
    [InlineData(0, 600, 300, 100)]
    [InlineData(0, 2000, 1000, 0)]
    [InlineData(0, 2000, 500, 700)]
    public void What_usage_leaves_of_what_was_set_apart_rolls_over_after_all(long minimum, long maximum, long seen, long billed)
    {
        var (kept, promotional) = Lived(minimum, maximum, (seen, billed));
        Assert.Equal(Math.Min(maximum, Math.Max(minimum, 1000 - billed)), kept);
        Assert.Equal(Lived(minimum, maximum, (billed, billed)), (kept, promotional));
    }

    [Fact]
    public void However_many_resets_come_before_the_usage_is_billed() => Lives.Sample(
        life => Assert.Equal(Lived(life.Minimum, life.Maximum, [.. life.Weeks.Select(week => (week.Billed, week.Billed))]), Lived(life.Minimum, life.Maximum, life.Weeks)), iter: 500);

    [Fact]
    public void What_was_set_apart_lapses_where_the_grant_was_voided_meanwhile()
    {
        var purse = Opened(0, 2000);
        Reset(purse, 600);
        purse.Void(purse.State.Grants[0].Id);
        purse.Settled().Due();
        Assert.Equal((0m, 0L), (purse.State.Grants.Sum(grant => grant.Remaining), purse.Booked(LedgerAccount.PromotionalCredit)));
    }

    /// <summary>What is available after weekly resets of a grant of 1,000, each with the usage that was seen before it, all billed after the last one.</summary>
    private static (decimal Kept, long Promotional) Lived(long minimum, long maximum, params (long Seen, long Billed)[] weeks)
    {
        var purse = Opened(minimum, maximum);
        foreach (var (seen, _) in weeks)
        {
            Reset(purse, seen);
        }

        var start = Purse.Start;
        foreach (var (_, billed) in weeks)
        {
            purse.Bill(new Period(start, start + Duration.FromDays(7)), billed);
            start += Duration.FromDays(7);
        }

        purse.Settled().Due();
        return (purse.Available, purse.Booked(LedgerAccount.PromotionalCredit));
    }

    private static Purse Opened(long minimum, long maximum)
    {
        var purse = Purse.OfMoney();
        purse.Grant(new GrantOrder(1000) { Recurrence = new BillingInterval(IntervalUnit.Week, 1), RolloverMinimum = minimum, RolloverMaximum = maximum });
        return purse;
    }

    private static void Reset(Purse purse, long seen)
    {
        purse.Look(0, seen);
        purse.Await(0);
        purse.At(purse.Now + Duration.FromDays(7)).Due();
    }
}
