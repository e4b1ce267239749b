using OrleansBilling.Domain.Catalog;

namespace OrleansBilling.Domain.Tests.Catalog;

/// <summary>Who belongs to a part of the subscribers.</summary>
public sealed class MigrationCohortTests
{
    private static readonly string[] Ids = [.. Enumerable.Range(0, 10_000).Select(i => $"sub_{i:D26}")];

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(50)]
    public void A_percentage_takes_about_so_many_and_they_are_among_those_of_a_larger_one(int percent)
    {
        var some = Ids.Where(new MigrationCohort(percent, []).Contains).ToHashSet(StringComparer.Ordinal);
        Assert.InRange(some.Count, percent * 80, percent * 120);
        Assert.All(some, id => Assert.True(new MigrationCohort(percent * 2, []).Contains(id)));
    }

    [Fact]
    public void Everybody_and_a_hundred_percent_are_the_same_and_names_are_names()
    {
        Assert.All(Ids, id => Assert.True(MigrationCohort.All.Contains(id) && new MigrationCohort(100, []).Contains(id)));
        Assert.Equal([Ids[3]], Ids.Where(new MigrationCohort(null, [Ids[3]]).Contains));
    }

    [Theory]
    [InlineData(0, false, "percent_out_of_range")]
    [InlineData(101, false, "percent_out_of_range")]
    [InlineData(5, true, "cohort_given_twice")]
    public void A_cohort_that_cannot_be_is_refused(int percent, bool named, string code) =>
        Assert.Equal(code, MigrationCohort.Check(new MigrationCohort(percent, named ? [Ids[0]] : []))?.Code);
}
