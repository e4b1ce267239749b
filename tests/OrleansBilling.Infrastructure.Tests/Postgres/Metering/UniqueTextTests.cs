using System.Globalization;
using NodaTime;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Testing;
using static OrleansBilling.Infrastructure.Tests.Postgres.Metering.UsageHouse;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Metering;

/// <summary>Measures what the process allocates, so nothing runs beside it.</summary>
[CollectionDefinition(nameof(UniqueTextTests), DisableParallelization = true)]
public static class UniqueTextCollection;

/// <summary>Different texts are counted where they are: the process takes numbers, however many texts there are.</summary>
[Collection(nameof(UniqueTextTests))]
public sealed class UniqueTextTests(PostgresFixture postgres)
{
    private const int Many = 200_000;

    [Fact]
    public async Task Texts_do_not_come_into_the_process_however_many_there_are()
    {
        await using var house = await OpenAsync(postgres);
        var account = await house.AccountAsync("acct_a");
        var meter = await house.MeterAsync(new Meter("users", "Users", MeterAggregation.UniqueCount) { Property = "user" });
        await house.ExecuteAsync($"""
            insert into usage_rollup (account, meter, hour, subscription, grp_key, grp, events, sum, moment)
            select 'acct_a', 'users', h, '', '00000000-0000-0000-0000-000000000000', '', {Many}, 0, 0 from generate_series('2026-03-01T00:00Z'::timestamptz, '2026-03-01T02:00Z', interval '1 hour') h;
            insert into usage_unique (account, meter, hour, subscription, grp_key, value)
            select r.account, r.meter, r.hour, r.subscription, r.grp_key, 'user-' || (i + case when r.hour > '2026-03-01T00:00Z' then {Many / 2} else 0 end) from usage_rollup r, generate_series(1, {Many}) i;
            """);
        var from = Instant.FromUtc(2026, 3, 1, 0, 0);
        async Task<UsageAmount> ReadAsync(int hours) => await house.UsageAsync(account, meter, from, from + Duration.FromHours(hours));
        Assert.Equal(Many, (await ReadAsync(1)).Quantity);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var read = await ReadAsync(3);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.Equal((Many * 3 / 2, Many * 3L), (read.Quantity, read.Events));
        Assert.True(allocated < 4_000_000, string.Create(CultureInfo.InvariantCulture, $"{allocated:N0} bytes for {Many * 3} texts"));
    }

    [Fact]
    public async Task What_a_void_would_leave_is_counted_without_the_events_that_it_takes()
    {
        await using var house = await OpenAsync(postgres);
        var account = await house.AccountAsync("acct_a");
        var meter = await house.MeterAsync(new Meter("users", "Users", MeterAggregation.UniqueCount)
        {
            Property = "user", Filters = UsageQuestion.NoFilters.Add("region", ["r0", "r1"]),
        });
        var end = UsageRollup.HourOf(Now);
        var random = new Random(7);
        string[] ids = [.. Enumerable.Range(0, 80).Select(i => $"e{i}")];
        var events = ids.Select(id => (Id: id, User: random.Next(30), Region: random.Next(3), At: end - Duration.FromMinutes(random.Next(1, 300)))).ToList();
        await house.SendAsync([.. events.Select(one => Event(one.Id, account, "users", one.At, null, $$""" "properties": {"user": "u{{one.User}}", "region": "r{{one.Region}}"} """))]);
        await house.Roller.RollUpAsync(CancellationToken.None);
        var question = new UsageQuestion([new Period(end - Duration.FromHours(5), end - Duration.FromMinutes(100)), new Period(end - Duration.FromMinutes(100), end)]);
        foreach (var group in new[] { "", "region" })
        {
            var asked = question with { GroupBy = group.Length == 0 ? [] : [group] };
            foreach (var voided in new[] { ids[..20], ids[..60] })
            {
                var left = UsageSheet.Of(meter, asked, events.Where(one => !voided.Contains(one.Id)).Select((one, i) => new UsageEvent(one.At, null, 1, i)
                {
                    Properties = Properties(("user", $"u{one.User}"), ("region", $"r{one.Region}")),
                }));
                var shown = await house.Usage.ReadCorrectedAsync(account, meter, asked, null, new UsageCorrection(UsageCorrectionAction.Void, null, [.. voided], null, account, null));
                Assert.Equal(Shown(left), Shown(shown.Amounts));
            }

            // An amended value is no other text.
            var amended = await house.Usage.ReadCorrectedAsync(account, meter, asked, null, new UsageCorrection(UsageCorrectionAction.Amend, 5, [.. ids], null, account, null));
            Assert.Equal(Shown(await house.Usage.RecomputeAsync(account, meter, asked)), Shown(amended.Amounts));
        }
    }

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, string> Properties(params (string Name, string Value)[] of) =>
        System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, of.Select(one => KeyValuePair.Create(one.Name, one.Value)));
}
