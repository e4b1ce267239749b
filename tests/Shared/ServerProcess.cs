using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using OrleansBilling.Infrastructure.Postgres.Embedded;

namespace OrleansBilling.Testing;

/// <summary>The real server as a process of its own, for tests that kill it, and for benchmarks.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private ServerProcess(ProcessStartInfo start, Uri address)
    {
        Address = address;
        Client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Append(e.Data);
        _process.ErrorDataReceived += (_, e) => Append(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it answers HTTP.</summary>
    public Uri Address { get; }

    /// <summary>A client of that address.</summary>
    public HttpClient Client { get; }

    /// <summary>Its process id.</summary>
    public int Pid => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>What it ended with; throws while it lives.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Everything it has written so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>The built server program, of the same configuration as the calling program.</summary>
    public static string ServerDll { get; } = FindServer();

    /// <summary>A port that is free now, as are the nine after it (for further processes).</summary>
    /// <remarks>Below the ports that the system gives to outgoing connections and those that servers keep for their silos.</remarks>
    public static int FreePort()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(10_000, 19_900);
            if (Enumerable.Range(port, 10).All(p => PortsFile.IsFree(IPAddress.Loopback, p)))
            {
                return port;
            }
        }
    }

    /// <summary>Starts the server and returns at once; see <see cref="WaitUntilReadyAsync"/>.</summary>
    /// <param name="dataDirectory">Its data directory.</param>
    /// <param name="basePort">The HTTP port of process 1; process n answers on this plus n - 1.</param>
    /// <param name="silo">The process number.</param>
    /// <param name="connectionString">Another database than the embedded one.</param>
    /// <param name="environment">Further environment variables.</param>
    /// <param name="arguments">The command line; by default <c>serve --silo n</c>.</param>
    public static ServerProcess Start(
        string dataDirectory,
        int basePort,
        int silo = 1,
        string? connectionString = null,
        IReadOnlyDictionary<string, string>? environment = null,
        IReadOnlyList<string>? arguments = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var argument in new[] { "exec", ServerDll }.Concat(arguments ?? ["serve", "--silo", $"{silo}"]))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("Billing__", StringComparison.Ordinal) || k.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{basePort}";
        start.Environment["Billing__DataDirectory"] = dataDirectory;
        if (connectionString is not null)
        {
            start.Environment["ConnectionStrings__Billing"] = connectionString;
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new ServerProcess(start, new Uri($"http://127.0.0.1:{basePort + silo - 1}"));
    }

    /// <summary>Waits until <c>/health/ready</c> says yes.</summary>
    /// <exception cref="InvalidOperationException">It ended, or was not ready in time; the log is in the message.</exception>
    public async Task WaitUntilReadyAsync(TimeSpan? timeout = null)
    {
        var limit = timeout ?? TimeSpan.FromSeconds(90);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"The server ended with {_process.ExitCode}.\n{Log}");
            }

            try
            {
                using var response = await Client.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            if (watch.Elapsed > limit)
            {
                throw new InvalidOperationException($"The server was not ready after {limit.TotalSeconds:0} s.\n{Log}");
            }

            await Task.Delay(50);
        }
    }

    /// <summary>Ends it as a crash would: <c>kill -9</c>, the process alone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to stop (SIGTERM) and waits until it has.</summary>
    /// <exception cref="InvalidOperationException">It did not end in time.</exception>
    public async Task StopAsync(TimeSpan? timeout = null)
    {
        if (_process.HasExited)
        {
            return;
        }

        using (var kill = Process.Start("kill", ["-TERM", $"{Pid}"]))
        {
            await kill.WaitForExitAsync();
        }

        await WaitForExitAsync(timeout);
    }

    /// <summary>Waits until it has ended by itself.</summary>
    /// <exception cref="InvalidOperationException">It did not end in time.</exception>
    public async Task WaitForExitAsync(TimeSpan? timeout = null)
    {
        using var limit = new CancellationTokenSource(timeout ?? TimeSpan.FromSeconds(45));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new InvalidOperationException($"The server has not ended.\n{Log}", e);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Client.Dispose();
        _process.Dispose();
    }

    private static string FindServer()
    {
        var own = AppContext.BaseDirectory.TrimEnd('/');
        var configuration = own.Contains("/Release/", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";
        var root = new DirectoryInfo(own);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "OrleansBilling.sln")))
        {
            root = root.Parent;
        }

        var dll = Path.Combine(root?.FullName ?? own, "src", "OrleansBilling.Server", "bin", configuration, "net10.0", "OrleansBilling.Server.dll");
        return File.Exists(dll) ? dll : throw new FileNotFoundException("The server is not built. Run: dotnet build src/OrleansBilling.Server", dll);
    }

    private void Append(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_log)
        {
            _log.AppendLine(line);
        }
    }
}
