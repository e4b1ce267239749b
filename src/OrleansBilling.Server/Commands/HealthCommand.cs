using OrleansBilling.Server.Hosting;

namespace OrleansBilling.Server.Commands;

/// <summary>Asks a running server whether it is ready: the health check of containers, which hold no other HTTP client.</summary>
internal static class HealthCommand
{
    public static async Task RunAsync(int? silo, CancellationToken cancellationToken)
    {
        var builder = BillingServer.CreateBuilder();
        var options = BillingOptionsReader.Read(builder.Configuration, builder.Environment.IsDevelopment());
        var listening = BindingAddress.Parse(ServerUrls.For(builder.Configuration, silo ?? options.Silo)[0]);
        var address = new Uri($"{listening.Scheme}://127.0.0.1:{listening.Port}/health/ready");
        try
        {
            using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(4) };
            using var response = await client.GetAsync(address, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            Console.WriteLine(text);
            if (!response.IsSuccessStatusCode)
            {
                throw new StartException($"{address} answers {(int)response.StatusCode}");
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            throw new StartException($"{address} does not answer: {e.Message}", e);
        }
    }
}
