using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace OrleansBilling.Benchmarks.Holds;

/// <summary>Calls the API for wallets and holds.</summary>
internal sealed class HoldCaller : IDisposable
{
    private readonly HttpClient _client;

    public HoldCaller(Uri address)
    {
        _client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 128 }) { BaseAddress = address };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "ob_test_benchmark_only_key");
    }

    /// <summary>A wallet of one grant, of an account of its own.</summary>
    public async Task<string> WalletAsync(long amount, CancellationToken cancellation)
    {
        var account = await PostAsync("/v1/accounts", """{"name": "Holder", "currency": "usd", "time_zone": "UTC"}""", cancellation);
        var wallet = await PostAsync("/v1/wallets", $$"""{"account": "{{account}}", "currency": "usd"}""", cancellation);
        await PostAsync($"/v1/wallets/{wallet}/grants", $$"""{"amount": {{amount}} }""", cancellation);
        return wallet;
    }

    /// <summary>Holds one unit; the status of the answer.</summary>
    public async Task<int> HoldAsync(string wallet, CancellationToken cancellation)
    {
        using var response = await SendAsync("/v1/holds", $$"""{"wallet": "{{wallet}}", "amount": 1, "expires_in_seconds": 86400}""", cancellation);
        return (int)response.StatusCode;
    }

    public void Dispose() => _client.Dispose();

    private async Task<string> PostAsync(string path, string body, CancellationToken cancellation)
    {
        using var response = await SendAsync(path, body, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return response.IsSuccessStatusCode
            ? JsonDocument.Parse(text).RootElement.GetProperty("id").GetString()!
            : throw new BenchmarkException($"{path} answered {(int)response.StatusCode}: {text}");
    }

    private Task<HttpResponseMessage> SendAsync(string path, string body, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        return _client.SendAsync(request, cancellation);
    }
}
