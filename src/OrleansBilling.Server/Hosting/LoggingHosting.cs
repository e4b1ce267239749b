using Microsoft.Extensions.Logging.Console;

namespace OrleansBilling.Server.Hosting;

/// <summary>Logs on the console: one line each for people in a development start, JSON elsewhere.</summary>
public static class LoggingHosting
{
    // Defaults of lowest rank: every one can be set by Logging__LogLevel__<category>.
    private static readonly Dictionary<string, string?> Levels = new(StringComparer.Ordinal)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
        ["Logging:LogLevel:Orleans"] = "Warning",
        // Categories match by their beginning, and the product's own begin like Orleans'.
        ["Logging:LogLevel:OrleansBilling"] = "Information",
        // The framework's own words about every refused key; the answer says it already.
        ["Logging:LogLevel:OrleansBilling.Server.Http.Auth.ApiKeyAuthentication"] = "Warning",
        // Orleans logs every refused commit with its stack; who asked for the turn answers it or logs it.
        ["Logging:LogLevel:OrleansBilling.Infrastructure.Postgres.Turn.GroupedGrainStorage"] = "None",
        ["Logging:LogLevel:Polly"] = "Warning",
        // Warns once at every start that the dashboard's first check has not completed: a false alarm.
        ["Logging:LogLevel:Orleans.Runtime.Watchdog"] = "Error",
    };

    /// <summary>Puts the default levels below every other configuration.</summary>
    public static IConfigurationBuilder AddBillingLogLevels(this IConfigurationBuilder configuration)
    {
        configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = Levels });
        return configuration;
    }

    /// <summary>Sets the console up.</summary>
    public static ILoggingBuilder AddBillingConsole(this ILoggingBuilder logging, IConfiguration configuration, bool development)
    {
        logging.ClearProviders().AddConfiguration(configuration.GetSection("Logging"));
        logging = development
            ? logging.AddSimpleConsole(o =>
            {
                o.SingleLine = true;
                o.TimestampFormat = "HH:mm:ss ";
                o.ColorBehavior = LoggerColorBehavior.Default;
            })
            : logging.AddJsonConsole(o =>
            {
                o.UseUtcTimestamp = true;
                o.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
                o.IncludeScopes = true;
            });
        return logging.AddRedaction(development ? ConsoleFormatterNames.Simple : ConsoleFormatterNames.Json);
    }
}
