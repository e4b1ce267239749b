using OrleansBilling.Server.Hosting;

namespace OrleansBilling.Server.Commands;

/// <summary>Brings the database to the program's schema, for deployments that do so before they start servers.</summary>
internal static class MigrateCommand
{
    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var builder = BillingServer.CreateBuilder();
        var development = builder.Environment.IsDevelopment();
        var options = BillingOptionsReader.Read(builder.Configuration, development);
        using var logging = LoggerFactory.Create(l => l.AddBillingConsole(builder.Configuration, development));
        var logger = logging.CreateLogger("OrleansBilling.Migrate");
        var database = await DatabaseHosting.ResolveAsync(builder.Configuration, options, logger, cancellationToken);
        var applied = await DatabaseHosting.MigrateAsync(database, logger, cancellationToken);
        Console.WriteLine(applied == 0 ? $"{database}: nothing to do." : $"{database}: {applied} migrations applied.");
    }
}
