using System.Globalization;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http;

/// <summary>Bounds what one API key, or one address without a valid key, may ask in a second.</summary>
internal static class RateLimits
{
    /// <summary>Registers the limits; <c>Billing:RequestsPerSecond</c> and <c>Billing:RequestBurst</c> change them.</summary>
    public static void Configure(RateLimiterOptions options, IConfiguration configuration)
    {
        var perSecond = configuration.GetValue("Billing:RequestsPerSecond", Limits.RequestsPerSecond);
        var burst = configuration.GetValue("Billing:RequestBurst", Limits.RequestBurst);
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
        {
            if (!context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal))
            {
                return RateLimitPartition.GetNoLimiter("");
            }

            return context.User.FindFirstValue(ClaimTypes.NameIdentifier) is { } key
                ? Bucket("key/" + key, perSecond, burst)
                : Bucket("address/" + context.Connection.RemoteIpAddress, Limits.StrangerRequestsPerSecond, Limits.StrangerRequestsPerSecond * 4);
        });
        options.OnRejected = (context, _) =>
        {
            var seconds = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? (int)Math.Ceiling(wait.TotalSeconds) : 1;
            var problem = new Problem(429, "too_many_requests", string.Create(
                CultureInfo.InvariantCulture, $"Send fewer requests; wait {Math.Max(1, seconds)} s and repeat.")) { RetryAfter = Math.Max(1, seconds) };
            return new ValueTask(ProblemWriter.WriteAsync(context.HttpContext, problem));
        };
    }

    private static RateLimitPartition<string> Bucket(string name, int perSecond, int burst) =>
        RateLimitPartition.GetTokenBucketLimiter(name, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = perSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        });
}
