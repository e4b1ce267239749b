using Npgsql;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Orleans;

/// <summary>The statements of migration 0001, called as Orleans' providers call them.</summary>
public sealed class OrleansContractTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private string _database = "";

    public async ValueTask InitializeAsync() => _database = await postgres.CreateDatabaseAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_state_is_written_once_for_each_version()
    {
        Assert.Equal(1, await WriteAsync("sub_1", null, 1));
        Assert.Equal(2, await WriteAsync("sub_1", 1, 2));
        Assert.Null(await WriteAsync("sub_1", 1, 3));
        Assert.Null(await WriteAsync("sub_1", null, 3));

        var rows = await RowsAsync("ReadFromStorageKey", Key("sub_1"));
        Assert.Equal([2], (byte[])rows[0]["payloadbinary"]!);
        Assert.Equal(2, rows[0]["version"]);
    }

    [Fact]
    public async Task Of_first_writes_that_meet_one_wins()
    {
        var versions = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => WriteAsync("sub_race", null, (byte)i)));

        Assert.Single(versions, 1);
        Assert.Equal(15, versions.Count(v => v is null));
        Assert.Equal(1, await ScratchCluster.ScalarAsync<long>(_database, "select count(*) from grain_state where grain_key = 'sub_race'"));
    }

    [Fact]
    public async Task A_cleared_state_keeps_its_version_and_a_deleted_one_is_gone()
    {
        await WriteAsync("sub_2", null, 1);
        Assert.Empty(await RowsAsync("ClearStorageKey", [.. Key("sub_2"), ("GrainStateVersion", 7)]));
        Assert.Equal(2, (await RowsAsync("ClearStorageKey", [.. Key("sub_2"), ("GrainStateVersion", 1)]))[0]["newgrainstateversion"]);
        Assert.Null((await RowsAsync("ReadFromStorageKey", Key("sub_2")))[0]["payloadbinary"]);
        Assert.Equal(3, await WriteAsync("sub_2", 2, 9));
        Assert.Empty(await RowsAsync("DeleteStorageKey", [.. Key("sub_2"), ("GrainStateVersion", 2)]));
        Assert.Single(await RowsAsync("DeleteStorageKey", [.. Key("sub_2"), ("GrainStateVersion", 3)]));
        Assert.Empty(await RowsAsync("ReadFromStorageKey", Key("sub_2")));
    }

    [Theory]
    [InlineData(0, 42, null)]
    [InlineData(7, 42, null)]
    [InlineData(0, 42, "ext")]
    [InlineData(0, 0, null)]
    [InlineData(0, 0, "")]
    public async Task Keys_that_are_no_text_are_refused(long n0, long n1, string? text)
    {
        (string, object?)[] key =
        [
            ("ServiceId", "billing"), ("GrainTypeString", "subscription"), ("GrainTypeHash", 0), ("GrainIdHash", 0),
            ("GrainIdN0", n0), ("GrainIdN1", n1), ("GrainIdExtensionString", text),
        ];

        var error = await Assert.ThrowsAsync<PostgresException>(() =>
            RowsAsync("WriteToStorageKey", [.. key, ("GrainStateVersion", null), ("PayloadBinary", new byte[] { 1 })]));

        Assert.Contains("string keys only", error.MessageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_is_updated_without_touching_an_index()
    {
        await using var connection = await new BillingDatabase(_database).OpenAsync();
        string[] steps =
        [
            "select grain_state_write('billing', 'subscription', 0, 0, 'sub_hot', '\\x01', null)",
            "select grain_state_write('billing', 'subscription', 0, 0, 'sub_hot', '\\x02', 1)",
            "select grain_state_write('billing', 'subscription', 0, 0, 'sub_hot', '\\x03', 2)",
            "select pg_stat_force_next_flush()",
        ];
        foreach (var step in steps)
        {
            await using var command = new NpgsqlCommand(step, connection);
            await command.ExecuteNonQueryAsync();
        }

        await using var updates = new NpgsqlCommand("select n_tup_hot_upd from pg_stat_user_tables where relname = 'grain_state'", connection);
        Assert.Equal(2L, await updates.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_member_joins_only_on_the_version_it_read()
    {
        Assert.Equal(1, await NumberAsync("InsertMembershipVersionKey", Cluster));
        Assert.Equal(0, await NumberAsync("InsertMembershipVersionKey", Cluster));
        var empty = await RowsAsync("MembershipReadAllKey", Cluster);
        Assert.Equal(0, Assert.Single(empty)["version"]);
        Assert.Null(empty[0]["address"]);

        Assert.Equal(1, await NumberAsync("InsertMembershipKey", Member(generation: 1, version: 0)));
        Assert.Equal(0, await NumberAsync("InsertMembershipKey", Member(generation: 2, version: 0)));
        Assert.Equal(0, await NumberAsync("InsertMembershipKey", Member(generation: 1, version: 1)));
        Assert.Equal(1, await VersionAsync());
        Assert.Equal(0, await NumberAsync("UpdateMembershipKey", [.. Member(1, version: 0), ("SuspectTimes", null)]));
        Assert.Equal(0, await NumberAsync("UpdateMembershipKey", [.. Member(2, version: 1), ("SuspectTimes", null)]));
        Assert.Equal(1, await VersionAsync());
        Assert.Equal(1, await NumberAsync("UpdateMembershipKey", [.. Member(1, version: 1, status: 3), ("SuspectTimes", "x")]));
        Assert.Equal(2, await VersionAsync());

        await RowsAsync("UpdateIAmAlivetimeKey", [.. Silo(1), ("IAmAliveTime", Start.AddHours(1))]);
        var row = Assert.Single(await RowsAsync("MembershipReadRowKey", Silo(1)));
        Assert.Equal((2, 3, "x", Start.AddHours(1)), ((int)row["version"]!, (int)row["status"]!, (string)row["suspecttimes"]!, (DateTime)row["iamalivetime"]!));
        Assert.Single(await RowsAsync("GatewaysQueryKey", [.. Cluster, ("Status", 3)]));
        Assert.Null(Assert.Single(await RowsAsync("MembershipReadRowKey", Silo(9)))["address"]);
    }

    [Fact]
    public async Task Cleaning_up_spares_the_active()
    {
        await RowsAsync("InsertMembershipVersionKey", Cluster);
        await RowsAsync("InsertMembershipKey", Member(generation: 1, version: 0, status: 6));
        await RowsAsync("InsertMembershipKey", Member(generation: 2, version: 1, status: 3));

        await RowsAsync("CleanupDefunctSiloEntriesKey", [.. Cluster, ("IAmAliveTime", Start.AddYears(1))]);

        Assert.Equal(2, Assert.Single(await RowsAsync("MembershipReadAllKey", Cluster))["generation"]);
        await RowsAsync("DeleteMembershipTableEntriesKey", Cluster);
        Assert.Empty(await RowsAsync("MembershipReadAllKey", Cluster));
    }

    [Fact]
    public async Task Reminders_are_found_by_their_range_of_the_ring()
    {
        Assert.Equal(0, await NumberAsync("UpsertReminderRowKey", Reminder("a", -5)));
        Assert.Equal(1, await NumberAsync("UpsertReminderRowKey", Reminder("a", -5)));
        await NumberAsync("UpsertReminderRowKey", Reminder("b", 0));
        await NumberAsync("UpsertReminderRowKey", Reminder("c", 5));

        Assert.Equal(["b", "c"], await RangeAsync("ReadRangeRows1Key", -5, 5));
        Assert.Equal(["a", "c"], await RangeAsync("ReadRangeRows2Key", 0, -5));
        Assert.Equal(0, await NumberAsync("DeleteReminderRowKey", [("ServiceId", "billing"), ("GrainId", "a"), ("ReminderName", "tick"), ("Version", 0)]));
        Assert.Equal(1, await NumberAsync("DeleteReminderRowKey", [("ServiceId", "billing"), ("GrainId", "a"), ("ReminderName", "tick"), ("Version", 1)]));
        Assert.Equal(60_000L, Assert.Single(await RowsAsync("ReadReminderRowsKey", [("ServiceId", "billing"), ("GrainId", "b")]))["period"]);
        Assert.Single(await RowsAsync("ReadReminderRowKey", [("ServiceId", "billing"), ("GrainId", "b"), ("ReminderName", "tick")]));
        await RowsAsync("DeleteReminderRowsKey", [("ServiceId", "billing")]);
        Assert.Empty(await RangeAsync("ReadRangeRows1Key", -100, 100));
    }

    private static (string, object?)[] Cluster => [("DeploymentId", "c")];

    private static (string, object?)[] Silo(int generation) => [.. Cluster, ("Address", "127.0.0.1"), ("Port", 1), ("Generation", generation)];

    private static (string, object?)[] Member(int generation, int version, int status = 1) =>
    [
        .. Silo(generation), ("SiloName", "s"), ("HostName", "h"), ("Status", status), ("ProxyPort", 2), ("StartTime", Start), ("IAmAliveTime", Start), ("Version", version),
    ];

    private static (string, object?)[] Reminder(string grain, int hash) =>
    [
        ("ServiceId", "billing"), ("GrainId", grain), ("ReminderName", "tick"), ("StartTime", Start), ("Period", 60_000), ("GrainHash", hash),
    ];

    private static (string, object?)[] Key(string key) =>
    [
        ("ServiceId", "billing"), ("GrainTypeString", "subscription"), ("GrainTypeHash", 0), ("GrainIdHash", 0),
        ("GrainIdN0", 0L), ("GrainIdN1", 0L), ("GrainIdExtensionString", key),
    ];

    private async Task<int?> WriteAsync(string key, int? version, byte payload) =>
        (int?)Assert.Single(await RowsAsync("WriteToStorageKey", [.. Key(key), ("GrainStateVersion", version), ("PayloadBinary", new[] { payload })]))["newgrainstateversion"];

    private async Task<string[]> RangeAsync(string query, int begin, int end) =>
        [.. (await RowsAsync(query, [("ServiceId", "billing"), ("BeginHash", begin), ("EndHash", end)])).Select(r => (string)r["grainid"]!).Order(StringComparer.Ordinal)];

    private async Task<int> VersionAsync() => (int)(await RowsAsync("MembershipReadAllKey", Cluster))[0]["version"]!;

    private async Task<int> NumberAsync(string query, (string, object?)[] parameters) =>
        (int)Assert.Single(Assert.Single(await RowsAsync(query, parameters))).Value!;

    private async Task<List<Dictionary<string, object?>>> RowsAsync(string query, (string Name, object? Value)[] parameters)
    {
        var text = await ScratchCluster.ScalarAsync<string>(_database, $"select querytext from orleansquery where querykey = '{query}'");
        await using var connection = await new BillingDatabase(_database).OpenAsync();
        await using var command = new NpgsqlCommand(text, connection);
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        var rows = new List<Dictionary<string, object?>>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => reader.IsDBNull(i) ? null : reader.GetValue(i), StringComparer.OrdinalIgnoreCase));
        }

        return rows;
    }
}
