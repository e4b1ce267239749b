using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace OrleansBilling.Server.Hosting;

/// <summary>Metrics of the product, Orleans, the database driver, HTTP and the runtime, for Prometheus at <c>/metrics</c>.</summary>
public static class TelemetryHosting
{
    /// <summary>The prefix of every meter of the product.</summary>
    public const string MeterPrefix = "OrleansBilling";

    /// <summary>Collects the metrics.</summary>
    public static WebApplicationBuilder AddBillingTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("orleansbilling")).WithMetrics(metrics => metrics
            .AddMeter($"{MeterPrefix}*", "Microsoft.Orleans", "Npgsql")
            .AddAspNetCoreInstrumentation()
            .AddRuntimeInstrumentation()
            .AddPrometheusExporter());
        return builder;
    }

    /// <summary>Maps <c>/metrics</c>, open to everyone who reaches the port, as scrapers expect.</summary>
    public static WebApplication MapBillingMetrics(this WebApplication app)
    {
        app.MapPrometheusScrapingEndpoint("/metrics").AllowAnonymous();
        return app;
    }
}
