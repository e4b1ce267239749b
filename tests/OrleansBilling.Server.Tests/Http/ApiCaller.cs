using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace OrleansBilling.Server.Tests.Http;

/// <summary>An answer of the API.</summary>
public sealed record ApiAnswer(int Status, string Text, HttpResponseHeaders Headers, string? ContentType)
{
    /// <summary>The body.</summary>
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    /// <summary>The body's id.</summary>
    public string Id => Json.GetProperty("id").GetString()!;

    /// <summary>True where an earlier request made it.</summary>
    public bool Replayed => Headers.TryGetValues("Idempotent-Replayed", out var values) && values.Single() == "true";

    /// <summary>A text of the body.</summary>
    public string? this[string name] => Json.GetProperty(name).GetString();
}

/// <summary>Calls the API with a key.</summary>
public sealed class ApiCaller : IDisposable
{
    private readonly HttpClient _client;

    public ApiCaller(Uri address, string? key)
    {
        _client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
        if (key is not null)
        {
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    public Task<ApiAnswer> GetAsync(string path) => SendAsync("GET", path);

    /// <summary>Posts and requires success.</summary>
    public async Task<ApiAnswer> PostAsync(string path, string json = "{}", string? key = null)
    {
        var answer = await SendAsync("POST", path, json, key);
        Assert.True(answer.Status is 200 or 201, $"{path}: {answer.Status} {answer.Text}");
        return answer;
    }

    public async Task<ApiAnswer> SendAsync(string method, string path, string? body = null, string? key = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        using var response = await _client.SendAsync(request);
        return new ApiAnswer(
            (int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers, response.Content.Headers.ContentType?.MediaType);
    }

    /// <summary>A plan of 20 dollars a month.</summary>
    public async Task<string> PlanAsync(string model = """{"type": "flat", "amount": 2000}""")
    {
        var code = "p" + Guid.NewGuid().ToString("N")[..12];
        await PostAsync("/v1/plans", $$"""
            {"code": "{{code}}", "name": "Pro", "currency": "usd", "interval": {"unit": "month", "count": 1},
             "prices": [{"code": "base", "kind": "recurring", "model": {{model}}}]}
            """);
        return code;
    }

    /// <summary>An account, on a test clock where one is given.</summary>
    public async Task<string> AccountAsync(string? clock = null, string extra = "")
    {
        var on = clock is null ? "" : $$""", "test_clock": "{{clock}}" """;
        return (await PostAsync("/v1/accounts", $$"""{"name": "Ada", "currency": "usd", "time_zone": "Europe/Berlin"{{on}}{{extra}}}""")).Id;
    }

    public void Dispose() => _client.Dispose();
}
