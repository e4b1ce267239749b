using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Npgsql;
using OrleansBilling.Testing;

namespace OrleansBilling.Server.Tests.Crash;

/// <summary>Kills a real server while credit notes of corrected usage are ordered and made: each customer gets his once.</summary>
public sealed class LateNoteCrashTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Key = "a-key-for-late-note-crash-tests-0123456789";
    private const int Accounts = 40;
    private const string To = "2026-07-03T00:00:00Z";
    private const string Made = "select count(*) from credit_note";
    private const string Ordered = "select count(*) from pending_line where source = 'credit_note'";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"orleansbilling-notes-{Guid.NewGuid().ToString("N")[..8]}");
    private readonly int _port = ServerProcess.FreePort();

    [Fact]
    public async Task Each_is_made_once_whenever_the_server_dies()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(database);
        var clock = "";
        await using (var first = Start(database))
        {
            await first.WaitUntilReadyAsync();
            clock = await BilledAsync(first);
            for (var i = 0; i < Accounts; i++)
            {
                await PostAsync(first, "/v1/usage/corrections", $$"""{"ids": ["e{{i}}"], "account": "a{{i}}", "action": "amend", "value": "50"}""");
            }

            // No note can be committed while balances are locked; what orders them can. Killed then, the turns that wait come to their end
            // without anybody who hears of it.
            await using var locked = await source.OpenConnectionAsync();
            await using var transaction = await locked.BeginTransactionAsync();
            await using (var command = new NpgsqlCommand("select from account_balance for update", locked))
            {
                await command.ExecuteNonQueryAsync();
            }

            var advance = AdvanceAsync(first, clock, To);
            await UntilAsync(first, async () => await CountAsync(source, Ordered) >= Accounts / 4);
            Assert.Equal(0, await CountAsync(source, Made));
            await first.KillAsync();
            await Record.ExceptionAsync(() => advance);
        }

        // Killed once more while they are made.
        await using (var next = Start(database))
        {
            await next.WaitUntilReadyAsync();
            var advance = AdvanceAsync(next, clock, To);
            await UntilAsync(next, async () => await CountAsync(source, Made) > 0);
            await next.KillAsync();
            await Record.ExceptionAsync(() => advance);
        }

        await using var last = Start(database);
        await last.WaitUntilReadyAsync();
        await Record.ExceptionAsync(() => AdvanceAsync(last, clock, To));
        await UntilAsync(last, async () => await CountAsync(source, Made) >= Accounts);
        await UntilAsync(last, async () => await CountAsync(source, Ordered) == 0);
        await UntilAsync(last, async () => await CountAsync(source, "select count(*) from test_clock where advancing") == 0);
        Assert.Equal(
            (Accounts, Accounts, Accounts),
            (await CountAsync(source, "select count(*) from credit_note where reason = 'usage_corrected' and total = 500 and credit_amount = 500"),
                await CountAsync(source, "select count(distinct invoice) from credit_note"),
                await CountAsync(source, "select count(*) from account_balance where credit = 500")));
        Assert.Equal(Accounts, await CountAsync(source, "select count(*) from usage_closed where amount = -500"));
        Assert.Equal(-500 * Accounts, await CountAsync(source, "select (coalesce(sum(amount) filter (where debit = 'customer_credit'), 0) - coalesce(sum(amount) filter (where credit = 'customer_credit'), 0))::bigint from journal_entry"));
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

    /// <summary>Customers with 100 calls at 10 of June, billed and paid; gives the clock.</summary>
    private static async Task<string> BilledAsync(ServerProcess server)
    {
        var clock = (await PostAsync(server, "/v1/test_clocks", """{"now": "2026-06-01T00:00:00Z"}""")).GetProperty("id").GetString()!;
        await PostAsync(server, "/v1/meters", """{"code": "calls", "name": "Calls", "aggregation": "sum"}""");
        await PostAsync(server, "/v1/plans", """
            {"code": "metered", "name": "Metered", "currency": "usd", "interval": {"unit": "month", "count": 1}, "prices": [
                {"code": "calls", "kind": "usage", "meter": "calls", "model": {"type": "per_unit", "unit_amount": "10"} }]}
            """);
        for (var i = 0; i < Accounts; i++)
        {
            await PostAsync(server, "/v1/accounts", $$"""{"name": "A{{i}}", "external_id": "a{{i}}", "currency": "usd", "time_zone": "UTC", "test_clock": "{{clock}}"}""");
            await PostAsync(server, $"/v1/accounts/a{i}/payment_methods", """{"gateway": "sandbox", "token": "tok_visa"}""");
            await PostAsync(server, "/v1/subscriptions", $$"""{"account": "a{{i}}", "plan": "metered"}""");
        }

        await AdvanceAsync(server, clock, "2026-06-06T00:00:00Z");
        var events = Enumerable.Range(0, Accounts).Select(i => $$"""{"id": "e{{i}}", "account": "a{{i}}", "meter": "calls", "at": "2026-06-05T00:00:00Z", "value": 100}""");
        await PostAsync(server, "/v1/usage/events", $$"""{"events": [{{string.Join(", ", events)}}]}""");
        await AdvanceAsync(server, clock, "2026-07-02T00:00:00Z");
        return clock;
    }

    private static async Task UntilAsync(ServerProcess server, Func<Task<bool>> holds)
    {
        var until = DateTime.UtcNow + Patience;
        while (!await holds())
        {
            Assert.False(server.HasExited || DateTime.UtcNow > until, server.Log);
            await Task.Delay(1);
        }
    }

    private ServerProcess Start(string database)
    {
        var server = ServerProcess.Start(_folder, _port, connectionString: database, environment: new Dictionary<string, string> { ["Billing__BootstrapApiKey"] = Key });
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        return server;
    }

    private static Task<JsonElement> AdvanceAsync(ServerProcess server, string clock, string to) => PostAsync(server, $"/v1/test_clocks/{clock}/advance", $$"""{"to": "{{to}}"}""");

    private static async Task<JsonElement> PostAsync(ServerProcess server, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await server.Client.PostAsync(new Uri(path, UriKind.Relative), content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<int> CountAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return Convert.ToInt32(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
