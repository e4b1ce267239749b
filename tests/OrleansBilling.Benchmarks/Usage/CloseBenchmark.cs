using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using OrleansBilling.Benchmarks.Cluster;
using OrleansBilling.Benchmarks.Measure;
using OrleansBilling.Testing;

namespace OrleansBilling.Benchmarks.Usage;

/// <summary>How long it takes to close the period of an account with millions of events: from the call that advances its clock to the invoice.</summary>
internal static class CloseBenchmark
{
    private const int DefaultEvents = 5_000_000;
    private const int PerBatch = 20_000;

    /// <summary>Measures and prints.</summary>
    /// <returns>Whether the line counts every event.</returns>
    public static async Task<bool> RunAsync(BenchmarkCluster cluster, BenchmarkArguments arguments, CancellationToken cancellation)
    {
        var count = arguments.Events ?? DefaultEvents;
        Console.WriteLine($"close: an account with {count} events in its period, {arguments.Model}; {Machine.Describe()}");
        await using var server = await ServerUnderTest.StartAsync(cluster, arguments.Server, cancellation);
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ServerUnderTest.Key);
        await PostAsync("/v1/meters", """{"code": "tokens", "name": "Tokens", "aggregation": "sum", "group_by": ["model"]}""");
        await PostAsync("/v1/plans", """
            {"code": "usage", "name": "Usage", "currency": "usd", "interval": {"unit": "month", "count": 1},
             "prices": [{"code": "tokens", "kind": "usage", "meter": "tokens", "model": MODEL }]}
            """.Replace("MODEL", ModelOf(arguments.Model), StringComparison.Ordinal));
        // Another account goes first, so that the server's code is compiled.
        await CloseAsync(1_000);
        var (seconds, quantity, wanted) = await CloseAsync(count);
        await ServerUnderTest.StopAsync(server);
        Console.WriteLine(quantity == wanted ? "  checks: the line is of every event" : $"  FAULT: {quantity} on the line, {wanted} of the events");
        Console.WriteLine(FormattableString.Invariant($"close {seconds:0.00} s"));
        return quantity == wanted;

        async Task<(double Seconds, decimal Quantity, decimal Wanted)> CloseAsync(int events)
        {
            var clock = Id(await PostAsync("/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}"""));
            var account = Id(await PostAsync("/v1/accounts", $$"""{"name": "Large", "currency": "usd", "time_zone": "UTC", "collection": "send_invoice", "test_clock": "{{clock}}"}"""));
            await PostAsync("/v1/subscriptions", $$"""{"account": "{{account}}", "plan": "usage"}""");
            await FillAsync(cluster, account, events, arguments.Model == "held", cancellation);
            var (cpu, database) = (ProcessUsage.CpuOf(server.Pid), ProcessUsage.CpuOfTree(cluster.PostmasterPid));
            var profile = arguments.Profile ? await DatabaseProfile.BeginAsync(cluster, cancellation) : null;
            var began = Stopwatch.GetTimestamp();
            await PostAsync($"/v1/test_clocks/{clock}/advance", """{"to": "2026-07-01T00:00:00Z"}""");
            var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
            Console.WriteLine($"  closed in {took:0.00} s; CPU of the server {ProcessUsage.CpuOf(server.Pid) - cpu:0.00} s, of the database {ProcessUsage.CpuOfTree(cluster.PostmasterPid) - database:0.00} s");
            await (profile?.PrintAsync(cancellation) ?? Task.CompletedTask);
            var invoices = JsonDocument.Parse(await server.Client.GetStringAsync(new Uri($"/v1/invoices?account={account}", UriKind.Relative), cancellation)).RootElement;
            var line = invoices.GetProperty("data")[0].GetProperty("lines")[0];
            return (took, decimal.Parse(line.GetProperty("quantity").GetString()!, System.Globalization.CultureInfo.InvariantCulture),
                await cluster.ScalarAsync<decimal>($"select sum(value) from usage_event where account = '{account}' and hold is null", cancellation));
        }

        Task<JsonElement> PostAsync(string path, string json) => EventStream.PostAsync(server, path, json, cancellation);
    }

    private static string ModelOf(string name) => name switch
    {
        "percentage" => """{"type": "percentage", "rate": "1.5", "fixed_amount": "0.1", "free_events": 1000, "min_per_event": "0.3", "max_per_event": "1.2"}""",
        "dynamic" => """{"type": "dynamic", "property": "price"}""",
        _ => """{"type": "graduated", "tiers": [{"up_to": "1000000", "unit_amount": "0.02"}, {"up_to": null, "unit_amount": "0.01"}]}""",
    };

    private static string Id(JsonElement made) => made.GetProperty("id").GetString()!;

    // As the server's writer does, all over June; then the server rolls them up.
    private static async Task FillAsync(BenchmarkCluster cluster, string account, int events, bool isHeld, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        await cluster.ExecuteAsync("select usage_open_day()", cancellation);
        if (isHeld)
        {
            await cluster.ExecuteAsync(
                $"insert into wallet_hold (id, wallet, account, amount, pins, status, committed, expires_at, ended_at, created_at) values ('hold_{account}', 'w', '{account}', 1, '[]', 'committed', 1, now(), now(), now())",
                cancellation);
        }

        for (var first = 0; first < events; first += PerBatch)
        {
            var many = Math.Min(PerBatch, events - first);
            await cluster.ExecuteAsync(
                $$"""
                with opened as (select * from usage_open_batch()),
                written as (
                    insert into usage_event (batch, at, received_at, day, n, account, meter, id, value, properties, hold)
                    select o.batch, timestamptz '2026-06-01T00:00:00Z' + interval '29 days' * ({{first}} + i) / {{events}}, o.received_at, o.day, i, '{{account}}', 'tokens',
                        'fill-' || ({{first}} + i), (i % 100) + 0.5, jsonb_build_object('model', 'm' || (i % 3), 'price', ((i % 50) * 0.01)::text),
                        case when {{(isHeld ? "i % 1000 = 0" : "false")}} then 'hold_{{account}}' end
                    from opened o, generate_series(1, {{many}}) as i)
                insert into usage_pending (batch, day, events) select o.batch, o.day, {{many}} from opened o
                """,
                cancellation);
        }

        while (await cluster.ScalarAsync<long>("select count(*) from usage_pending", cancellation) > 0)
        {
            await Task.Delay(100, cancellation);
        }

        Console.WriteLine($"  {events} events written and rolled up in {watch.Elapsed.TotalSeconds:0.0} s");
    }
}
