using OrleansBilling.Server.Hosting;
using OrleansBilling.Server.Http.Auth;

namespace OrleansBilling.Server.Commands;

/// <summary>Makes the admin key of a first start and shows it once.</summary>
internal static class FirstKey
{
    public static async Task EnsureAsync(WebApplication app, BillingOptions options, bool development, CancellationToken cancellationToken)
    {
        var directory = development ? options.DataDirectory : null;
        if (await BootstrapKey.EnsureAsync(app.Services, options.BootstrapApiKey, directory, cancellationToken) is { } secret)
        {
            Console.WriteLine($"The admin key, shown this once: {secret}");
        }
    }
}
