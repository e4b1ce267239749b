using NodaTime;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Infrastructure.Postgres.Metering;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;
using OrleansBilling.Testing;
using static OrleansBilling.Infrastructure.Tests.Postgres.Metering.UsageHouse;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Metering;

/// <summary>Events on real rows: each counts once, whoever sends it, whenever, to which process.</summary>
public sealed class UsageIngestTests(PostgresFixture postgres)
{
    private static readonly Meter Sum = new("tokens", "Tokens", MeterAggregation.Sum);

    [Fact]
    public async Task An_event_counts_once_and_a_changed_one_is_told()
    {
        await using var house = await HouseAsync();
        var at = Now;
        var first = await house.SendAsync(Event("e1", "acct_a", "tokens", at, "5"), Event("e2", "acct_a", "tokens", at, "1"), Event("e1", "acct_a", "tokens", at, "5.0"), Event("e2", "acct_a", "tokens", at, "2"));
        Assert.Equal((2, 1), (first.Accepted, first.Duplicates));
        Assert.Equal((3, "event_conflict"), (first.Rejected.Single().Index, first.Rejected.Single().Why.Code));

        // By the caller's own name, with properties in another order: the same. Of another account: another event.
        var again = await house.SendAsync(
            Event("e1", "ext-acct_a", "tokens", at, "5"), Event("e2", "acct_a", "tokens", at, "1.5"), Event("e1", "acct_b", "tokens", at, "5"),
            Event("p", "acct_a", "tokens", at, "1", """ "properties": {"a": 1, "b": "x"} """), Event("p", "acct_a", "tokens", at, "1", """ "properties": {"b": "x", "a": "1"} """));
        Assert.Equal((2, 2, "event_conflict"), (again.Accepted, again.Duplicates, again.Rejected.Single().Why.Code));
        Assert.Equal(7m, (await house.UsageAsync("acct_a", Sum, at - Duration.FromHours(2), at + Duration.FromHours(2))).Quantity);
        Assert.Equal((4L, 4L), (await house.ScalarAsync<long>("select count(*) from usage_event"), await house.ScalarAsync<long>("select count(*) from usage_key")));
    }

    [Fact]
    public async Task A_missing_at_is_the_time_of_first_receipt_and_a_repeat_does_not_change_it()
    {
        await using var house = await HouseAsync();
        await house.SendAsync(Event("e1", "acct_a", "tokens", value: "1"));
        var at = await house.ScalarAsync<DateTime>("select at from usage_event");
        await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.Equal(1, (await house.SendAsync(Event("e1", "acct_a", "tokens", value: "1"))).Duplicates);
        Assert.Equal(at, await house.ScalarAsync<DateTime>("select max(at) from usage_event"));
    }

    [Fact]
    public async Task Events_outside_of_the_window_are_rejected_by_the_accounts_clock()
    {
        await using var house = await HouseAsync();
        await house.ExecuteAsync("insert into test_clock (id, now, advancing, created_at) values ('clk_old', '2020-01-01T00:00:00Z', false, now()), ('clk_busy', '2020-01-01T00:00:00Z', true, now())");
        await house.AccountAsync("acct_old", "clk_old");
        await house.AccountAsync("acct_busy", "clk_busy");
        var (now, old) = (Now, Instant.FromUtc(2020, 1, 1, 0, 0));
        var report = await house.SendAsync(
            Event("a", "acct_a", "tokens", now - Duration.FromDays(35) - Duration.FromMinutes(1), "1"),
            Event("b", "acct_a", "tokens", now - Duration.FromDays(35) + Duration.FromMinutes(1), "1"),
            Event("c", "acct_a", "tokens", now + Duration.FromDays(1) + Duration.FromMinutes(1), "1"),
            Event("d", "acct_a", "tokens", now + Duration.FromHours(23), "1"),
            Event("e", "acct_old", "tokens", old - Duration.FromDays(34), "1"),
            Event("f", "acct_old", "tokens", now, "1"),
            Event("g", "acct_old", "tokens", value: "1"),
            Event("h", "acct_busy", "tokens", value: "1"));
        Assert.Equal(["0 too_old", "2 in_future", "5 in_future", "7 clock_advancing"], report.Rejected.Select(one => $"{one.Index} {one.Why.Code}"));
        Assert.Equal(4, report.Accepted);
        Assert.Equal(old.ToDateTimeUtc(), await house.ScalarAsync<DateTime>("select at from usage_event where id = 'g'"));
        Assert.Equal(1m, (await house.UsageAsync("acct_old", Sum, old, old + Duration.FromHours(1))).Quantity);
    }

