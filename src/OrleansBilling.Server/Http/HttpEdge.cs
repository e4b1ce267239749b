using Microsoft.AspNetCore.Authentication;
using OrleansBilling.Server.Http.Auth;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.OpenApi;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Http;

/// <summary>The HTTP front end, as the host composes it.</summary>
public static class HttpEdge
{
    /// <summary>Registers authentication, limits and the front end's own services.</summary>
    public static void AddBillingHttp(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Limits.DiscardedBytes;
        });
        ApiEndpoints.AddQueries(services);
        services.AddSingleton<DatabasePatience>();
        services.AddSingleton<ApiKeyDirectory>().AddSingleton<Handover>();
        services.AddAuthentication(ApiKeyAuthentication.Scheme)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.Scheme, configureOptions: null);
        services.AddAuthorization(Allow.AddTo);
        services.AddBillingOpenApi();
        services.AddRateLimiter(options => RateLimits.Configure(options, builder.Configuration));
    }

    /// <summary>The order of the pipeline: headers, problems, routing, room, keys, limits, roles.</summary>
    public static void UseBillingHttp(this WebApplication app)
    {
        app.Use(SecurityHeaders.Set);
        app.UseMiddleware<ProblemMiddleware>();
        app.UseRouting();
        app.UseMiddleware<AdmissionMiddleware>();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
    }
}
