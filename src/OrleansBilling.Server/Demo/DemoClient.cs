using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace OrleansBilling.Server.Demo;

/// <summary>
/// Speaks to the API as any outside program would: a bearer key, an Idempotency-Key on every POST, repeats under the same
/// key when the server is away for a moment, and cursors followed to the end of a list.
/// </summary>
internal sealed class DemoClient : IDisposable
{
    private const int Tries = 5;
    private const int PagesMax = 100;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        PropertyNameCaseInsensitive = false,
    };

    private readonly HttpClient _http;
    private readonly string _run;
    private int _posts;

    /// <summary>A client of one run.</summary>
    /// <param name="address">Where the server answers.</param>
    /// <param name="key">An API key with the role <c>admin</c>.</param>
    /// <param name="run">Names the run; Idempotency-Keys begin with it.</param>
    public DemoClient(Uri address, string key, string run)
    {
        // The longest request is an advance of the clock, which answers after ten minutes at the latest.
        _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(11) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        _run = run;
    }

    /// <summary>Reads one resource.</summary>
    public Task<T> GetAsync<T>(string path, CancellationToken cancellation) =>
        SendAsync<T>(() => new HttpRequestMessage(HttpMethod.Get, Relative(path)), path, cancellation);

    /// <summary>Reads a list to its end, in the order of the API: newest first.</summary>
    public async Task<List<T>> ListAsync<T>(string path, CancellationToken cancellation)
    {
        var all = new List<T>();
        var cursor = "";
        for (var i = 0; i < PagesMax; i++)
        {
            var join = path.Contains('?', StringComparison.Ordinal) ? "&" : "?";
            var page = await GetAsync<DemoPage<T>>($"{path}{join}limit=100{cursor}", cancellation);
            all.AddRange(page.Data);
            if (!page.HasMore || page.NextCursor is null)
            {
                return all;
            }

            cursor = $"&cursor={Uri.EscapeDataString(page.NextCursor)}";
        }

        throw new DemoException($"The list {path} does not end after {PagesMax} pages.");
    }

    /// <summary>Changes something; a repeat after a lost answer has the same key, so it happens once.</summary>
    public Task<T> PostAsync<T>(string path, object body, CancellationToken cancellation)
    {
        var key = $"demo-{_run}-{++_posts}";
        return SendAsync<T>(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, Relative(path)) { Content = JsonContent.Create(body, options: Json) };
                request.Headers.Add("Idempotency-Key", key);
                return request;
            },
            path,
            cancellation);
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private static Uri Relative(string path) => new(path, UriKind.Relative);

    private async Task<T> SendAsync<T>(Func<HttpRequestMessage> make, string path, CancellationToken cancellation)
    {
        for (var i = 1; ; i++)
        {
            try
            {
                using var request = make();
                using var response = await _http.SendAsync(request, cancellation);
                if (response.IsSuccessStatusCode)
                {
                    return await response.Content.ReadFromJsonAsync<T>(Json, cancellation)
                        ?? throw new DemoException($"{path} answered nothing.");
                }

                if (i == Tries || response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
                {
                    throw await RefusedAsync(response, path, cancellation);
                }

                await Task.Delay(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(i), cancellation);
            }
            catch (HttpRequestException e) when (i < Tries && !cancellation.IsCancellationRequested)
            {
                _ = e;
                await Task.Delay(TimeSpan.FromSeconds(i), cancellation);
            }
            catch (HttpRequestException e)
            {
                throw new DemoException($"The server at {_http.BaseAddress} has stopped answering: {e.Message}", e);
            }
            catch (JsonException e)
            {
                throw new DemoException($"{path} answered what this program cannot read: {e.Message}", e);
            }
        }
    }

    private async Task<DemoException> RefusedAsync(HttpResponseMessage response, string path, CancellationToken cancellation)
    {
        var text = await response.Content.ReadAsStringAsync(cancellation);
        Problem? problem = null;
        try
        {
            problem = JsonSerializer.Deserialize<Problem>(text, Json);
        }
        catch (JsonException)
        {
            // Not every 404 of a proxy is a problem document.
        }

        return (response.StatusCode, path) switch
        {
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => new DemoException(
                $"The server at {_http.BaseAddress} does not take this key ({(int)response.StatusCode}). Point Billing__DataDirectory at the server's data directory, or name the file of an admin key by --key-file."),
            (HttpStatusCode.NotFound, "/v1/test_clocks") => new DemoException(
                $"The server at {_http.BaseAddress} has no test clocks: it is a production start. The demo needs the sandbox, which is on in a development start (or with Billing__Sandbox=true on a machine for tests)."),
            _ => new DemoException($"{response.RequestMessage?.Method} {path} was refused: {(int)response.StatusCode} {problem?.Code} {problem?.Detail ?? text} {problem?.Field}".TrimEnd()),
        };
    }

    private sealed record Problem(string? Code, string? Detail, string? Field);
}
