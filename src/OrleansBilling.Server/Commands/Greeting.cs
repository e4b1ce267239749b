using OrleansBilling.Server.Hosting;

namespace OrleansBilling.Server.Commands;

/// <summary>What a start says once it is ready.</summary>
internal static class Greeting
{
    public static void Write(WebApplication app, BillingOptions options, bool development)
    {
        var address = app.Urls.FirstOrDefault() ?? ServerUrls.Default;
        if (!development)
        {
            app.Logger.LogInformation("Ready on {Urls} as process {Silo}", string.Join(' ', app.Urls), options.Silo);
            return;
        }

        var key = Path.Combine(options.DataDirectory, "admin.key");
        var (keyShown, keyUsed) = options.BootstrapApiKey is null
            ? (key, $"$(cat '{key}')")
            : ("the value of Billing__BootstrapApiKey", "$Billing__BootstrapApiKey");
        Console.WriteLine(options.Silo > 1
            ? $"""

              OrleansBilling process {options.Silo} is ready at {address} and has joined the cluster.
              Ctrl-C ends it; the others take over its work.

              """
            : $"""

              OrleansBilling is ready at {address}
              Admin key:  {keyShown}
              Data:       {options.DataDirectory}

              Try:
                curl -s {address}/health/ready
                curl -s -H "Authorization: Bearer {keyUsed}" {address}/v1/plans
                deploy/run demo        (in another terminal: months pass on a test clock)

              The API is described at {address}/docs. A second process: deploy/run --silo 2
              Ctrl-C ends the server; the database keeps running until deploy/run stop.

              """);
    }
}
