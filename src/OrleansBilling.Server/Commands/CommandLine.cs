using System.CommandLine;
using OrleansBilling.Infrastructure.Postgres.Embedded;
using OrleansBilling.Infrastructure.Postgres.Migrations;
using OrleansBilling.Server.Demo;
using OrleansBilling.Server.Hosting;

namespace OrleansBilling.Server.Commands;

/// <summary>The program's commands. Each is a class of its own beside this one.</summary>
public static class CommandLine
{
    /// <summary>Runs the command that the arguments name; none means <c>serve</c>.</summary>
    /// <returns>0, or 1 after a refusal, which is written to the error stream as one sentence.</returns>
    public static Task<int> RunAsync(string[] args)
    {
        var silo = new Option<int?>("--silo") { Description = "The number of this process, from 1. Process n listens on the HTTP port plus n - 1." };
        var root = new RootCommand("OrleansBilling: subscriptions, invoices, payments and a ledger on Orleans and PostgreSQL.") { silo };
        root.SetAction((parsed, cancel) => GuardAsync(() => ServeCommand.RunAsync(parsed.GetValue(silo), cancel)));
        var serve = new Command("serve", "Starts the server (the default).") { silo };
        serve.SetAction((parsed, cancel) => GuardAsync(() => ServeCommand.RunAsync(parsed.GetValue(silo), cancel)));
        root.Subcommands.Add(serve);
        root.Subcommands.Add(Simple("migrate", "Brings the database to this program's schema and ends.", MigrateCommand.RunAsync));
        root.Subcommands.Add(Simple("stop", "Stops the servers of the data directory and its embedded database.", StopCommand.RunAsync));
        var health = new Command("health", "Asks the server of this number whether it is ready; ends with 0 if it is.") { silo };
        health.SetAction((parsed, cancel) => GuardAsync(() => HealthCommand.RunAsync(parsed.GetValue(silo), cancel)));
        root.Subcommands.Add(health);
        root.Subcommands.Add(DemoCommand.Create());

        // The host itself answers Ctrl-C and SIGTERM, and takes the time it needs.
        return root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static Command Simple(string name, string description, Func<CancellationToken, Task> run)
    {
        var command = new Command(name, description);
        command.SetAction((_, cancel) => GuardAsync(() => run(cancel)));
        return command;
    }

    private static async Task<int> GuardAsync(Func<Task> run)
    {
        try
        {
            await run();
            return 0;
        }
        catch (Exception e) when (e is StartException or EmbeddedPostgresException or MigrationException or TimeoutException)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }
    }
}
