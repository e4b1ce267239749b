using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Embedded;

public sealed class EmbeddedPostgresTests : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"orleansbilling-embedded-{Guid.NewGuid().ToString("N")[..8]}");

    private EmbeddedPostgresOptions Options => new()
    {
        DataDirectory = Path.Combine(_folder, "data"),
        FallbackRoot = Path.Combine(Path.GetTempPath(), Path.GetFileName(_folder) + "-open"),
        SharedBuffersMegabytes = 16,
    };

    [Fact]
    public async Task Finds_its_data_and_its_port_again_after_a_stop_and_after_a_kill()
    {
        var first = await EnsureAsync();
        Assert.True(first.Started);
        await ScratchCluster.ExecuteAsync(first.ConnectionString, "create table kept (x int); insert into kept values (1)");
        var found = await EnsureAsync();
        Assert.False(found.Started);
        Assert.Equal(first.ConnectionString, found.ConnectionString);

        Assert.True(await EmbeddedPostgres.StopAsync(Options, NullLogger.Instance));
        Assert.False(await EmbeddedPostgres.StopAsync(Options, NullLogger.Instance));
        var second = await EnsureAsync();
        Assert.True(second.Started);
        Assert.Equal(first.ConnectionString, second.ConnectionString);
        await ScratchCluster.ExecuteAsync(second.ConnectionString, "insert into kept values (2)");

        Kill(second);
        var third = await EnsureAsync();
        Assert.True(third.Started);
        Assert.Equal(first.ConnectionString, third.ConnectionString);
        Assert.Equal(3, await ScratchCluster.ScalarAsync<long>(third.ConnectionString, "select sum(x) from kept"));
    }

    [Fact]
    public async Task Keeps_committed_money_safe_and_listens_on_loopback_only()
    {
        var database = await EnsureAsync();

        Assert.Equal("on", await ScratchCluster.ScalarAsync<string>(database.ConnectionString, "show fsync"));
        Assert.Equal("on", await ScratchCluster.ScalarAsync<string>(database.ConnectionString, "show synchronous_commit"));
        Assert.Equal("on", await ScratchCluster.ScalarAsync<string>(database.ConnectionString, "show full_page_writes"));
        Assert.Equal("127.0.0.1", await ScratchCluster.ScalarAsync<string>(database.ConnectionString, "show listen_addresses"));
        Assert.Equal("scram-sha-256", await ScratchCluster.ScalarAsync<string>(database.ConnectionString, "show password_encryption"));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(Path.Combine(Options.DataDirectory, "postgres.password")));
        var wrong = database.ConnectionString.Replace("Password=", "Password=no", StringComparison.Ordinal);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => ScratchCluster.ExecuteAsync(wrong, "select 1"));
    }

    [Fact]
    public async Task Starts_that_meet_make_one_database()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(EnsureAsync)));

        Assert.Single(all, d => d.Started);
        Assert.Single(all.Select(d => d.ConnectionString).Distinct());
    }

    [Fact]
    public async Task Takes_another_port_where_the_kept_one_is_used()
    {
        var first = await EnsureAsync();
        await EmbeddedPostgres.StopAsync(Options, NullLogger.Instance);
        using var other = new TcpListener(IPAddress.Loopback, first.Port);
        other.Start();

        var second = await EnsureAsync();

        Assert.NotEqual(first.Port, second.Port);
        Assert.Equal(second.Port, new PortsFile(Options.DataDirectory, NullLogger.Instance).KeptPostgres);
    }

    [Fact]
    public async Task A_pid_file_that_names_another_program_blocks_nothing()
    {
        var first = await EnsureAsync();
        Kill(first);
        var file = Path.Combine(first.ClusterDirectory, "postmaster.pid");
        var lines = await File.ReadAllLinesAsync(file);
        lines[0] = $"{Environment.ProcessId}";
        await File.WriteAllLinesAsync(file, lines);

        var second = await EnsureAsync();

        Assert.True(second.Started);
    }

    [Fact]
    public async Task A_first_start_that_was_killed_half_way_begins_again()
    {
        Directory.CreateDirectory(Path.Combine(DataDirectory.Ensure(Options.DataDirectory), "postgres.new"));
        await File.WriteAllTextAsync(Path.Combine(Options.DataDirectory, "postgres.new", "PG_VERSION"), "15");

        Assert.True((await EnsureAsync()).Started);
    }

    [Fact]
    public async Task Below_a_closed_folder_root_puts_the_files_elsewhere_and_finds_them_again()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root runs PostgreSQL as another user.");
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var first = await EnsureAsync();
        await EmbeddedPostgres.StopAsync(Options, NullLogger.Instance);
        var second = await EnsureAsync();

        Assert.StartsWith(Options.FallbackRoot, first.ClusterDirectory, StringComparison.Ordinal);
        Assert.Equal(first, second);
        Assert.Equal(first.ClusterDirectory, (await File.ReadAllTextAsync(Path.Combine(Options.DataDirectory, "postgres.location"))).Trim());

        await EmbeddedPostgres.StopAsync(Options, NullLogger.Instance);
        Directory.Move(first.ClusterDirectory, first.ClusterDirectory + "-away");
        var error = await Assert.ThrowsAsync<EmbeddedPostgresException>(EnsureAsync);
        Assert.Contains("where none is", error.Message, StringComparison.Ordinal);
        Directory.Move(first.ClusterDirectory + "-away", first.ClusterDirectory);

        Directory.Delete(Options.DataDirectory, recursive: true);
        var anew = await EnsureAsync();
        Assert.NotEqual(first.ClusterDirectory, anew.ClusterDirectory);
        Assert.True(File.Exists(Path.Combine(first.ClusterDirectory, "PG_VERSION")));
    }

    [Fact]
    public async Task A_folder_that_is_no_whole_database_is_not_touched()
    {
        var folder = Directory.CreateDirectory(Path.Combine(DataDirectory.Ensure(Options.DataDirectory), "postgres"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "base"), "something");

        var error = await Assert.ThrowsAsync<EmbeddedPostgresException>(EnsureAsync);

        Assert.Contains("is no whole PostgreSQL database", error.Message, StringComparison.Ordinal);
        Assert.Equal("something", await File.ReadAllTextAsync(Path.Combine(folder.FullName, "base")));
    }

    [Fact]
    public async Task A_folder_without_programs_is_refused_by_name()
    {
        var error = await Assert.ThrowsAsync<EmbeddedPostgresException>(() =>
            EmbeddedPostgres.EnsureRunningAsync(Options with { BinDirectory = "/nowhere" }, NullLogger.Instance));

        Assert.Contains("Billing__PostgresBin names /nowhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_of_another_release_is_refused_by_number()
    {
        var first = await EnsureAsync();
        await EmbeddedPostgres.StopAsync(Options, NullLogger.Instance);
        await File.WriteAllTextAsync(Path.Combine(first.ClusterDirectory, "PG_VERSION"), "9\n");

        var error = await Assert.ThrowsAsync<EmbeddedPostgresException>(EnsureAsync);

        Assert.Contains("was made by PostgreSQL 9", error.Message, StringComparison.Ordinal);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        try
        {
            await EmbeddedPostgres.StopAsync(Options, NullLogger.Instance);
        }
        catch (EmbeddedPostgresException)
        {
            // A test may have made the cluster unusable on purpose; it does not run then.
        }

        foreach (var folder in new[] { _folder, Options.FallbackRoot }.Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task<EmbeddedDatabase> EnsureAsync() => EmbeddedPostgres.EnsureRunningAsync(Options, NullLogger.Instance);

    private static void Kill(EmbeddedDatabase database)
    {
        var pid = int.Parse(File.ReadLines(Path.Combine(database.ClusterDirectory, "postmaster.pid")).First());
        using var postmaster = Process.GetProcessById(pid);
        postmaster.Kill();
        postmaster.WaitForExit(5_000);
    }
}
