using System.Diagnostics;
using System.Text.RegularExpressions;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>The commands of docs/api.md work as they are written, in their order, in a plain shell.</summary>
[Collection(ApiCollection.Name)]
public sealed partial class ApiGuideTests(ApiServer server)
{
    [Fact]
    public async Task Every_command_of_the_guide_works()
    {
        var guide = await File.ReadAllTextAsync(Path.Combine(RepositoryFiles.Root, "docs", "api.md"), TestContext.Current.CancellationToken);
        var blocks = Block().Matches(guide).Select(block => block.Groups["code"].Value).ToList();
        Assert.True(blocks.Count >= 12, $"Only {blocks.Count} blocks.");

        // Each line is shown before it runs (set -v), so that a failure names the command.
        var script = "set -euo pipefail\n" + string.Join("\n", blocks.Select((code, number) => $"BLOCK={number + 1}\n{code}"));
        var (exitCode, output) = await RunAsync(script);
        Assert.True(exitCode == 0, $"The guide's commands ended with {exitCode}:\n{output[^Math.Min(output.Length, 4000)..]}");
    }

    [Fact]
    public async Task A_command_that_is_refused_is_seen()
    {
        var guide = await File.ReadAllTextAsync(Path.Combine(RepositoryFiles.Root, "docs", "api.md"), TestContext.Current.CancellationToken);
        var first = Block().Matches(guide)[0].Groups["code"].Value;
        var (exitCode, output) = await RunAsync("set -euo pipefail\n" + first + "\napi /v1/accounts --data '{}'\necho went on");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("missing_field", output, StringComparison.Ordinal);
        Assert.DoesNotContain("went on", output, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string script)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, script);
        var start = new ProcessStartInfo("bash") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        start.ArgumentList.Add("-v");
        start.ArgumentList.Add(file);
        start.Environment["URL"] = server.Address.ToString().TrimEnd('/');
        start.Environment["KEY"] = ApiServer.AdminKey;
        using var process = Process.Start(start)!;
        var lines = new System.Text.StringBuilder();
        process.OutputDataReceived += (_, e) => Append(lines, e.Data);
        process.ErrorDataReceived += (_, e) => Append(lines, e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        File.Delete(file);
        return (process.ExitCode, lines.ToString());
    }

    private static void Append(System.Text.StringBuilder lines, string? line)
    {
        lock (lines)
        {
            lines.AppendLine(line);
        }
    }

    [GeneratedRegex("^```bash\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Block();
}
