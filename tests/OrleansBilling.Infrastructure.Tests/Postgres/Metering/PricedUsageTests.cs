using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Metering.Rollup;
using OrleansBilling.Testing;
using static OrleansBilling.Infrastructure.Tests.Postgres.Metering.UsageHouse;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Metering;

/// <summary>
/// What billing reads of hours equals what the events say one by one: for prices that look at single events, filters and groups beyond the
/// meter's, holds, corrections, and views that begin while events come in.
/// </summary>
public sealed class PricedUsageTests(PostgresFixture postgres)
{
    private static readonly MeterAggregation[] All = Enum.GetValues<MeterAggregation>();

    private static readonly PricingModel[] Models =
    [
        new PercentageModel(1.5m, 3, FreeEvents: 12),
        new PercentageModel(1.5m, 0, FreeValue: 2_000),
        new PercentageModel(1.5m, 3, MinPerEvent: 5, MaxPerEvent: 11),
        new PercentageModel(2m, 1, FreeEvents: 20, FreeValue: 3_000, MinPerEvent: 4, MaxPerEvent: 14),
        new DynamicModel("price"),
        new DynamicModel("amount"),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task What_is_read_by_hours_is_what_the_events_say_one_by_one(int seed)
    {
        var random = new Random(seed);
        await using var house = await OpenAsync(postgres);
        var (account, meters) = await BeginAsync(house);
        var end = UsageRollup.HourOf(Now);
        for (var step = 0; step < 24; step++)
        {
            switch (random.Next(6))
            {
                case 0:
                    await house.Roller.RollUpAsync(CancellationToken.None);
                    break;
                case 1 when step > 2:
                    await CorrectAsync(house, random, account, meters, end);
                    break;
                default:
                    var report = await house.SendAsync([.. Enumerable.Range(0, random.Next(20, 90)).Select(i => Random(random, $"s{step}-{i}", meters, end))]);
                    Assert.Empty(report.Rejected.Select(one => one.Why.Code));
                    break;
            }

            if (step == 8)
            {
                await LookAsync(house, account, meters);
            }

            if (step % 6 == 5)
            {
                await CompareAsync(house, random, account, meters, end);
            }
        }

        while (await house.Roller.RollUpAsync(CancellationToken.None) > 0)
        {
        }

        await CompareAsync(house, random, account, meters, end);
        Assert.True(await house.ScalarAsync<long>("select count(*) from usage_rollup where strpos(meter, '#') > 0") > 0);
        Assert.Equal(meters.Select(meter => meter.Code).Order(), (await house.Usage.FindMetersAsync(account, end - Duration.FromHours(12), end + Duration.FromHours(1))).Select(meter => meter.Code));
    }

    /// <summary>Late events and late corrections are told from others by when they came: whichever are rolled up, and by the time of each event.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task What_had_arrived_by_an_instant_is_what_the_events_said_then(int seed)
    {
        var random = new Random(seed);
        await using var house = await OpenAsync(postgres);
        var (account, meters) = await BeginAsync(house);
        var end = UsageRollup.HourOf(Now);
        var moments = new List<(Instant At, Dictionary<string, List<UsageEvent>> Events)>();
        for (var step = 0; step < 4; step++)
        {
            await house.SendAsync([.. Enumerable.Range(0, 150).Select(i => Random(random, $"s{step}-{i}", meters, end))]);
            await house.Roller.RollUpAsync(CancellationToken.None);
            for (var corrections = 0; corrections < 3; corrections++)
            {
                await CorrectAsync(house, random, account, meters, end);
            }

            var events = new Dictionary<string, List<UsageEvent>>(StringComparer.Ordinal);
            foreach (var meter in meters)
            {
                events.Add(meter.Code, await EventsAsync(house, account, meter, withoutHeld: true));
            }

            moments.Add((step == 3 ? ArrivedBy.Always : Instant.FromDateTimeUtc(await house.ScalarAsync<DateTime>("select clock_timestamp()")), events));
        }

        for (var look = 0; look < 60; look++)
        {
            var meter = meters[random.Next(meters.Count)];
            var (start, middle, until) = (end - Duration.FromMinutes(random.Next(400, 700)), end - Duration.FromMinutes(random.Next(200, 300)), end - Duration.FromMinutes(random.Next(1, 100)));
            var (named, first, second) = (moments[random.Next(4)], moments[random.Next(4)], moments[random.Next(4)]);
            ImmutableArray<ArrivedWithin> parts = [new ArrivedWithin(new Period(start, middle), first.At), new ArrivedWithin(new Period(middle, until), second.At)];
            var question = new UsageQuestion([new Period(start, until)]) { Subscription = "sub_1", UnnamedWithin = [new Period(start, until)], Filters = FiltersOf(random.Next(3)), WithoutHeld = true };
            var terms = EventTerms.Of(Models[random.Next(Models.Length)])!;
            var events = named.Events[meter.Code].Where(found => found.Subscription is not null)
                .Concat(first.Events[meter.Code].Where(found => found.Subscription is null && found.At < middle))
                .Concat(second.Events[meter.Code].Where(found => found.Subscription is null && found.At >= middle))
                .Where(found => question.Takes(meter, found)).OrderBy(found => found.At).ThenBy(found => found.Batch).ThenBy(found => found.Number).ToList();
            var tally = new EventTally(terms);
            events.ForEach(found => tally.Take(terms.AmountOf(meter, found)));

            var read = await house.Usage.ReadArrivedAsync(account, meter, question, terms, new ArrivedBy(named.At, parts));

            Assert.Equal(Shown(UsageSheet.Of(meter, question, events)), Shown(read.Amounts));
            Assert.Equal(tally.Sums, read.Single);
            // Nothing left out, it is what the hours say.
            var all = await house.Usage.ReadArrivedAsync(account, meter, question, null, new ArrivedBy(ArrivedBy.Always, [new ArrivedWithin(new Period(start, until), ArrivedBy.Always)]));
            Assert.Equal(Shown(await house.Usage.ReadAsync(account, meter, question)), Shown(all.Amounts));
        }
    }

    [Fact]
    public async Task Whole_hours_of_a_view_are_not_read_event_by_event()
    {
        await using var house = await OpenAsync(postgres);
        var account = await house.AccountAsync("acct_a");
        var meter = await house.MeterAsync(new Meter("tokens", "Tokens", MeterAggregation.Sum));
        var terms = EventTerms.Of(new PercentageModel(1, 0, FreeEvents: 3, MinPerEvent: 2, MaxPerEvent: 9))!;
        await LookAsync(house, account, meter, new UsageView(UsageQuestion.NoFilters, [], terms));
        var end = UsageRollup.HourOf(Now);
        await house.SendAsync([.. Enumerable.Range(0, 60).Select(i => Event($"e{i}", account, "tokens", end - Duration.FromMinutes(10 * i), $"{i * 20}"))]);
        await house.Roller.RollUpAsync(CancellationToken.None);
        var question = new UsageQuestion([new Period(end - Duration.FromHours(12), end + Duration.FromHours(1))]);
        var before = (await house.Usage.ReadPricedAsync(account, meter, question, terms)).Single;
        Assert.Equal(60, before.Events);

        // Only the hour in which the free part ends is read from its events: what is taken out of later ones behind the cells' back is not missed.
        await house.ExecuteAsync($"delete from usage_event where at >= '{Text(end - Duration.FromHours(8))}'");
        Assert.Equal(before, (await house.Usage.ReadPricedAsync(account, meter, question, terms)).Single);
    }

    private static async Task<(string Account, List<Meter> Meters)> BeginAsync(UsageHouse house)
    {
        var account = await house.AccountAsync("acct_a");
        foreach (var subscription in (string[])["sub_1", "sub_2"])
        {
            await house.ExecuteAsync($"insert into subscription (id, account, status, plan, plan_version, created_at) values ('{subscription}', 'acct_a', 'active', 'p', 1, now())");
        }

        foreach (var (hold, status) in ((string, string)[])[("hold_1", "held"), ("hold_2", "committed"), ("hold_3", "released")])
        {
            await house.ExecuteAsync($"""
                insert into wallet_hold (id, wallet, account, amount, pins, status, committed, expires_at, ended_at, created_at)
                values ('{hold}', 'w', 'acct_a', 1, '[]', '{status}', 0, now(), {(status == "held" ? "null" : "now()")}, now())
                """);
        }

        var meters = new List<Meter>();
        foreach (var aggregation in All)
        {
            meters.Add(await house.MeterAsync(MeterOf(aggregation)));
        }

        return (account, meters);
    }

    private static async Task CorrectAsync(UsageHouse house, Random random, string account, List<Meter> meters, Instant end)
    {
        var from = end - Duration.FromMinutes(random.Next(60, 600));
        var amends = random.Next(2) == 0;
        await house.CorrectAsync(new UsageCorrection(
            amends ? UsageCorrectionAction.Amend : UsageCorrectionAction.Void, amends ? random.Next(400) : null, [],
            new UsageSelection(account) { From = from, To = from + Duration.FromMinutes(random.Next(5, 60)), Meter = meters[random.Next(meters.Count)].Code }, null, null));
    }

    private static async Task CompareAsync(UsageHouse house, Random random, string account, List<Meter> meters, Instant end)
    {
        foreach (var meter in meters)
        {
            // Whole hours, and bounds that cut one.
            var (start, until) = (end - Duration.FromMinutes(random.Next(400, 700)), end - Duration.FromMinutes(random.Next(0, 2) * random.Next(1, 200)));
            start = random.Next(2) == 0 ? UsageRollup.HourOf(start) : start;
            var unnamed = start + Duration.FromMinutes(random.Next(1, 200));
            var question = new UsageQuestion([new Period(start, until)])
            {
                Subscription = random.Next(3) > 0 ? "sub_1" : null,
                UnnamedWithin = random.Next(2) == 0 ? [new Period(start, until)] : [new Period(start, unnamed)],
                Filters = FiltersOf(random.Next(3)),
                WithoutHeld = random.Next(4) > 0,
            };
            var events = (await EventsAsync(house, account, meter, question.WithoutHeld)).Where(found => question.Takes(meter, found)).ToList();
            var grouped = question with { GroupBy = random.Next(2) == 0 ? ["region"] : ["user", "region"] };
            Assert.Equal(Shown(UsageSheet.Of(meter, question, events)), Shown(await house.Usage.ReadAsync(account, meter, question)));
            Assert.Equal(Shown(UsageSheet.Of(meter, grouped, events)), Shown(await house.Usage.ReadAsync(account, meter, grouped)));

            // Up to several instants at once: as each is by itself.
            List<Instant> ends = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => start + Duration.FromMinutes(random.Next(1, 180))).Where(end => end < until).Append(until).Distinct().Order()];
            foreach (var asked in new[] { question, grouped })
            {
                var upTo = asked with { Windows = [new Period(start, ends[0]), .. ends.Zip(ends.Skip(1), (from, to) => new Period(from, to))] };
                Assert.Equal(
                    string.Join('\n', ends.Select(end => Shown(UsageSheet.Of(meter, asked with { Windows = [new Period(start, end)] }, events))).Where(shown => shown.Length > 0)),
                    Shown(await house.Usage.ReadUpToAsync(account, meter, upTo)));
            }

            foreach (var model in Models)
            {
                var terms = EventTerms.Of(model)!;
                var tally = new EventTally(terms);
                events.ForEach(found => tally.Take(terms.AmountOf(meter, found)));
                var priced = await house.Usage.ReadPricedAsync(account, meter, question, terms);
                Assert.Equal(Shown(UsageSheet.Of(meter, question, events)), Shown(priced.Amounts));
                Assert.Equal(tally.Sums, priced.Single);
            }
        }
    }

    private static async Task LookAsync(UsageHouse house, string account, List<Meter> meters)
    {
        foreach (var meter in meters)
        {
            for (var filters = 0; filters < 3; filters++)
            {
                await LookAsync(house, account, meter, new UsageView(FiltersOf(filters), ["region"], null));
                await LookAsync(house, account, meter, new UsageView(FiltersOf(filters), ["user", "region"], null));
                await LookAsync(house, account, meter, new UsageView(FiltersOf(filters), [], null));
                foreach (var model in Models)
                {
                    await LookAsync(house, account, meter, new UsageView(FiltersOf(filters), [], EventTerms.Of(model)));
                }
            }
        }
    }

    private static Task LookAsync(UsageHouse house, string account, Meter meter, UsageView view) => house.ExecuteAsync(
        $"insert into usage_view (account, meter, name, definition) values ('{account}', '{meter.Code}', '{view.Name}', '{BillingJson.Write(view)}') on conflict do nothing");

    /// <summary>Every event that counts, in event order.</summary>
    private static async Task<List<UsageEvent>> EventsAsync(UsageHouse house, string account, Meter meter, bool withoutHeld)
    {
        var events = new List<UsageEvent>();
        await using var connection = await new BillingDatabase(house.ConnectionString).OpenAsync();
        await using var command = new NpgsqlCommand(
            $"""
            select {UsageEventRows.Columns} from usage_event e {UsageEventRows.Correction}
            where e.account = '{account}' and e.meter = '{meter.Code}' and {UsageEventRows.Counts}
                {(withoutHeld ? "and (e.hold is null or e.hold = 'hold_3')" : "")}
            order by e.at, e.batch, e.n
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            events.Add(UsageEventRows.Read(reader, 0));
        }

        return events;
    }

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> FiltersOf(int which) => which switch
    {
        0 => UsageQuestion.NoFilters,
        1 => UsageQuestion.NoFilters.Add("region", ["r0", "r1"]),
        _ => UsageQuestion.NoFilters.Add("plan", ["p0", "p2"]),
    };

    private static Meter MeterOf(MeterAggregation aggregation) => new("m" + aggregation.ToString().ToLowerInvariant(), "M", aggregation)
    {
        Property = aggregation is MeterAggregation.UniqueCount ? "user" : aggregation is MeterAggregation.Sum ? "amount" : null,
        GroupBy = aggregation is MeterAggregation.Latest ? [] : ["region"],
        Filters = aggregation is MeterAggregation.Max or MeterAggregation.Sum ? UsageQuestion.NoFilters.Add("user", ["u0", "u1"]) : UsageQuestion.NoFilters,
        Rounding = aggregation is MeterAggregation.Average or MeterAggregation.WeightedSum ? new MeterRounding(Domain.Kernel.QuantityRounding.Round, 9) : null,
    };

    private static string Random(Random random, string id, List<Meter> meters, Instant end)
    {
        var subscription = random.Next(3) > 0 ? $", \"subscription\": \"sub_{random.Next(1, 3)}\"" : "";
        var region = random.Next(3) == 0 ? "" : $", \"region\": \"r{random.Next(3)}\"";
        var hold = random.Next(6) == 0 ? $", \"hold\": \"hold_{random.Next(1, 4)}\"" : "";
        var price = random.Next(30) == 0 ? "0.1234567890123456" : $"{(random.Next(40) == 0 ? "-" : "")}{random.Next(900)}.{random.Next(100):00}";
        var value = $"{(random.Next(40) == 0 ? "-" : "")}{random.Next(4) * random.Next(300)}.{random.Next(100):00}";
        return Event(
            id, "acct_a", meters[random.Next(meters.Count)].Code, end - Duration.FromSeconds(random.Next(0, 36_000)), value,
            $$""" "properties": {"user": "u{{random.Next(4)}}", "plan": "p{{random.Next(3)}}", "price": "{{price}}", "amount": "{{value}}"{{region}}}{{subscription}}{{hold}} """);
    }
}
