using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Server.Hosting;

/// <summary>
/// Takes card numbers and API keys out of every line before it is written, whoever logs it: a driver that quotes a
/// statement, a proxy's path, an exception's text.
/// </summary>
internal sealed partial class RedactingFormatter(ConsoleFormatter inner) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name under which the console finds it.</summary>
    public const string FormatterName = "redacted";

    /// <summary>A line without secrets.</summary>
    public static string Redact(string line) => CardNumbers.Redact(ApiKey().Replace(line, "obk_[removed]"));

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        using var line = new StringWriter();
        inner.Write(in logEntry, scopeProvider, line);
        textWriter.Write(Redact(line.ToString()));
    }

    [GeneratedRegex("obk_[0-9a-z]{8,}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ApiKey();
}

/// <summary>Puts <see cref="RedactingFormatter"/> around a console formatter.</summary>
internal static class RedactingConsole
{
    /// <summary>Writes through the redaction what the named formatter makes.</summary>
    public static ILoggingBuilder AddRedaction(this ILoggingBuilder logging, string formatter)
    {
        var registered = logging.Services.Where(service => service.ServiceType == typeof(ConsoleFormatter) && service.ImplementationType is not null).ToList();
        logging.Services.AddSingleton<ConsoleFormatter>(services => new RedactingFormatter(registered
            .Select(service => (ConsoleFormatter)ActivatorUtilities.CreateInstance(services, service.ImplementationType!))
            .First(made => made.Name == formatter)));
        logging.Services.Configure<ConsoleLoggerOptions>(options => options.FormatterName = RedactingFormatter.FormatterName);
        return logging;
    }
}
