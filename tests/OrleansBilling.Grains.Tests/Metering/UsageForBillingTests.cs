using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Metering;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Grains.Tests.Metering;

/// <summary>What a decision asks for of one span up to many instants is read at once.</summary>
public sealed class UsageForBillingTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 6, 1, 0, 0);

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task Usage_up_to_each_bound_of_a_grant_is_one_read(bool grouped, int reads)
    {
        var rows = new Rows();
        var needs = Enumerable.Range(1, 12).Select(day => new UsageNeed("calls", new Period(Start, Start + Duration.FromDays(day))) { GroupBy = grouped ? ["region"] : [] }).ToList();
        var book = UsageBook.Unread();
        await new UsageForBilling(rows, rows).RehearseAsync("acct_a", "sub_1", Start, book, () => needs.ForEach(need => book.Of(need)));
        Assert.Equal(reads, rows.Reads);
        Assert.All(needs, need =>
        {
            var used = book.Of(need);
            var days = (decimal)(need.Span.End - Start).TotalDays;
            Assert.Equal((days, (long)days), (used.Quantity, used.Events));
            Assert.Equal([need.Span], used.Unnamed);
            Assert.Equal(grouped ? [days] : [], used.Groups.Select(group => group.Quantity));
        });
    }

    [Fact]
    public async Task Other_needs_are_read_each_by_itself()
    {
        var rows = new Rows();
        List<UsageNeed> needs =
        [
            new("calls", new Period(Start, Start + Duration.FromDays(1))),
            new("calls", new Period(Start + Duration.FromDays(1), Start + Duration.FromDays(2))),
            new("bytes", new Period(Start, Start + Duration.FromDays(2))),
            new("calls", new Period(Start, Start + Duration.FromDays(3))) { Filters = UsageQuestion.NoFilters.Add("region", ["eu"]) },
        ];
        var book = UsageBook.Unread();
        await new UsageForBilling(rows, rows).RehearseAsync("acct_a", "sub_1", Start, book, () => needs.ForEach(need => book.Of(need)));
        Assert.Equal(4, rows.Reads);
        Assert.Equal([1m, 1m, 2m, 3m], needs.Select(need => book.Of(need).Quantity));
    }

    /// <summary>One event each day, of one region.</summary>
    private sealed class Rows : IUsage, IUsageOwners
    {
        public int Reads { get; private set; }

        public Task<ImmutableArray<UsageAmount>> ReadAsync(string account, Meter meter, UsageQuestion question)
        {
            Reads++;
            return Task.FromResult<ImmutableArray<UsageAmount>>([.. question.Windows.Select(window => Amount(window, question))]);
        }

        public Task<ImmutableArray<UsageAmount>> ReadUpToAsync(string account, Meter meter, UsageQuestion question)
        {
            Reads++;
            return Task.FromResult<ImmutableArray<UsageAmount>>([.. question.Windows.Select(window => Amount(new Period(question.Windows[0].Start, window.End), question))]);
        }

        public Task<Meter?> FindMeterAsync(string code) => Task.FromResult<Meter?>(new Meter(code, code, MeterAggregation.Count) { GroupBy = ["region"] });

        public Task<ImmutableArray<UsageClaim>> ReadAsync(string account, IReadOnlyCollection<string> meters) => Task.FromResult(ImmutableArray<UsageClaim>.Empty);

        public Task<ImmutableArray<UsageAmount>> RecomputeAsync(string account, Meter meter, UsageQuestion question) => throw new NotSupportedException();

        public Task<PricedUsage> ReadPricedAsync(string account, Meter meter, UsageQuestion question, EventTerms terms) => throw new NotSupportedException();

        public Task<PricedUsage> ReadCorrectedAsync(string account, Meter meter, UsageQuestion question, EventTerms? terms, UsageCorrection correction) => throw new NotSupportedException();

        public Task<PricedUsage> ReadArrivedAsync(string account, Meter meter, UsageQuestion question, EventTerms? terms, ArrivedBy arrived) => throw new NotSupportedException();

        public Task<ImmutableArray<Meter>> FindMetersAsync(string account, Instant from, Instant to) => throw new NotSupportedException();

        private static UsageAmount Amount(Period window, UsageQuestion question)
        {
            var days = (long)(window.End - window.Start).TotalDays;
            return new UsageAmount(window, question.GroupBy.IsEmpty ? [] : ["eu"], days, days);
        }
    }
}
