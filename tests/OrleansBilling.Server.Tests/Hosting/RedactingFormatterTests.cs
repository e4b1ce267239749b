using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using OrleansBilling.Server.Hosting;

namespace OrleansBilling.Server.Tests.Hosting;

/// <summary>No card number and no API key reaches the log, whoever writes it.</summary>
public sealed class RedactingFormatterTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Lines_lose_their_secrets_and_nothing_else(bool development)
    {
        using var services = new ServiceCollection()
            .AddLogging(logging => logging.AddBillingConsole(new ConfigurationBuilder().Build(), development))
            .BuildServiceProvider();
        var formatter = services.GetServices<ConsoleFormatter>().Single(one => one.Name == RedactingFormatter.FormatterName);
        var entry = new LogEntry<string>(
            LogLevel.Warning, "test", default, "card 4242 4242 4242 4242, key obk_abcdefghjkmnpqrstvwxyz0123456789abcdef, invoice 17",
            new InvalidOperationException("378282246310005"), (state, _) => state);
        using var line = new StringWriter();
        formatter.Write(in entry, scopeProvider: null, line);
        var text = line.ToString();
        Assert.DoesNotContain("4242", text, StringComparison.Ordinal);
        Assert.DoesNotContain("378282246310005", text, StringComparison.Ordinal);
        Assert.DoesNotContain("abcdefghjkmnp", text, StringComparison.Ordinal);
        Assert.Contains("invoice 17", text, StringComparison.Ordinal);
    }
}
