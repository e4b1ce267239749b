using System.Diagnostics;
using System.Text;
using OrleansBilling.Server.Hosting;
using OrleansBilling.Server.Http.Auth;

namespace OrleansBilling.Server.Demo;

/// <summary>The server on which the scene is played: one that runs already, or one that is started for it and stopped after it.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(45);
    private const int LineMax = 600;
    private static readonly string[] Alarms = [" warn:", " fail:", " crit:", "error:"];
    private readonly StringBuilder _log = new();
    private readonly Process? _process;

    private DemoServer(Uri address, ProcessStartInfo? start)
    {
        Address = address;
        if (start is null)
        {
            return;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it answers.</summary>
    public Uri Address { get; }

    /// <summary>Whether it was started for the scene.</summary>
    public bool IsOwn => _process is not null;

    /// <summary>A server that answers, or null.</summary>
    public static async Task<DemoServer?> FindAsync(Uri address, CancellationToken cancellation) =>
        await StatusAsync(address, "/health/live", cancellation) is null ? null : new DemoServer(address, start: null);

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <exception cref="DemoException">It ended, or is not ready in time; the message has the end of its log.</exception>
    public static async Task<DemoServer> StartAsync(Uri address, BillingOptions options, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", typeof(DemoServer).Assembly.Location, "serve"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_URLS"] = address.GetLeftPart(UriPartial.Authority);
        start.Environment[$"{BillingOptions.Section}__{nameof(BillingOptions.DataDirectory)}"] = options.DataDirectory;
        var server = new DemoServer(address, start);
        try
        {
            await server.WaitUntilReadyAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The admin key: the given file, else the configured first key, else the one that a development start keeps in its data directory.</summary>
    /// <exception cref="DemoException">There is none.</exception>
    public static string ReadKey(string? keyFile, BillingOptions options)
    {
        if (keyFile is null && options.BootstrapApiKey is { } configured)
        {
            return configured;
        }

        var path = keyFile ?? Path.Combine(options.DataDirectory, BootstrapKey.FileName);
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DemoException(
                $"No admin key can be read from {path}: {e.Message} Point Billing__DataDirectory at the server's data directory, or name the file of an admin key by --key-file.", e);
        }
    }

    /// <summary>The last warnings and errors of its log (all of its end where it has none); empty for a server that was found.</summary>
    public string LogTail()
    {
        string[] lines;
        lock (_log)
        {
            lines = _log.ToString().TrimEnd().Split('\n');
        }

        var bad = lines.Where(line => Alarms.Any(alarm => line.Contains(alarm, StringComparison.Ordinal))).ToList();
        return string.Join('\n', (bad.Count > 0 ? bad : [.. lines]).TakeLast(8).Select(line => line.Length > LineMax ? line[..LineMax] + " ..." : line));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            return;
        }

        if (!_process.HasExited)
        {
            using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            {
                await kill.WaitForExitAsync();
            }

            using var limit = new CancellationTokenSource(StopLimit);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                // Nothing committed is lost by a kill; a server left behind would hold the port.
                _process.Kill();
            }
        }

        _process.Dispose();
    }

    private static async Task<int?> StatusAsync(Uri address, string path, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var response = await http.GetAsync(new Uri(path, UriKind.Relative), cancellation);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        while (await StatusAsync(Address, "/health/ready", cancellation) is not 200)
        {
            if (_process!.HasExited || watch.Elapsed > StartLimit)
            {
                throw new DemoException(
                    $"The server that was started for the demo {(_process.HasExited ? $"ended with {_process.ExitCode}" : $"is not ready after {StartLimit.TotalSeconds:0} s")}. The end of its log:\n{LogTail()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    private void Append(string? line)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _log.AppendLine(line);
            }
        }
    }
}
