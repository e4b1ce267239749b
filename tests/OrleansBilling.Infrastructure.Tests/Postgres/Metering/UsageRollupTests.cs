using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Infrastructure.Postgres.Metering.Rollup;
using OrleansBilling.Testing;
using static OrleansBilling.Infrastructure.Tests.Postgres.Metering.UsageHouse;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Metering;

/// <summary>Rolled-up usage equals what all events give, under late, repeated, out-of-order and corrected events.</summary>
public sealed class UsageRollupTests(PostgresFixture postgres)
{
    private static readonly MeterAggregation[] All = Enum.GetValues<MeterAggregation>();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Rollups_equal_recomputing_whatever_happens_in_which_order(int seed)
    {
        var random = new Random(seed);
        await using var house = await OpenAsync(postgres);
        await using var other = await OpenAsync(house.ConnectionString);
        string[] accounts = [await house.AccountAsync("acct_a"), await house.AccountAsync("acct_b")];
        foreach (var subscription in (string[])["sub_1", "sub_2"])
        {
            await house.ExecuteAsync($"insert into subscription (id, account, status, plan, plan_version, created_at) values ('{subscription}', 'acct_a', 'active', 'p', 1, now())");
        }

        var meters = new List<Meter>();
        foreach (var aggregation in All)
        {
            meters.Add(await house.MeterAsync(MeterOf(aggregation)));
        }

        var end = UsageRollup.HourOf(Now);
        var sent = new List<string>();
        for (var step = 0; step < 40; step++)
        {
            switch (random.Next(8))
            {
                case 0 or 1 when sent.Count > 0:
                    await house.SendAsync([.. sent.OrderBy(_ => random.Next()).Take(15)]);
                    break;
                case 2:
                    await Task.WhenAll(house.Roller.RollUpAsync(CancellationToken.None), other.Roller.RollUpAsync(CancellationToken.None));
                    break;
                case 3 when sent.Count > 0:
                    await CorrectAsync(house, random, accounts[0], meters, end);
                    break;
                default:
                    var events = Enumerable.Range(0, random.Next(1, 60)).Select(i => Random(random, $"s{step}-{i}", accounts, meters, end)).ToArray();
                    sent.AddRange(events);
                    var report = await (random.Next(2) == 0 ? house : other).SendAsync(events);
                    Assert.Empty(report.Rejected.Select(one => one.Why.Code));
                    break;
            }

            if (step % 4 == 0)
            {
                await CompareAsync(house, random, accounts, meters, end);
            }
        }

        while (await house.Roller.RollUpAsync(CancellationToken.None) > 0)
        {
        }

        await CompareAsync(house, random, accounts, meters, end);
        Assert.Equal(0, await house.ScalarAsync<long>("select count(*) from usage_pending"));
        Assert.True(await house.ScalarAsync<long>("select count(*) from usage_corrected") > 0);
    }

    [Fact]
    public async Task Two_processes_that_roll_up_at_once_count_nothing_twice()
    {
        await using var one = await OpenAsync(postgres);
        await using var two = await OpenAsync(one.ConnectionString);
        await one.AccountAsync("acct_a");
        var meter = await one.MeterAsync(new Meter("tokens", "Tokens", MeterAggregation.Sum));
        var at = UsageRollup.HourOf(Now);
        var sending = Task.Run(async () =>
        {
            for (var round = 0; round < 60; round++)
            {
                await one.SendAsync([.. Enumerable.Range(0, 50).Select(i => Event($"{round}-{i}", "acct_a", "tokens", at - Duration.FromMinutes(i * 3), "1"))]);
            }
        });
        var rolled = 0;
        while (!sending.IsCompleted || await one.ScalarAsync<long>("select count(*) from usage_pending") > 0)
        {
            rolled += (await Task.WhenAll(new[] { one, two, one, two }.Select(house => house.Roller.RollUpAsync(CancellationToken.None)))).Sum();

            // What is seen meanwhile is whole batches: a multiple of what one request sends.
            Assert.Equal(0, (await two.UsageAsync("acct_a", meter, at - Duration.FromDays(1), at + Duration.FromHours(1))).Events % 50);
        }

        await sending;
        Assert.Equal(3000, rolled);
        Assert.Equal((3000m, 3000L), (await one.ScalarAsync<decimal>("select sum(sum) from usage_rollup"), (long)await one.ScalarAsync<decimal>("select sum(events) from usage_rollup")));
    }

