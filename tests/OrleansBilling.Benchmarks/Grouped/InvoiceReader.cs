using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using OrleansBilling.Benchmarks.Measure;

namespace OrleansBilling.Benchmarks.Grouped;

/// <summary>Reads a long invoice over HTTP as its users do: the first lines, page by page to the end, and as a document.</summary>
internal static class InvoiceReader
{
    /// <summary>Reads and prints.</summary>
    /// <returns>How many different lines the pages have shown.</returns>
    public static async Task<int> RunAsync(Uri address, string invoice, CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ServerUnderTest.Key);
        await ReadAsync(client, $"/v1/invoices/{invoice}", cancellation);
        var (first, _) = await ReadAsync(client, $"/v1/invoices/{invoice}", cancellation);
        var lines = new HashSet<string>(StringComparer.Ordinal);
        var last = TimeSpan.Zero;
        for (string? cursor = ""; cursor is not null;)
        {
            var (took, body) = await ReadAsync(client, $"/v1/invoices/{invoice}/lines?limit=100{(cursor.Length > 0 ? "&cursor=" + cursor : "")}", cancellation);
            using var page = JsonDocument.Parse(body);
            lines.UnionWith(page.RootElement.GetProperty("data").EnumerateArray().Select(line => line.GetProperty("id").GetString()!));
            cursor = page.RootElement.GetProperty("next_cursor").GetString();
            last = took;
        }

        var (document, pdf) = await ReadAsync(client, $"/v1/invoices/{invoice}/pdf", cancellation);
        Console.WriteLine(FormattableString.Invariant(
            $"  read: the invoice {first.TotalMilliseconds:0} ms, its last 100 lines {last.TotalMilliseconds:0} ms, as PDF {document.TotalSeconds:0.0} s ({pdf.Length / 1e6:0.0} MB)"));
        return lines.Count;
    }

    private static async Task<(TimeSpan Took, byte[] Body)> ReadAsync(HttpClient client, string path, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative), cancellation);
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        return response.IsSuccessStatusCode ? (watch.Elapsed, body) : throw new BenchmarkException($"{path} answered {(int)response.StatusCode}.");
    }
}
