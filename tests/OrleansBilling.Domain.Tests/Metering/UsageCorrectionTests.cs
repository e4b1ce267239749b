using NodaTime;
using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Tests.Metering;

public sealed class UsageCorrectionTests
{
    private static readonly UsageSelection All = new("acct_1");
    private static readonly UsageCorrection Void = new(UsageCorrectionAction.Void, null, ["e1"], null, null, null);
    private static readonly Instant Noon = Instant.FromUtc(2026, 4, 1, 12, 0);

    public static TheoryData<string, UsageCorrection, string?> Cases => new()
    {
        { "void by id", Void, null },
        { "void by id of an account", Void with { Account = "acct_1" }, null },
        { "void by filter", Void with { Ids = [], Selection = All }, null },
        { "amend", Void with { Action = UsageCorrectionAction.Amend, Value = -3 }, null },
        { "neither", Void with { Ids = [] }, "ids_or_filter" },
        { "both", Void with { Selection = All }, "ids_or_filter" },
        { "an account beside a filter", Void with { Ids = [], Selection = All, Account = "acct_1" }, "account_unused" },
        { "amend without a value", Void with { Action = UsageCorrectionAction.Amend }, "value_needed" },
        { "void with a value", Void with { Value = 1 }, "value_unused" },
        { "an empty range", Void with { Ids = [], Selection = All with { From = Noon, To = Noon } }, "range_empty" },
        { "a range", Void with { Ids = [], Selection = All with { From = Noon, To = Noon + Duration.FromHours(1) } }, null },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_correction_is_checked_before_events_are_looked_at(string what, UsageCorrection correction, string? code) =>
        Assert.True(correction.Check()?.Code == code, $"{what}: {correction.Check()}");

    [Theory]
    [InlineData(MeterAggregation.Sum, null)]
    [InlineData(MeterAggregation.Latest, null)]
    [InlineData(MeterAggregation.Count, "value_not_counted")]
    [InlineData(MeterAggregation.UniqueCount, "value_not_counted")]
    public void Only_values_that_count_are_amended(MeterAggregation aggregation, string? code)
    {
        var meter = new Meter("m", "M", aggregation);
        Assert.Equal(code, (Void with { Action = UsageCorrectionAction.Amend, Value = 1 }).CheckMeter(meter)?.Code);
        Assert.Null(Void.CheckMeter(meter));
    }

    [Fact]
    public void A_voided_event_counts_for_nothing_and_an_amended_one_for_its_new_value()
    {
        var found = new UsageEvent(Noon, 5, 1, 1);
        Assert.Null(Void.Apply(found));
        Assert.Equal(found with { Value = 2 }, (Void with { Action = UsageCorrectionAction.Amend, Value = 2 }).Apply(found));
    }
}
