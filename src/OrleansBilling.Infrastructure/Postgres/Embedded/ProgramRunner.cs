using System.Diagnostics;

namespace OrleansBilling.Infrastructure.Postgres.Embedded;

/// <summary>What a program that ran to its end left.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Errors)
{
    /// <summary>All that it wrote, for messages.</summary>
    public string Text => string.Join('\n', new[] { Output.Trim(), Errors.Trim() }.Where(t => t.Length > 0));
}

/// <summary>Runs PostgreSQL's programs, as another user where this process is root.</summary>
internal sealed class ProgramRunner(SystemUser? user)
{
    /// <summary>The user it runs them as; null means this process's own.</summary>
    public SystemUser? User { get; } = user;

    /// <summary>Runs a program to its end.</summary>
    public Task<ProgramResult> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        User is null
            ? StartAsync(program, arguments, cancellationToken)
            : StartAsync(Dropper.Program, [.. Dropper.Arguments(User), program, .. arguments], cancellationToken);

    /// <summary>Runs a program to its end as this process's own user.</summary>
    public static async Task<ProgramResult> StartAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            // The caller's folder may be closed to the other user, and PostgreSQL's programs ask where they are.
            WorkingDirectory = "/",
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start) ?? throw new EmbeddedPostgresException($"{program} cannot be started.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return new ProgramResult(process.ExitCode, await output, await errors);
    }

    /// <summary>The program that gives up root's rights for a child.</summary>
    private static class Dropper
    {
        private static readonly string? SetPriv = Find("setpriv");
        private static readonly string? RunUser = Find("runuser");

        public static string Program => SetPriv ?? RunUser ?? throw new EmbeddedPostgresException(
            "PostgreSQL refuses to run as root, and neither setpriv nor runuser is installed to run it as another user. " +
            "Install util-linux, start the server as another user, or give a database by ConnectionStrings__Billing.");

        public static string[] Arguments(SystemUser user) => SetPriv is not null
            ? [$"--reuid={user.Id}", $"--regid={user.GroupId}", "--clear-groups", "--"]
            : ["-u", user.Name, "--"];

        private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Concat(["/usr/bin", "/bin", "/usr/sbin", "/sbin"])
            .Where(folder => folder.StartsWith('/'))
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }
}
