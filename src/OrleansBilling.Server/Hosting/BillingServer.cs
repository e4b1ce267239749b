using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.OpenApi;

namespace OrleansBilling.Server.Hosting;

/// <summary>What is known before a server is built.</summary>
/// <param name="Options">Read and checked.</param>
/// <param name="Database">Running and migrated.</param>
/// <param name="Ports">Of this process between silos.</param>
/// <param name="Urls">Where it answers HTTP.</param>
/// <param name="Embedded">The embedded database, which is watched and started again; null for one that is given.</param>
public sealed record BillingStart(
    BillingOptions Options, BillingDatabase Database, SiloPorts Ports, IReadOnlyList<string> Urls, EmbeddedPostgresOptions? Embedded = null);

/// <summary>The composition of a server. Every room adds one line to each of the two methods.</summary>
public static class BillingServer
{
    /// <summary>A builder that reads the environment, with content beside the program, so that any working directory will do.</summary>
    public static WebApplicationBuilder CreateBuilder()
    {
        var environment = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT");
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = string.IsNullOrWhiteSpace(environment) ? Environments.Development : environment,
        });
        builder.Configuration.AddBillingLogLevels();
        builder.Logging.AddBillingConsole(builder.Configuration, builder.Environment.IsDevelopment());
        return builder;
    }

    /// <summary>Builds a server that is ready to run.</summary>
    public static WebApplication Build(WebApplicationBuilder builder, BillingStart start)
    {
        builder.WebHost.UseUrls([.. start.Urls]);
        builder.Services.AddSingleton(start.Options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.AddBillingDatabase(start.Database, start.Embedded)
            .AddBillingSilo(start.Options, start.Database, start.Ports)
            .AddBillingRooms(start.Options)
            .AddBillingHealth()
            .AddBillingTelemetry();
        builder.AddBillingHttp();
        var app = builder.Build();
        app.UseBillingHttp();
        app.MapBillingHealth()
            .MapBillingMetrics()
            .MapBillingDashboard();
        if (start.Options.HasApi)
        {
            app.MapBillingApi(start.Options.SandboxEnabled);
            app.MapBillingOpenApi();
        }

        return app;
    }
}