    [Fact]
    public async Task A_key_of_an_earlier_day_is_found_until_its_partition_is_dropped()
    {
        await using var house = await HouseAsync();
        await house.SendAsync(Event("e1", "acct_a", "tokens", value: "1"));

        // As if that had been ten days ago: the day and its partitions move back.
        await MoveBackAsync(house, days: 10);
        await using var other = await OpenAsync(house.ConnectionString);
        var repeated = await other.SendAsync(Event("e1", "acct_a", "tokens", value: "1"), Event("e1", "acct_a", "tokens", value: "2"), Event("e2", "acct_a", "tokens", value: "4"));
        Assert.Equal((1, 1, "event_conflict"), (repeated.Accepted, repeated.Duplicates, repeated.Rejected.Single().Why.Code));
        Assert.Equal(2, await house.ScalarAsync<long>("select count(*) from usage_event"));

        // The same once the day's keys are in memory, and for a key that the filter lets pass in vain.
        await other.Get<UsageWriter>().WhenFilteredAsync();
        var filtered = await other.SendAsync(Event("e1", "acct_a", "tokens", value: "1"), Event("e1", "acct_a", "tokens", value: "2"), Event("e2", "acct_a", "tokens", value: "4"));
        Assert.Equal((0, 2, "event_conflict"), (filtered.Accepted, filtered.Duplicates, filtered.Rejected.Single().Why.Code));

        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        Assert.Equal(0, await other.Partitions.TendAsync(today.AddDays(20), CancellationToken.None));
        Assert.Equal(1, await other.Partitions.TendAsync(today.AddDays(28), CancellationToken.None));
        Assert.Equal((1L, 2L), (await house.ScalarAsync<long>("select count(*) from usage_key"), await house.ScalarAsync<long>("select count(*) from usage_event")));
    }

    [Fact]
    public async Task Events_that_are_not_rolled_up_outlive_their_retention()
    {
        await using var house = await HouseAsync();
        await house.SendAsync(Event("e1", "acct_a", "tokens", value: "1"));
        var later = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(500);
        await house.Partitions.TendAsync(later, CancellationToken.None);
        Assert.Equal(1, await house.ScalarAsync<long>("select count(*) from usage_event"));
        await house.Roller.RollUpAsync(CancellationToken.None);
        await house.Partitions.TendAsync(later, CancellationToken.None);
        Assert.Equal((0L, 1m), (await house.ScalarAsync<long>("select count(*) from usage_event"), await house.ScalarAsync<decimal>("select sum from usage_rollup")));
    }

    [Fact]
    public async Task A_batch_that_begins_later_has_the_higher_number_whatever_connection_it_comes_by()
    {
        // Of two events at one instant the one received later is the latest.
        await using var house = await HouseAsync();
        await house.SendAsync(Event("warm", "acct_a", "tokens", value: "1"));
        var database = new Infrastructure.Postgres.BillingDatabase(house.ConnectionString);
        await using var one = await database.OpenAsync();
        await using var other = await database.OpenAsync();
        List<long> numbers = [await NextAsync(one), await NextAsync(other), await NextAsync(one), await NextAsync(other)];
        Assert.Equal(numbers.Order(), numbers);

        static async Task<long> NextAsync(Npgsql.NpgsqlConnection connection)
        {
            await using var command = new Npgsql.NpgsqlCommand("select batch from usage_open_batch()", connection);
            return (long)(await command.ExecuteScalarAsync())!;
        }
    }

    [Fact]
    public async Task A_batch_under_way_at_midnight_holds_the_new_day_back_until_its_keys_are_seen()
    {
        await using var house = await HouseAsync();
        await house.SendAsync(Event("warm", "acct_a", "tokens", value: "1"));
        await MoveBackAsync(house, days: 1);

        // A batch that began before midnight, in another process, and has not committed yet.
        await using var connection = await new Infrastructure.Postgres.BillingDatabase(house.ConnectionString).OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = new Npgsql.NpgsqlCommand("select pg_advisory_xact_lock_shared(7318204562)", connection, transaction))
        {
            await command.ExecuteNonQueryAsync();
        }

        await using var next = await OpenAsync(house.ConnectionString);
        var sent = next.SendAsync(Event("race", "acct_a", "tokens", value: "1"));
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.False(sent.IsCompleted);

        var key = EventHash.KeyOf("acct_a"u8, "race"u8);
        var content = 7L;
        await using (var insert = new Npgsql.NpgsqlCommand(
            $"insert into usage_key (content, batch, key, day, n) select {content}, 1, '{KeyText(key)}', max(day), 0 from usage_day", connection, transaction))
        {
            await insert.ExecuteNonQueryAsync();
        }

