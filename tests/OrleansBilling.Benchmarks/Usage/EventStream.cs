using System.Globalization;
using System.Text;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;
using OrleansBilling.Testing;

namespace OrleansBilling.Benchmarks.Usage;

/// <summary>Accounts and a meter made over HTTP, and bodies of events made before anything is measured.</summary>
internal sealed class EventStream
{
    /// <summary>Events of a body.</summary>
    public const int PerBody = 1000;

    /// <summary>Of a hundred events, how many were sent before.</summary>
    public const int Repeated = 30;

    private static readonly string[] Models = ["small", "medium", "large"];
    private readonly List<string> _accounts = [];
    private readonly Random _random = new(4711);
    private readonly List<string> _recent = [];
    private int _next;
    private int _loaded;

    /// <summary>The ids of the accounts.</summary>
    public IReadOnlyList<string> Accounts => _accounts;

    /// <summary>Opens accounts and makes the meter <c>tokens</c>.</summary>
    /// <param name="server">The server.</param>
    /// <param name="accounts">How many.</param>
    /// <param name="apart">How many of them, the last ones, get no events of the stream.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task PrepareAsync(ServerProcess server, int accounts, int apart, CancellationToken cancellation)
    {
        _loaded = accounts - apart;
        await PostAsync(server, "/v1/meters", """{"code": "tokens", "name": "Tokens", "aggregation": "sum", "group_by": ["model"]}""", cancellation);
        for (var i = 0; i < accounts; i++)
        {
            var made = await PostAsync(server, "/v1/accounts", """{"name": "Load", "currency": "usd", "time_zone": "UTC"}""", cancellation);
            _accounts.Add(made.GetProperty("id").GetString()!);
        }
    }

    /// <summary>The next body: 1,000 events, some of which were in earlier bodies.</summary>
    public byte[] NextBody(Instant now)
    {
        var text = new StringBuilder(PerBody * 220).Append("{\"events\":[");
        for (var i = 0; i < PerBody; i++)
        {
            var repeats = _recent.Count > 0 && _random.Next(100) < Repeated;
            var json = repeats ? _recent[_random.Next(_recent.Count)] : NewEvent(now);
            if (!repeats)
            {
                Remember(json);
            }

            text.Append(i == 0 ? "" : ",").Append(json);
        }

        return Encoding.UTF8.GetBytes(text.Append("]}").ToString());
    }

    /// <summary>Posts JSON and requires success.</summary>
    public static async Task<JsonElement> PostAsync(ServerProcess server, string path, string json, CancellationToken cancellation)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await server.Client.PostAsync(new Uri(path, UriKind.Relative), content, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return response.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement : throw new BenchmarkException($"{path}: {(int)response.StatusCode} {text}");
    }

    // Repeats are of the last 100,000 events or so: senders that try again.
    private void Remember(string json)
    {
        if (_recent.Count < 100_000)
        {
            _recent.Add(json);
        }
        else
        {
            _recent[_next % _recent.Count] = json;
        }
    }

    private string NewEvent(Instant now)
    {
        var number = _next++;
        var at = InstantPattern.ExtendedIso.Format(now - Duration.FromMilliseconds(_random.Next(3_600_000)));
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"id":"req_{{_random.NextInt64():x16}}{{number:x6}}","account":"{{_accounts[_random.Next(_loaded)]}}","meter":"tokens","at":"{{at}}","value":"{{_random.Next(1, 9000)}}.{{_random.Next(10)}}","properties":{"model":"{{Models[number % 3]}}","region":"eu-{{number % 5}}"} }""");
    }
}
