using System.Net;
using System.Reflection;

namespace OrleansBilling.Server.Hosting;

/// <summary>Reads and checks <see cref="BillingOptions"/>.</summary>
public static class BillingOptionsReader
{
    private static readonly string[] KnownRoles = ["silo", "api"];

    /// <summary>The names that the section may hold.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(BillingOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod is not null).Select(p => p.Name)];

    /// <summary>The options of a start, complete: paths are full, and what depends on the environment is decided.</summary>
    /// <param name="configuration">The whole configuration.</param>
    /// <param name="development">Whether this is a development start.</param>
    /// <exception cref="StartException">Something cannot be used; the message names every such setting.</exception>
    public static BillingOptions Read(IConfiguration configuration, bool development)
    {
        var section = configuration.GetSection(BillingOptions.Section);
        var unknown = section.GetChildren().Select(c => c.Key).Where(k => !Names.Contains(k, StringComparer.OrdinalIgnoreCase)).ToList();
        if (unknown.Count > 0)
        {
            throw new StartException(
                $"Unknown setting {string.Join(", ", unknown.Select(k => $"{BillingOptions.Section}__{k}"))}. Known are {string.Join(", ", Names)}.");
        }

        BillingOptions options;
        try
        {
            options = section.Get<BillingOptions>() ?? new BillingOptions();
        }
        catch (InvalidOperationException e)
        {
            throw new StartException($"A setting of {BillingOptions.Section} has the wrong form: {e.InnerException?.Message ?? e.Message}", e);
        }

        // An empty environment variable is how compose files and units say "not set".
        options = options with
        {
            PostgresBin = NullIfEmpty(options.PostgresBin),
            AdvertisedAddress = NullIfEmpty(options.AdvertisedAddress),
            BootstrapApiKey = NullIfEmpty(options.BootstrapApiKey),
        };
        var faults = Faults(options).ToList();
        if (faults.Count > 0)
        {
            throw new StartException(string.Join(Environment.NewLine, faults));
        }

        return options with { DataDirectory = Path.GetFullPath(options.DataDirectory), Sandbox = options.Sandbox ?? development };
    }

    /// <summary>What is wrong with the options, a sentence each.</summary>
    public static IEnumerable<string> Faults(BillingOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            yield return "Billing__DataDirectory is empty. Name a folder, or leave it unset for .data.";
        }

        if (options.RoleNames.Length == 0 || options.RoleNames.Any(r => !KnownRoles.Contains(r, StringComparer.OrdinalIgnoreCase)))
        {
            yield return $"Billing__Roles is '{options.Roles}'. Use silo, api, or silo,api.";
        }

        if (options.Silo is < 1 or > 100)
        {
            yield return $"The process number (--silo, Billing__Silo) is {options.Silo}. Use 1 to 100.";
        }

        if (options.MaxPoolSize is < 2 or > 1000)
        {
            yield return $"Billing__MaxPoolSize is {options.MaxPoolSize}. Use 2 to 1000; 16 is enough for two cores.";
        }

        if (options.RequestsPerSecond < 1 || options.RequestBurst < options.RequestsPerSecond)
        {
            yield return $"Billing__RequestsPerSecond is {options.RequestsPerSecond} and Billing__RequestBurst {options.RequestBurst}. Use 1 or more, and a burst of at least as much.";
        }

        if (options.DatabaseSeconds is < 2 or > 600 || options.RequestsUnderWay is < 1 or > 100_000)
        {
            yield return $"Billing__DatabaseSeconds is {options.DatabaseSeconds} and Billing__RequestsUnderWay {options.RequestsUnderWay}. Use 2 to 600 seconds, and 1 to 100000 requests.";
        }

        foreach (var (name, port) in new[] { ("SiloPort", options.SiloPort), ("GatewayPort", options.GatewayPort) })
        {
            if (port is < 1 or > IPEndPoint.MaxPort)
            {
                yield return $"Billing__{name} is {port}. Use 1 to {IPEndPoint.MaxPort}, or leave it unset.";
            }
        }

        if (options.SiloPort is not null && options.SiloPort == options.GatewayPort)
        {
            yield return $"Billing__SiloPort and Billing__GatewayPort are both {options.SiloPort}. Use two ports.";
        }

        if (string.IsNullOrWhiteSpace(options.ClusterId) || string.IsNullOrWhiteSpace(options.ServiceId))
        {
            yield return "Billing__ClusterId and Billing__ServiceId may not be empty. Leave them unset for billing.";
        }

        foreach (var fault in options.Usage.Faults())
        {
            yield return fault;
        }

        if (options.BootstrapApiKey is { Length: < 16 })
        {
            yield return "Billing__BootstrapApiKey is shorter than 16 characters. Use a long random text, or leave it unset.";
        }
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
