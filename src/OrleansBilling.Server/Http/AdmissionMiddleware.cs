using OrleansBilling.Server.Hosting;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http;

/// <summary>
/// Lets a request to the API in, at once or not at all, so that what waits is bounded. It stands before keys are looked up, which
/// takes the database as well.
/// </summary>
internal sealed class AdmissionMiddleware(RequestDelegate next, DatabasePatience patience, BillingOptions options)
{
    private int _underWay;

    /// <summary>Runs the rest of the pipeline.</summary>
    /// <exception cref="ProblemException">503 <c>database_unavailable</c>, <c>server_busy</c>.</exception>
    public async Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        if (patience.IsSilent)
        {
            throw ProblemMiddleware.DatabaseAway.Exception();
        }

        try
        {
            if (Interlocked.Increment(ref _underWay) > options.RequestsUnderWay)
            {
                throw new Problem(503, "server_busy", "More requests are under way than this server takes; repeat this one in a moment.") { RetryAfter = 1 }.Exception();
            }

            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
