using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Server.Hosting;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>Tests that share one server.</summary>
[CollectionDefinition(Name)]
public sealed class ApiCollection : ICollectionFixture<ApiServer>
{
    public const string Name = "api";
}

/// <summary>The whole server, silo and front end, in this process, on a database and ports of its own.</summary>
public sealed class ApiServer(PostgresFixture postgres) : IAsyncLifetime
{
    public const string AdminKey = "an-admin-key-for-tests-0123456789";

    private WebApplication? _app;
    private DirectoryInfo? _data;

    /// <summary>A caller with the admin key.</summary>
    public ApiCaller Admin { get; private set; } = null!;

    /// <summary>The database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>What the server is made of.</summary>
    public IServiceProvider Services => _app!.Services;

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await postgres.CreateDatabaseAsync();
        var (app, address, data) = await StartAsync(ConnectionString);
        (_app, Address, _data) = (app, address, data);
        Admin = Caller(AdminKey);
    }

    /// <summary>A caller with a key.</summary>
    public ApiCaller Caller(string? key) => new(Address, key);

    /// <summary>A caller with a new key of a role.</summary>
    public async Task<ApiCaller> CallerAsync(string role)
    {
        var made = await Admin.PostAsync("/v1/api_keys", $$"""{"name": "test {{role}}", "role": "{{role}}"}""");
        return Caller(made.Json.GetProperty("secret").GetString());
    }

    /// <summary>Rows of every table that holds what the product knows, by name; but for what is rolled up in the background.</summary>
    public async Task<string> RowCountsAsync()
    {
        // Events that were sent before are rolled up, and work that is due is done, beside the tests: their rows come and go by themselves.
        while (await ScratchCluster.ScalarAsync<bool>(
            ConnectionString, "select exists (select from usage_pending) or exists (select from due_work where clock = 'live' and run_at <= now() and quarantined_at is null)"))
        {
            await Task.Delay(50);
        }

        return (await ScratchCluster.ScalarAsync<string>(ConnectionString, Counts))!;
    }

    private const string Counts =
        """
        select string_agg(table_name || '=' || (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I', table_name), false, true, '')))[1]::text, ' ' order by table_name)
        from information_schema.tables
        where table_schema = 'public' and table_type = 'BASE TABLE' and table_name !~ '^(orleans|grain_reminder|cluster|silo|member|usage_(pending|rollup|unique|day)$|usage_.*_[0-9]{8}$)'
        """;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        _data?.Delete(recursive: true);
    }

    /// <summary>Starts a server on a database.</summary>
    internal static async Task<(WebApplication App, Uri Address, DirectoryInfo Data)> StartAsync(string connectionString, Func<BillingOptions, BillingOptions>? change = null)
    {
        var port = ServerProcess.FreePort();
        var address = $"http://127.0.0.1:{port}";
        var data = Directory.CreateTempSubdirectory("orleansbilling-http-");
        var options = new BillingOptions { DataDirectory = data.FullName, Sandbox = true, BootstrapApiKey = AdminKey, RequestsPerSecond = 100_000, RequestBurst = 100_000 };
        options = change?.Invoke(options) ?? options;
        var builder = BillingServer.CreateBuilder();
        builder.Configuration["Billing:RequestsPerSecond"] = $"{options.RequestsPerSecond}";
        builder.Configuration["Billing:RequestBurst"] = $"{options.RequestBurst}";
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        var app = BillingServer.Build(
            builder, new BillingStart(options, new BillingDatabase(connectionString), new SiloPorts(port + 1, port + 2), [address]));
        await BootstrapKey.EnsureAsync(app.Services, options.BootstrapApiKey, dataDirectory: null, CancellationToken.None);
        await app.StartAsync();
        return (app, new Uri(address), data);
    }
}