    [Fact]
    public async Task A_batch_that_commits_late_is_not_passed_over()
    {
        // Two batches begin, the second commits and is rolled up, then the first commits: a watermark would have left it out.
        await using var house = await OpenAsync(postgres);
        await house.AccountAsync("acct_a");
        var meter = await house.MeterAsync(new Meter("tokens", "Tokens", MeterAggregation.Sum));
        var at = UsageRollup.HourOf(Now);
        await house.SendAsync(Event("warm", "acct_a", "tokens", at, "1"));
        await using var connection = await new Infrastructure.Postgres.BillingDatabase(house.ConnectionString).OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var early = new Npgsql.NpgsqlCommand(
            """
            with opened as (select * from usage_open_batch()),
            written as (
                insert into usage_event (batch, at, received_at, day, n, account, meter, id, value)
                select o.batch, date_trunc('hour', now()), now(), o.day, 0, 'acct_a', 'tokens', 'early', 10 from opened o)
            insert into usage_pending (batch, day, events) select o.batch, o.day, 1 from opened o
            """,
            connection,
            transaction))
        {
            await early.ExecuteNonQueryAsync();
        }

        await house.SendAsync(Event("late", "acct_a", "tokens", at, "100"));
        await house.Roller.RollUpAsync(CancellationToken.None);
        Assert.Equal(101m, (await house.UsageAsync("acct_a", meter, at, at + Duration.FromHours(1))).Quantity);
        await transaction.CommitAsync();
        Assert.Equal(111m, (await house.UsageAsync("acct_a", meter, at, at + Duration.FromHours(1))).Quantity);
        await house.Roller.RollUpAsync(CancellationToken.None);
        Assert.Equal((111m, 111m), ((await house.UsageAsync("acct_a", meter, at, at + Duration.FromHours(1))).Quantity, await house.ScalarAsync<decimal>("select sum from usage_rollup")));
    }

    [Fact]
    public async Task A_voided_event_is_void_for_ever_and_a_corrected_one_keeps_what_came()
    {
        await using var house = await OpenAsync(postgres);
        await house.AccountAsync("acct_a");
        await house.AccountAsync("acct_b");
        var meter = await house.MeterAsync(new Meter("tokens", "Tokens", MeterAggregation.Sum));
        var at = UsageRollup.HourOf(Now) - Duration.FromHours(2);
        await house.SendAsync(Event("e1", "acct_a", "tokens", at, "1"), Event("e2", "acct_a", "tokens", at, "10"), Event("e1", "acct_b", "tokens", at, "7"));
        await house.Roller.RollUpAsync(CancellationToken.None);
        await house.SendAsync(Event("e3", "acct_a", "tokens", at, "100"));

        var amend = new UsageCorrection(UsageCorrectionAction.Amend, 5, ["e2", "e3"], null, null, "wrong unit");
        var preview = (await house.Corrections.PreviewAsync(amend, CancellationToken.None)).Value;
        Assert.Equal((2, 111m, 11m), (preview.Events, preview.Effects.Single().Before, preview.Effects.Single().After));
        Assert.Equal(111m, (await house.UsageAsync("acct_a", meter, at, at + Duration.FromHours(1))).Quantity);
        await house.CorrectAsync(amend);
        Assert.Equal(11m, (await house.UsageAsync("acct_a", meter, at, at + Duration.FromHours(1))).Quantity);

        // An id alone is the event of every account; with an account it is that one's.
        var mine = new UsageCorrection(UsageCorrectionAction.Void, null, ["e1"], null, "acct_a", null);
        Assert.Equal(2, (await house.Corrections.PreviewAsync(mine with { Account = null }, CancellationToken.None)).Value.Events);
        await house.CorrectAsync(mine);
        Assert.Equal("nothing_chosen", (await house.CorrectAsync(mine))!.Value.Refusal!.Code);
        Assert.Equal("nothing_chosen", (await house.CorrectAsync(mine with { Action = UsageCorrectionAction.Amend, Value = 3 }))!.Value.Refusal!.Code);
        Assert.Equal("event_not_found", (await house.CorrectAsync(mine with { Ids = ["e1", "e9"] }))!.Value.Refusal!.Code);
        await house.Roller.RollUpAsync(CancellationToken.None);
        Assert.Equal(10m, (await house.UsageAsync("acct_a", meter, at, at + Duration.FromHours(1))).Quantity);
        Assert.Equal(7m, (await house.UsageAsync("acct_b", meter, at, at + Duration.FromHours(1))).Quantity);

        // A repeat of a voided event is a duplicate, and the event itself is as it came.
        Assert.Equal(1, (await house.SendAsync(Event("e1", "acct_a", "tokens", at, "1"))).Duplicates);
        Assert.Equal("1 10 100", await house.ScalarAsync<string>("select string_agg(value::text, ' ' order by value) from usage_event where account = 'acct_a'"));
        var edit = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => house.ExecuteAsync("delete from usage_corrected"));
        Assert.Equal("OB002", edit.SqlState);
    }

    private static Meter MeterOf(MeterAggregation aggregation) => new("m" + aggregation.ToString().ToLowerInvariant(), "M", aggregation)
    {
        Property = aggregation is MeterAggregation.UniqueCount ? "user" : null,
        GroupBy = aggregation is MeterAggregation.Latest ? [] : ["region", "user"],
        Filters = aggregation is MeterAggregation.Sum ? ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("user", ["u0", "u1"]) : ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty,
        Rounding = aggregation is MeterAggregation.Average or MeterAggregation.WeightedSum ? new MeterRounding(Domain.Kernel.QuantityRounding.Round, 9) : null,
    };

    private static string Random(Random random, string id, string[] accounts, List<Meter> meters, Instant end)
    {
        var account = random.Next(4) == 0 ? accounts[1] : accounts[0];
        var subscription = account == accounts[0] && random.Next(3) > 0 ? $$"""
            , "subscription": "sub_{{random.Next(1, 3)}}"
            """ : "";
        var region = random.Next(3) == 0 ? "" : $$"""
            , "region": "r{{random.Next(3)}}"
            """;
        return Event(
            id, account, meters[random.Next(meters.Count)].Code, end - Duration.FromMinutes(random.Next(0, 600)), $"{random.Next(-50, 1000)}.{random.Next(100):00}",
            $$""" "properties": {"user": "u{{random.Next(4)}}"{{region}}}{{subscription}} """);
    }

    private static async Task CorrectAsync(UsageHouse house, Random random, string account, List<Meter> meters, Instant end)
    {
        var from = end - Duration.FromMinutes(random.Next(60, 600));
        var selection = new UsageSelection(account) { From = from, To = from + Duration.FromMinutes(random.Next(5, 120)), Meter = meters[random.Next(meters.Count)].Code };
        var amends = random.Next(2) == 0;
        await house.CorrectAsync(new UsageCorrection(amends ? UsageCorrectionAction.Amend : UsageCorrectionAction.Void, amends ? random.Next(100) : null, [], selection, null, null));
    }

    private static async Task CompareAsync(UsageHouse house, Random random, string[] accounts, List<Meter> meters, Instant end)
    {
        // Whole hours, and bounds that cut one.
        var bound = end - Duration.FromMinutes(random.Next(1, 599));
        Period[] windows = [new(end - Duration.FromHours(11), bound), new(bound, end + Duration.FromHours(1))];
        foreach (var account in accounts)
        {
            foreach (var meter in meters)
            {
                var question = new UsageQuestion([.. windows])
                {
                    GroupBy = random.Next(2) == 0 || meter.GroupBy.IsEmpty ? [] : ["user"],
                    Subscription = random.Next(3) == 0 ? "sub_1" : null,
                    WithUnnamed = random.Next(2) == 0,
                };
                Assert.Equal(Shown(await house.Usage.RecomputeAsync(account, meter, question)), Shown(await house.Usage.ReadAsync(account, meter, question)));
            }
        }
    }
}
