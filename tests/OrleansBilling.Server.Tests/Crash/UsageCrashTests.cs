using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Npgsql;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Crash;

/// <summary>Kills a real server in the middle of taking events: what was acknowledged is there once, and no body is half there.</summary>
public sealed class UsageCrashTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Key = "a-key-for-usage-crash-tests-0123456789";
    private const int EventsPerBody = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"orleansbilling-usage-{Guid.NewGuid().ToString("N")[..8]}");
    private readonly int _port = ServerProcess.FreePort();
    private readonly ConcurrentDictionary<int, bool> _sent = new();
    private int _next;

    [Fact]
    public async Task Acknowledged_events_are_there_once_and_no_body_is_half_there()
    {
        var database = await postgres.CreateDatabaseAsync();
        var acknowledged = 0;
        for (var life = 1; life <= 5; life++)
        {
            await using var server = Start(database);
            await server.WaitUntilReadyAsync();
            if (life == 1)
            {
                await PostAsync(server, "/v1/accounts", """{"name": "Ada", "external_id": "ada", "currency": "usd", "time_zone": "UTC"}""");
                await PostAsync(server, "/v1/meters", """{"code": "calls", "name": "Calls", "aggregation": "sum"}""");
            }

            // Killed with requests under way, after a few dozen more were answered.
            using var stop = new CancellationTokenSource(Patience);
            var before = Acknowledged;
            var senders = Enumerable.Range(0, 8).Select(_ => SendUntilAsync(server, stop.Token)).ToArray();
            while (Acknowledged < before + (life * 15))
            {
                Assert.False(server.HasExited || stop.IsCancellationRequested, server.Log);
                await Task.Delay(5, CancellationToken.None);
            }

            await server.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(senders);
            acknowledged = Acknowledged;
        }

        var there = await CountsAsync(database);
        Assert.All(_sent.Where(body => body.Value), body => Assert.Equal(EventsPerBody, there.GetValueOrDefault(body.Key)));
        Assert.All(there, body => Assert.Equal(EventsPerBody, body.Value));
        Assert.True(_sent.Count > acknowledged, "No request was under way at a kill: it proves nothing.");

        // What was not acknowledged is sent again; then everything is there once, and current usage says so.
        await using var last = Start(database);
        await last.WaitUntilReadyAsync();
        foreach (var body in _sent.Keys.Order())
        {
            var taken = await PostAsync(last, "/v1/usage/events", Body(body));
            Assert.Equal(EventsPerBody, taken.GetProperty("accepted").GetInt32() + taken.GetProperty("duplicates").GetInt32());
        }

        Assert.All(await CountsAsync(database), body => Assert.Equal(EventsPerBody, body.Value));
        using var usage = JsonDocument.Parse(await last.Client.GetStringAsync(new Uri("/v1/accounts/ada/usage?meter=calls", UriKind.Relative)));
        Assert.Equal($"{_sent.Count * EventsPerBody}", usage.RootElement.GetProperty("data")[0].GetProperty("quantity").GetString());
        await last.StopAsync();
    }

    /// <inheritdoc/>
    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_folder);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private int Acknowledged => _sent.Count(body => body.Value);

    private ServerProcess Start(string database)
    {
        var server = ServerProcess.Start(_folder, _port, connectionString: database, environment: new Dictionary<string, string> { ["Billing__BootstrapApiKey"] = Key });
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        return server;
    }

    private static string Body(int number) =>
        $$"""{"events": [{{string.Join(',', Enumerable.Range(0, EventsPerBody).Select(i => $$"""{"id": "{{number}}-{{i}}", "account": "ada", "meter": "calls", "value": "1"}"""))}}]}""";

    private static async Task<JsonElement> PostAsync(ServerProcess server, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await server.Client.PostAsync(new Uri(path, UriKind.Relative), content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task SendUntilAsync(ServerProcess server, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var body = Interlocked.Increment(ref _next);
            _sent[body] = false;
            try
            {
                using var content = new StringContent(Body(body), Encoding.UTF8, "application/json");
                using var response = await server.Client.PostAsync(new Uri("/v1/usage/events", UriKind.Relative), content, stop);
                _sent[body] = response.IsSuccessStatusCode;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
            {
                return;
            }
        }
    }

    private static async Task<Dictionary<int, int>> CountsAsync(string database)
    {
        var counts = new Dictionary<int, int>();
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("select split_part(id, '-', 1)::int, count(*)::int, count(distinct id)::int from usage_event group by 1");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            Assert.Equal(reader.GetInt32(1), reader.GetInt32(2));
            counts[reader.GetInt32(0)] = reader.GetInt32(1);
        }

        return counts;
    }
}
