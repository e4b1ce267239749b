using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Npgsql;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Crash;

/// <summary>
/// Two servers take events and look at alerts, and one of them is killed again and again: each threshold that was reached is told once, and
/// what is invoiced since amounts of spend were reached adds up.
/// </summary>
public sealed class AlertCrashTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Key = "a-key-for-alert-crash-tests-0123456789";
    private const int Accounts = 12;
    private const int Step = 25;
    private const int Thresholds = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"orleansbilling-alerts-{Guid.NewGuid().ToString("N")[..8]}");
    private readonly int _port = ServerProcess.FreePort();
    private int _next;

    [Fact]
    public async Task Each_threshold_that_is_reached_is_told_once()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var other = Start(database, silo: 2);
        await other.WaitUntilReadyAsync();
        await PrepareAsync(other);
        for (var life = 1; life <= 3; life++)
        {
            await using var server = Start(database, silo: 1);
            await server.WaitUntilReadyAsync();
            using var stop = new CancellationTokenSource(Patience);
            var before = await ToldAsync(database);
            var senders = new[] { server, other }.SelectMany(one => Enumerable.Range(0, 2).Select(_ => SendUntilAsync(one, stop.Token))).ToArray();

            // Killed while thresholds are being told.
            while ((await ToldAsync(database)).Count < before.Count + 20)
            {
                Assert.False(stop.IsCancellationRequested, server.Log);
                await Task.Delay(20, CancellationToken.None);
            }

            await server.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(senders);
        }

        await using var last = Start(database, silo: 1);
        await last.WaitUntilReadyAsync();
        var deadline = DateTime.UtcNow + Patience;
        while (await ScratchCluster.ScalarAsync<bool>(database, "select exists (select from usage_pending) or exists (select from due_work where kind in ('alert_check', 'usage_piece'))"))
        {
            Assert.True(DateTime.UtcNow < deadline, last.Log);
            await Task.Delay(100);
        }

        var told = await ToldAsync(database);
        var wanted = await ReachedAsync(database);
        Assert.NotEmpty(wanted);
        Assert.All(told, one => Assert.Equal(1, one.Value));
        Assert.Equal(wanted.Order(), told.Keys.Order());
        await PiecesAddUpAsync(database);
        Assert.Equal(told.Count + await FiredSpendAsync(database), await ScratchCluster.ScalarAsync<long>(database, "select count(*) from alert_firing"));
        Assert.Equal(0, await ScratchCluster.ScalarAsync<long>(database, "select count(*) from due_work where quarantined_at is not null"));
        await last.StopAsync();
        await other.StopAsync();
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

    private ServerProcess Start(string database, int silo)
    {
        var server = ServerProcess.Start(_folder, _port, silo, database, new Dictionary<string, string> { ["Billing__BootstrapApiKey"] = Key });
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        return server;
    }

    private static async Task PrepareAsync(ServerProcess server)
    {
        await PostAsync(server, "/v1/meters", """{"code": "calls", "name": "Calls", "aggregation": "sum"}""");
        await PostAsync(server, "/v1/plans", """
            {"code": "metered", "name": "Metered", "currency": "usd", "interval": {"unit": "year", "count": 1}, "prices": [
                {"code": "calls", "kind": "usage", "meter": "calls", "model": {"type": "per_unit", "unit_amount": "1"} }]}
            """);
        var thresholds = string.Join(',', Enumerable.Range(1, Thresholds).Select(i => $"\"{i * Step}\""));
        for (var i = 0; i < Accounts; i++)
        {
            await PostAsync(server, "/v1/accounts", $$"""{"name": "A", "external_id": "a{{i}}", "currency": "usd", "time_zone": "UTC"}""");
            await PostAsync(server, "/v1/alerts", $$"""{"account": "a{{i}}", "kind": "usage", "meter": "calls", "thresholds": [{{thresholds}}]}""");
            await PostAsync(server, "/v1/subscriptions", $$"""{"account": "a{{i}}", "plan": "metered"}""");
            await PostAsync(server, "/v1/alerts", $$"""{"account": "a{{i}}", "kind": "spend", "thresholds": [{{string.Join(',', Enumerable.Range(1, Thresholds).Select(step => step * Step))}}], "invoice": true}""");
        }
    }

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
            var events = Enumerable.Range(0, 5).Select(_ => Interlocked.Increment(ref _next))
                .Select(number => $$"""{"id": "e{{number}}", "account": "a{{number % Accounts}}", "meter": "calls", "value": "1"}""");
            try
            {
                using var content = new StringContent($$"""{"events": [{{string.Join(',', events)}}]}""", Encoding.UTF8, "application/json");
                using var response = await server.Client.PostAsync(new Uri("/v1/usage/events", UriKind.Relative), content, stop);
                await Task.Delay(20, stop);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
            {
                return;
            }
        }
    }

    /// <summary>How often each threshold of each account was told.</summary>
    private static Task<Dictionary<string, long>> ToldAsync(string database) => ReadAsync(
        database,
        """
        select a.external_id || '/' || (e.data ->> 'threshold'), count(*) from event e join account a on a.id = e.account
        where e.type = 'alert.triggered' and e.data ->> 'kind' = 'usage' group by 1
        """);

    private static Task<long> FiredSpendAsync(string database) => ScratchCluster.ScalarAsync<long>(
        database, "select count(*) from alert_firing f join alert a on a.id = f.alert where a.kind = 'spend'");

    /// <summary>
    /// Of each account: the lines of its pieces sum to the price of all that the last one counted, at least the highest amount that was told,
    /// on no more invoices than firings.
    /// </summary>
    private static async Task PiecesAddUpAsync(string database)
    {
        Assert.True(await FiredSpendAsync(database) > 0);
        Assert.Empty((await ReadAsync(
            database,
            """
            select s.account, coalesce(p.billed, 0) from subscription s
            left join (
                select subscription, sum(amount)::bigint as billed, max((explain -> 'facts' ->> 'quantity')::numeric) as counted, count(distinct invoice) as invoices
                from invoice_line where kind = 'usage' group by subscription) p on p.subscription = s.id
            left join (
                select f.account, max(f.threshold) as highest, count(*) as firings
                from alert_firing f join alert a on a.id = f.alert where a.kind = 'spend' group by f.account) f on f.account = s.account
            where f.account is not null and (p.billed is null or p.billed <> p.counted or p.billed < f.highest or p.invoices > f.firings)
            """)).Keys);
    }

    private static async Task<IReadOnlyCollection<string>> ReachedAsync(string database) => (await ReadAsync(
        database,
        $"""
        select a.external_id || '/' || s.threshold * {Step}, 1::bigint from (select account, sum(value) as used from usage_event group by 1) u
        join account a on a.id = u.account join generate_series(1, {Thresholds}) as s (threshold) on u.used >= s.threshold * {Step}
        """)).Keys;

    private static async Task<Dictionary<string, long>> ReadAsync(string database, string sql)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            found[reader.GetString(0)] = reader.GetInt64(1);
        }

        return found;
    }
}
