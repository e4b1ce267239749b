using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NodaTime;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Metering;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;
using OrleansBilling.Infrastructure.Postgres.Metering.Rollup;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Testing;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Metering;

/// <summary>What a process has of usage, on a database: the writer runs, rolling up is called by hand.</summary>
internal sealed class UsageHouse : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private UsageHouse(string connectionString, ServiceProvider services) => (ConnectionString, _services) = (connectionString, services);

    public string ConnectionString { get; }

    public IUsage Usage => _services.GetRequiredService<IUsage>();

    public UsageIntake Intake => _services.GetRequiredService<UsageIntake>();

    public UsageRoller Roller => _services.GetRequiredService<UsageRoller>();

    public UsagePartitions Partitions => _services.GetRequiredService<UsagePartitions>();

    public UsageCorrections Corrections => _services.GetRequiredService<UsageCorrections>();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static async Task<UsageHouse> OpenAsync(string connectionString, UsageOptions? options = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        services.AddSingleton(new BillingDatabase(connectionString));
        services.AddBillingReads();
        services.AddBillingUsage(options ?? new UsageOptions(), takesEvents: false, rollsUp: false);
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<UsageWriter>().StartAsync(CancellationToken.None);
        return new UsageHouse(connectionString, provider);
    }

    public static async Task<UsageHouse> OpenAsync(PostgresFixture postgres, UsageOptions? options = null) => await OpenAsync(await postgres.CreateDatabaseAsync(), options);

    /// <summary>An account that events may name by its id.</summary>
    public async Task<string> AccountAsync(string id, string clock = "live")
    {
        await ScratchCluster.ExecuteAsync(ConnectionString, $"insert into account (id, name, clock, created_at, external_id) values ('{id}', 'x', '{clock}', now(), 'ext-{id}')");
        return id;
    }

    public async Task<Meter> MeterAsync(Meter meter)
    {
        await ScratchCluster.ExecuteAsync(
            ConnectionString, $"insert into meter (code, definition, created_at) values ('{meter.Code}', '{BillingJson.Write(meter)}', now())");
        return meter;
    }

    /// <summary>Sends events in one JSON body.</summary>
    public async Task<UsageReport> SendAsync(params string[] events)
    {
        var taken = await Intake.TakeBodyAsync(Encoding.UTF8.GetBytes($$"""{"events": [{{string.Join(',', events)}}]}"""), CancellationToken.None);
        return taken.Value;
    }

    public static string Event(string id, string account, string meter, Instant? at = null, string? value = null, string? more = null) =>
        $$"""
        {"id": "{{id}}", "account": "{{account}}", "meter": "{{meter}}"{{(at is { } when ? $", \"at\": \"{Text(when)}\"" : "")}}{{(value is null ? "" : $", \"value\": \"{value}\"")}}{{(more is null ? "" : ", " + more)}}}
        """;

    public static string Text(Instant at) => NodaTime.Text.InstantPattern.ExtendedIso.Format(at);

    public static Instant Now => Instant.FromUnixTimeSeconds(SystemClock.Instance.GetCurrentInstant().ToUnixTimeSeconds());

    public async Task<UsageAmount> UsageAsync(string account, Meter meter, Instant from, Instant to) =>
        (await Usage.ReadAsync(account, meter, new UsageQuestion([new Period(from, to)])))[0];

    public Task<T?> ScalarAsync<T>(string sql) => ScratchCluster.ScalarAsync<T>(ConnectionString, sql);

    public Task ExecuteAsync(string sql) => ScratchCluster.ExecuteAsync(ConnectionString, sql);

    public Task<Domain.Kernel.Decided<UsageCorrected>?> CorrectAsync(UsageCorrection correction) => Corrections.CorrectAsync(
        correction, "corr_" + Guid.NewGuid().ToString("N"), new CommandKey("key_t", Guid.NewGuid().ToString("N"), "h", new Actor("key_t", "admin", "test")), Now, _ => "{}");

    public async ValueTask DisposeAsync()
    {
        await _services.GetRequiredService<UsageWriter>().StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }

    public static string Shown(ImmutableArray<UsageAmount> amounts) => string.Join(
        '\n', amounts.Select(amount => string.Create(CultureInfo.InvariantCulture, $"{amount.Window.Start} {string.Join('/', amount.Group)}: {amount.Quantity:0.############} of {amount.Events}")));
}