        await transaction.CommitAsync();
        Assert.Equal("event_conflict", (await sent).Rejected.Single().Why.Code);
        Assert.Equal(2, await house.ScalarAsync<long>("select count(*) from usage_day"));
    }

    [Fact]
    public async Task Two_processes_that_get_the_same_events_at_once_write_each_once()
    {
        await using var one = await HouseAsync();
        await using var two = await OpenAsync(one.ConnectionString);
        var at = Now;
        var accepted = 0;
        for (var round = 0; round < 10; round++)
        {
            var events = Enumerable.Range(0, 200).Select(i => Event($"r{round}-{i}", "acct_a", "tokens", at, "1")).ToArray();
            var reports = await Task.WhenAll(new[] { one, two, one, two }.Select((house, i) => house.SendAsync([.. i % 2 == 0 ? events : events.Reverse()])));
            accepted += reports.Sum(report => report.Accepted);
            Assert.Equal(600, reports.Sum(report => report.Duplicates));
            Assert.All(reports, report => Assert.Empty(report.Rejected));
        }

        Assert.Equal(2000, accepted);
        Assert.Equal((2000L, 2000L), (await one.ScalarAsync<long>("select count(*) from usage_event"), await one.ScalarAsync<long>("select count(distinct key) from usage_key")));
        Assert.Equal(2000m, (await one.UsageAsync("acct_a", Sum, at - Duration.FromHours(1), at + Duration.FromHours(1))).Quantity);
    }

    [Fact]
    public async Task Bad_events_are_rejected_by_their_place_and_never_block_the_others()
    {
        await using var house = await HouseAsync();
        await house.MeterAsync(new Meter("users", "Users", MeterAggregation.UniqueCount) { Property = "user" });
        await house.MeterAsync(new Meter("bytes", "Bytes", MeterAggregation.Max) { Property = "size" });
        string[] bad =
        [
            "5", "[]", "{}", """{"id": "x"}""", """{"id": "x", "account": "acct_a"}""", """{"id": "x", "account": "acct_a", "meter": "tokens", "value": "1", "colour": 1}""",
            """{"id": "x", "id": "y", "account": "acct_a", "meter": "tokens", "value": "1"}""", """{"id": "", "account": "acct_a", "meter": "tokens", "value": "1"}""",
            """{"id": 7, "account": "acct_a", "meter": "tokens", "value": "1"}""", Event("x", "acct_zz", "tokens", value: "1"), Event("x", "acct_a", "nothing", value: "1"),
            Event("x", "acct_a", "tokens", value: "1", more: """ "subscription": "sub_zz" """), Event("x", "acct_a", "tokens"), Event("x", "acct_a", "tokens", value: "1e3"),
            Event("x", "acct_a", "tokens", value: "1000000000001"), Event("x", "acct_a", "tokens", value: "0.0000000000001"), Event("x", "acct_a", "tokens", value: "1", more: """ "at": "2026-13-01T00:00:00Z" """),
            Event("x", "acct_a", "tokens", value: "1", more: """ "at": "2026-01-01T00:00:00" """), Event("x", "acct_a", "users"), Event("x", "acct_a", "bytes", value: "1"),
            Event("x", "acct_a", "bytes", more: """ "properties": {"size": "big"} """), Event("x", "acct_a", "tokens", value: "1", more: """ "properties": {"a": {"b": 1}} """),
            Event("x", "acct_a", "tokens", value: "1", more: """ "properties": {"a": "1", "a": "2"} """), Event("x", "acct_a", "tokens", value: "1", more: """ "properties": {"a": "\u0000"} """),
            """{"id": "\ud800", "account": "acct_a", "meter": "tokens", "value": "1"}""", Event(new string('i', 201), "acct_a", "tokens", value: "1"),
            Event("x", "acct_a", "tokens", value: "1", more: $$""" "properties": { {{string.Join(',', Enumerable.Range(0, 51).Select(i => $"\"p{i}\": \"1\""))}} } """),
        ];
        string[] codes =
        [
            "invalid_type", "invalid_type", "missing_field", "missing_field", "missing_field", "unknown_field", "duplicate_field", "invalid_value", "invalid_type",
            "account_not_found", "meter_not_found", "subscription_not_found", "value_missing", "invalid_value", "invalid_value", "invalid_value", "invalid_value", "invalid_value",
            "property_missing", "value_missing", "invalid_value", "invalid_type", "duplicate_field", "invalid_value", "malformed_json", "invalid_value", "too_many",
        ];
        var events = bad.SelectMany((one, i) => new[] { one, Event($"good{i}", "acct_a", "tokens", value: "1") }).ToArray();
        var report = await house.SendAsync(events);
        Assert.Equal(codes.Select((code, i) => $"{i * 2} {code}"), report.Rejected.Select(one => $"{one.Index} {one.Why.Code}"));
        Assert.Equal(bad.Length, report.Accepted);
        Assert.Equal(bad.Length, await house.ScalarAsync<long>("select count(*) from usage_event"));
    }

    [Fact]
    public async Task Where_too_many_events_wait_a_request_is_told_so_and_none_of_it_is_kept()
    {
        await using var house = await HouseAsync(new UsageOptions { Queue = 1 });
        await using var blocker = await new Infrastructure.Postgres.BillingDatabase(house.ConnectionString).OpenAsync();
        await using var transaction = await blocker.BeginTransactionAsync();
        await using (var command = new Npgsql.NpgsqlCommand("select pg_advisory_xact_lock(7318204562)", blocker, transaction))
        {
            await command.ExecuteNonQueryAsync();
        }

        // The first is being written, the second waits, the third finds no room.
        var first = house.SendAsync(Event("e1", "acct_a", "tokens", value: "1"));
        while (await house.ScalarAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())") == 0)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        // Its names are known by now, so that it is handed over before the call returns.
        var second = house.SendAsync(Event("e2", "acct_a", "tokens", value: "1"));
        await Assert.ThrowsAsync<UsageBusyException>(() => house.SendAsync(Event("e3", "acct_a", "tokens", value: "1")));
        await transaction.CommitAsync();
        Assert.Equal((1, 1), ((await first).Accepted, (await second).Accepted));
        Assert.Equal(2, await house.ScalarAsync<long>("select count(*) from usage_event"));
    }

    [Fact]
    public async Task Events_of_unknown_accounts_are_kept_apart_and_replayed_as_of_their_receipt()
    {
        await using var house = await HouseAsync(new UsageOptions { KeepUnknown = true });
        var first = await house.SendAsync(Event("e1", "acct_new", "tokens", value: "3"), Event("e2", "acct_a", "later", value: "4"), Event("e1", "acct_new", "tokens", value: "3"), Event("e1", "acct_new", "tokens", value: "9"));
        Assert.Equal((0, 2, 1), (first.Accepted, first.SetAside, first.Duplicates));
        Assert.Equal((3, "event_conflict"), (first.Rejected.Single().Index, first.Rejected.Single().Why.Code));
        var receipt = await house.ScalarAsync<DateTime>("select max(received_at) from usage_stray");

        Assert.Equal(2, (await house.Get<UsageReplay>().RunAsync(0, CancellationToken.None)).Unknown);
        await house.AccountAsync("acct_new");
        await house.MeterAsync(new Meter("later", "Later", MeterAggregation.Sum));
        await Task.Delay(30, TestContext.Current.CancellationToken);
        var replayed = await house.Get<UsageReplay>().RunAsync(0, CancellationToken.None);
        Assert.Equal((2, 0, 0), (replayed.Accepted, replayed.Duplicates, replayed.Unknown));
        Assert.Equal(0, await house.ScalarAsync<long>("select count(*) from usage_stray"));
        Assert.True(await house.ScalarAsync<DateTime>("select max(at) from usage_event") <= receipt);
        Assert.Equal(1, (await house.SendAsync(Event("e1", "acct_new", "tokens", value: "3"))).Duplicates);
    }

    private async Task<UsageHouse> HouseAsync(UsageOptions? options = null)
    {
        var house = await OpenAsync(postgres, options);
        await house.AccountAsync("acct_a");
        await house.AccountAsync("acct_b");
        await house.MeterAsync(Sum);
        return house;
    }

    private static async Task MoveBackAsync(UsageHouse house, int days)
    {
        var (from, to) = (DateTime.UtcNow.Date, DateTime.UtcNow.Date.AddDays(-days));
        foreach (var (table, index) in new[] { ("usage_key", "once"), ("usage_event", "batch") })
        {
            await house.ExecuteAsync(FormattableString.Invariant($"""
                alter table {table} detach partition {table}_{from:yyyyMMdd};
                alter table {table}_{from:yyyyMMdd} rename to {table}_{to:yyyyMMdd};
                alter index {table}_{from:yyyyMMdd}_{index} rename to {table}_{to:yyyyMMdd}_{index};
                update {table}_{to:yyyyMMdd} set day = '{to:yyyy-MM-dd}';
                alter table {table} attach partition {table}_{to:yyyyMMdd} for values from ('{to:yyyy-MM-dd}') to ('{to.AddDays(1):yyyy-MM-dd}');
                """));
        }

        await house.ExecuteAsync(FormattableString.Invariant($"update usage_day set day = '{to:yyyy-MM-dd}'; update usage_pending set day = '{to:yyyy-MM-dd}'"));
    }

    private static string KeyText(UInt128 key)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, key);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
