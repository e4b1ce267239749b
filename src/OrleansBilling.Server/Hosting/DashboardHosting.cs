using Orleans.Dashboard;

namespace OrleansBilling.Server.Hosting;

/// <summary>Orleans' own dashboard, for operators.</summary>
public static class DashboardHosting
{
    /// <summary>The authorization policy that lets administrators through.</summary>
    public const string AdminPolicy = "admin";

    /// <summary>Maps <c>/dashboard</c> behind the policy <see cref="AdminPolicy"/>, which must be registered.</summary>
    public static WebApplication MapBillingDashboard(this WebApplication app)
    {
        app.MapOrleansDashboard("/dashboard").RequireAuthorization(AdminPolicy);
        return app;
    }
}
