using Microsoft.AspNetCore.Authorization;

namespace OrleansBilling.Server.Http.Auth;

/// <summary>The roles of API keys.</summary>
internal static class Roles
{
    /// <summary>Product teams: everything of the product.</summary>
    public const string App = "app";

    /// <summary>Support: reads, and adjustments of credit balances.</summary>
    public const string Support = "support";

    /// <summary>Finance: reads, refunds, receipts, write-offs, adjustments of credit balances.</summary>
    public const string Finance = "finance";

    /// <summary>Operators: everything, and alone API keys, work items and the dashboard.</summary>
    public const string Admin = "admin";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [App, Support, Finance, Admin];
}

/// <summary>What an endpoint asks of a key's role; also the names of the authorization policies.</summary>
public static class Allow
{
    /// <summary>Reading: every role.</summary>
    public const string Read = "billing-read";

    /// <summary>Changing the catalog, accounts, subscriptions and invoices: app, admin.</summary>
    public const string Product = "billing-product";

    /// <summary>Adjusting a credit balance: every role.</summary>
    public const string Adjust = "billing-adjust";

    /// <summary>Moving or writing off money: app, finance, admin.</summary>
    public const string Money = "billing-money";

    /// <summary>Operating: admin alone.</summary>
    public const string Admin = "admin";

    /// <summary>The roles of a policy.</summary>
    public static IReadOnlyList<string> RolesOf(string policy) => policy switch
    {
        Read => Roles.All,
        Product => [Roles.App, Roles.Admin],
        Adjust => Roles.All,
        Money => [Roles.App, Roles.Finance, Roles.Admin],
        Admin => [Roles.Admin],
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, message: null),
    };

    /// <summary>Registers the policies.</summary>
    internal static void AddTo(AuthorizationOptions options)
    {
        foreach (var policy in (string[])[Read, Product, Adjust, Money, Admin])
        {
            options.AddPolicy(policy, rule => rule.AddAuthenticationSchemes(ApiKeyAuthentication.Scheme).RequireRole(RolesOf(policy)));
        }
    }
}
