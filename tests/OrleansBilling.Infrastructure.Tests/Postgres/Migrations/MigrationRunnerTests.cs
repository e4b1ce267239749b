using Microsoft.Extensions.Logging.Abstractions;
using OrleansBilling.Infrastructure.Postgres.Migrations;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Migrations;

public sealed class MigrationRunnerTests(PostgresFixture postgres)
{
    private static readonly Migration First = Migration.FromFolder("0001_first", "create table a (x int);");
    private static readonly Migration Second = Migration.FromFolder("0002_second", "create table b (x int); insert into b values (7);");
    private static readonly Migration Third = Migration.FromFolder("0003_third", "create table c (x int);");

    [Fact]
    public async Task Applies_what_is_missing_and_then_nothing()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();

        Assert.Equal(1, await RunAsync(database, First));
        Assert.Equal(2, await RunAsync(database, First, Second, Third));
        Assert.Equal(0, await RunAsync(database, First, Second, Third));

        Assert.Equal(7, await ScratchCluster.ScalarAsync<int>(database, "select x from b"));
        Assert.Equal(3, await ScratchCluster.ScalarAsync<long>(database, "select count(*) from schema_migration"));
        Assert.Equal(Second.Checksum, await ScratchCluster.ScalarAsync<string>(database, "select checksum from schema_migration where number = 2"));
    }

    [Fact]
    public async Task The_programs_own_migrations_build_a_schema()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();

        var applied = await MigrationRunner.MigrateAsync(database, NullLogger.Instance);

        Assert.Equal(MigrationCatalog.Load().Count, applied);
        Assert.Equal(20, await ScratchCluster.ScalarAsync<long>(database, "select count(*) from orleansquery"));
        Assert.Equal(0, await MigrationRunner.MigrateAsync(database, NullLogger.Instance));
    }

    [Fact]
    public async Task A_changed_past_migration_is_refused_and_nothing_is_applied()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await RunAsync(database, First, Second);
        var changed = First with { Sql = "create table a (x bigint);" };

        var error = await Assert.ThrowsAsync<MigrationException>(() => RunAsync(database, Migration.FromFolder("0001_first", changed.Sql), Second, Third));

        Assert.Contains("0001_first was changed after it was applied", error.Message, StringComparison.Ordinal);
        Assert.Contains("Put its up.sql back", error.Message, StringComparison.Ordinal);
        Assert.Null(await ScratchCluster.ScalarAsync<string>(database, "select to_regclass('c')::text"));
    }

    [Fact]
    public async Task Line_ends_of_the_checkout_are_no_change()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await RunAsync(database, Migration.FromFolder("0001_lines", "create table a (\n  x int\n);\n"));

        Assert.Equal(0, await RunAsync(database, Migration.FromFolder("0001_lines", "create table a (\r\n  x int\r\n);\r\n")));
    }

    [Fact]
    public async Task A_database_newer_than_the_program_is_refused()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await RunAsync(database, First, Second, Third);

        var error = await Assert.ThrowsAsync<MigrationException>(() => RunAsync(database, First, Second));

        Assert.Contains("newer than this program", error.Message, StringComparison.Ordinal);
        Assert.Contains("0003_third", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gap_in_the_database_is_refused()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await RunAsync(database, First, Second, Third);
        await ScratchCluster.ExecuteAsync(database, "delete from schema_migration where number = 2");

        var error = await Assert.ThrowsAsync<MigrationException>(() => RunAsync(database, First, Second, Third));

        Assert.Contains("has migration 0003_third but not number 0002", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_migration_leaves_nothing_and_names_itself()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        var broken = Migration.FromFolder("0002_broken", "create table half (x int); select * from nowhere;");

        var error = await Assert.ThrowsAsync<MigrationException>(() => RunAsync(database, First, broken));

        Assert.Contains("0002_broken failed and was rolled back", error.Message, StringComparison.Ordinal);
        Assert.Null(await ScratchCluster.ScalarAsync<string>(database, "select to_regclass('half')::text"));
        Assert.Equal(1, await ScratchCluster.ScalarAsync<long>(database, "select count(*) from schema_migration"));
        Assert.Equal(1, await RunAsync(database, First, Second));
    }

    [Fact]
    public async Task Processes_that_start_together_apply_each_migration_once()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        var slow = Migration.FromFolder("0001_slow", "select pg_sleep(0.3); create table a (x int);");

        var applied = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => RunAsync(database, slow, Second)));

        Assert.Equal(2, applied.Sum());
        Assert.Single(applied, 2);
    }

    private static Task<int> RunAsync(string database, params Migration[] migrations) =>
        new MigrationRunner(database, migrations, NullLogger.Instance).RunAsync();
}
