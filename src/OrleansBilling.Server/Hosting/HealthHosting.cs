using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Runtime;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Migrations;

namespace OrleansBilling.Server.Hosting;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it can do its work.</summary>
public static class HealthHosting
{
    private const string Ready = "ready";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>Adds what readiness asks: a round trip to the database, and a live member of the cluster.</summary>
    public static WebApplicationBuilder AddBillingHealth(this WebApplicationBuilder builder)
    {
        builder.Services.AddHealthChecks()
            .AddCheck<StoppingCheck>("process", tags: [Ready])
            .AddCheck<DatabaseCheck>("database", tags: [Ready], timeout: Limit)
            .AddCheck<ClusterCheck>("cluster", tags: [Ready], timeout: Limit);
        return builder;
    }

    /// <summary>Maps both, open to everyone: they tell nothing but yes or no and which part.</summary>
    public static WebApplication MapBillingHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = c => c.Tags.Contains(Ready), ResponseWriter = WriteAsync }).AllowAnonymous();
        return app;
    }

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        var body = new
        {
            status = Word(report.Status),
            checks = report.Entries.ToDictionary(e => e.Key, e => new { status = Word(e.Value.Status), detail = e.Value.Description }),
        };
        return context.Response.WriteAsync(JsonSerializer.Serialize(body, JsonSerializerOptions.Web), context.RequestAborted);
    }

    private static string Word(HealthStatus status) => status == HealthStatus.Healthy ? "ok" : "failing";

    /// <summary>A process that is told to stop takes no new work while it finishes the old.</summary>
    private sealed class StoppingCheck(IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested
                ? HealthCheckResult.Unhealthy("stopping")
                : HealthCheckResult.Healthy());
    }

    private sealed class DatabaseCheck(BillingDatabase database) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                return await AppliedSchema.FindAsync(database, cancellationToken) is { } number
                    ? HealthCheckResult.Healthy($"schema {number:D4}")
                    : HealthCheckResult.Unhealthy("the schema is empty");
            }
            catch (Exception e) when (DatabaseFaults.IsOfDatabase(e) || e is TimeoutException or OperationCanceledException)
            {
                return HealthCheckResult.Unhealthy("the database does not answer", e);
            }
        }
    }

    private sealed class ClusterCheck(IServiceProvider services, IGrainFactory grains) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            if (services.GetService<ISiloStatusOracle>() is { } oracle)
            {
                return oracle.CurrentStatus == SiloStatus.Active
                    ? HealthCheckResult.Healthy()
                    : HealthCheckResult.Unhealthy($"the silo is {oracle.CurrentStatus}");
            }

            try
            {
                var hosts = await grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true, cancellationToken);
                return hosts.Count > 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("no silo is active");
            }
            catch (Exception e) when (e is OrleansException or TimeoutException or OperationCanceledException)
            {
                return HealthCheckResult.Unhealthy("no silo answers", e);
            }
        }
    }
}
