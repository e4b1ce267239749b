namespace OrleansBilling.Server.Http;

/// <summary>Headers of every answer.</summary>
internal static class SecurityHeaders
{
    /// <summary>Sets them before the answer begins.</summary>
    public static Task Set(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(static state =>
        {
            var answered = (HttpContext)state;
            var headers = answered.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.XFrameOptions = "DENY";
            if (answered.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal))
            {
                headers.CacheControl = "no-store";
                headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
            }

            return Task.CompletedTask;
        }, context);
        return next(context);
    }
}
