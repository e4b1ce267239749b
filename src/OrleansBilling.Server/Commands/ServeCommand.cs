using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Server.Hosting;

namespace OrleansBilling.Server.Commands;

/// <summary>Starts the server: database, schema, silo, HTTP; and ends when it is told to.</summary>
internal static class ServeCommand
{
    public static async Task RunAsync(int? silo, CancellationToken cancellationToken)
    {
        var builder = BillingServer.CreateBuilder();
        if (silo is { } number)
        {
            builder.Configuration[$"{BillingOptions.Section}:{nameof(BillingOptions.Silo)}"] = $"{number}";
        }

        var development = builder.Environment.IsDevelopment();
        var options = BillingOptionsReader.Read(builder.Configuration, development);
        using var logging = LoggerFactory.Create(l => l.AddBillingConsole(builder.Configuration, development));
        var logger = logging.CreateLogger("OrleansBilling.Start");
        DataDirectory.Ensure(options.DataDirectory);
        using var slot = await ProcessSlot.TakeAsync(options.DataDirectory, options.Silo, cancellationToken);
        var urls = ServerUrls.For(builder.Configuration, options.Silo);
        ServerUrls.RequireFree(urls);
        var database = await DatabaseHosting.ResolveAsync(builder.Configuration, options, logger, cancellationToken);
        await DatabaseHosting.MigrateAsync(database, logger, cancellationToken);
        var ports = await SiloHosting.ResolvePortsAsync(options, logger, cancellationToken);
        await SiloHosting.BuryGhostsAsync(options, database, logger, cancellationToken);

        var embedded = DatabaseHosting.IsEmbedded(builder.Configuration) ? DatabaseHosting.Embedded(options) : null;
        await using var app = BillingServer.Build(builder, new BillingStart(options, database, ports, urls, embedded));
        await FirstKey.EnsureAsync(app, options, development, cancellationToken);
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            slot.Announce(app.Urls.FirstOrDefault() ?? ServerUrls.Default);
            Greeting.Write(app, options, development);
        });
        await app.RunAsync(cancellationToken);
    }
}
