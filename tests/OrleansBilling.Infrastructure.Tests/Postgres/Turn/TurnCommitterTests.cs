using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Testing;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Turn;

/// <summary>Each turn in a transaction of its own.</summary>
public sealed class ScopedTurnCommitterTests(PostgresFixture postgres) : TurnCommitterTests(postgres, CommitterKind.Scoped);

/// <summary>Many turns in one transaction.</summary>
public sealed class GroupedTurnCommitterTests(PostgresFixture postgres) : TurnCommitterTests(postgres, CommitterKind.Grouped);

/// <summary>What holds for every committer.</summary>
public abstract partial class TurnCommitterTests(PostgresFixture postgres, CommitterKind committer) : IAsyncLifetime
{
    private TurnCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TurnCluster.StartAsync(postgres, committer);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _cluster.DisposeAsync();
    }

    [Fact]
    public async Task State_and_rows_are_committed_together()
    {
        var answer = await _cluster.RunAsync("a", s => Given.Next(s, Given.Renewal("sub_a", "acct_a", 0)));
        Assert.Equal((200, "{\"count\":1}", false), (answer.Status, answer.Body, answer.Replayed));
        Assert.Equal(1, await _cluster.CountAsync("grain_state where grain_type = 'tally' and grain_key = 'tally_a' and version = 1"));
        Assert.Equal("{\"schema_version\":1,\"state\":{\"count\":1}}", await _cluster.ScalarAsync<string>("select convert_from(payload, 'UTF8') from grain_state where grain_key = 'tally_a'"));
        Assert.Equal(1, await _cluster.CountAsync("invoice where status = 'open' and version = 1 and total = 1000 and automatic"));
        Assert.Equal(1, await _cluster.CountAsync("invoice_line where quantity = 2.5 and kind = 'recurring' and position = 1 and not voided"));
        Assert.Equal(1, await _cluster.CountAsync("payment where status = 'pending'"));
        Assert.Equal(1, await _cluster.CountAsync("payment_attempt where status = 'queued' and is_open"));
        Assert.Equal(2, await _cluster.CountAsync("journal_entry where debit = 'accounts_receivable'"));
        Assert.Equal(2, await _cluster.CountAsync("event where data ->> 'amount' = '1000'"));
        Assert.Equal(2, await _cluster.CountAsync("due_work where attempts = 0 and clock = 'live'"));
        Assert.Equal(1, await _cluster.CountAsync("command_log where status = 200"));
        Assert.Equal(1, await _cluster.CountAsync("audit where actor = 'key_test' and account = 'acct_a'"));
        Assert.Matches("^[0-9A-Z]{8}-0001$", await _cluster.ScalarAsync<string>("select number from invoice"));
    }

    [Fact]
    public async Task A_turn_that_the_database_refuses_leaves_nothing_and_drops_the_activation()
    {
        var activation = await _cluster.Tally("b").Activation();
        await _cluster.RunAsync("b", s => Given.Next(s, Given.Renewal("sub_b", "acct_b", 0)));
        // The same period again, on another document: the schema's guard against billing twice.
        await Assert.ThrowsAnyAsync<Exception>(() =>
            _cluster.RunAsync("b", s => Given.Next(s, Given.Renewal("sub_b", "acct_b", 0, id: "inv_twice"))));
        Assert.NotEqual(activation, await _cluster.Tally("b").Activation());
        Assert.Equal(1, await _cluster.Tally("b").Count());
        Assert.Equal(0, await _cluster.CountAsync("invoice where id = 'inv_twice'"));
        Assert.Equal(1, await _cluster.CountAsync("command_log"));
        Assert.Equal(1, await _cluster.CountAsync("account_balance where last_invoice_number = 1"));
    }

    [Fact]
    public async Task A_stale_state_is_decided_again_on_the_fresh_one()
    {
        await _cluster.RunAsync("c", s => Given.Next(s, Given.Write()));
        await _cluster.ExecuteAsync(
            """update grain_state set version = version + 1, payload = '{"schema_version":1,"state":{"count":40}}'::bytea where grain_key = 'tally_c'""");
        var seen = new List<int?>();
        var answer = await _cluster.RunAsync("c", s =>
        {
            seen.Add(s?.Count);
            return Given.Next(s, Given.Write(Given.Told("c")));
        });
        Assert.Equal([1, 40], seen);
        Assert.Equal("{\"count\":41}", answer.Body);
        Assert.Equal(41, await _cluster.Tally("c").Count());
        Assert.Equal(1, await _cluster.CountAsync("event"));
    }

    [Fact]
    public async Task A_first_write_that_comes_second_is_decided_again()
    {
        Assert.Equal(-1, await _cluster.Tally("d").Count());
        await InsertStateAsync("tally_d", """{"schema_version":1,"state":{"count":7}}""");
        var answer = await _cluster.RunAsync("d", s => Given.Next(s, Given.Write()));
        Assert.Equal("{\"count\":8}", answer.Body);
        Assert.Equal(4, await _cluster.ScalarAsync<int>("select version from grain_state where grain_key = 'tally_d'"));
    }

    [Fact]
    public async Task A_state_of_a_later_release_is_not_touched()
    {
        await InsertStateAsync("tally_x", """{"schema_version":2,"state":{"count":7}}""");
        await Assert.ThrowsAnyAsync<Exception>(() => _cluster.RunAsync("x", s => Given.Next(s, Given.Write())));
        Assert.Equal(3, await _cluster.ScalarAsync<int>("select version from grain_state where grain_key = 'tally_x'"));
    }

    [Fact]
    public async Task A_repeated_command_gets_its_first_answer()
    {
        var first = await _cluster.RunAsync("e", s => Given.Next(s, Given.Write(Given.Told("e"))), key: "k1");
        var again = await _cluster.RunAsync("e", s => Given.Next(s, Given.Write(Given.Told("e"))), key: "k1");
        Assert.Equal((first.Status, first.Body, true), (again.Status, again.Body, again.Replayed));
        Assert.Equal(1, await _cluster.CountAsync("event"));
        var other = await _cluster.RunAsync("e", s => Given.Next(s, Given.Write()), key: "k1", hash: "other");
        Assert.Equal((422, "idempotency_mismatch"), (other.Status, other.Refusal?.Code));
    }

    [Fact]
    public async Task A_command_that_another_grain_did_meanwhile_is_answered_from_its_row()
    {
        // The key appears between the look-up and the commit.
        var answer = await _cluster.RunAsync("f", s =>
        {
            if (_first)
            {
                _first = false;
                Task.Run(() => _cluster.ExecuteAsync(
                    "insert into command_log (scope, key, request_hash, status, answer) values ('key_test', 'k2', 'h', 201, '{\"by\":\"other\"}')")).Wait();
            }

            return Given.Next(s, Given.Write(Given.Told("f")));
        }, key: "k2");
        Assert.Equal((201, "{\"by\":\"other\"}", true), (answer.Status, answer.Body, answer.Replayed));
        Assert.Equal(0, await _cluster.CountAsync("event"));
        Assert.Equal(-1, await _cluster.Tally("f").Count());
    }

    [Fact]
    public async Task Refusals_are_not_stored()
    {
        var refused = await _cluster.RunAsync("g", _ => Refusal.Rule("no", "Not so.", "field"), key: "k3");
        Assert.Equal((422, "{\"code\":\"no\",\"detail\":\"Not so.\",\"field\":\"field\"}"), (refused.Status, refused.Body));
        var done = await _cluster.RunAsync("g", s => Given.Next(s, Given.Write()), key: "k3");
        Assert.Equal((200, false), (done.Status, done.Replayed));
    }

    [Fact]
    public async Task A_taken_name_is_refused_and_leaves_nothing()
    {
        TurnWrite Named(string id) => Given.Write() with { Rows = [new AccountRow(id, "Name", null, "crm-1", "live", Given.Now, false)] };
        Assert.Equal(200, (await _cluster.RunAsync("h1", s => Given.Next(s, Named("acct_h1")))).Status);
        var taken = await _cluster.RunAsync("h2", s => Given.Next(s, Named("acct_h2")));
        Assert.Equal((409, "external_id_taken"), (taken.Status, taken.Refusal?.Code));
        Assert.Equal(-1, await _cluster.Tally("h2").Count());
        Assert.Equal(200, (await _cluster.RunAsync("h2", s => Given.Next(s, Given.Write()))).Status);
    }

    private bool _first = true;

    private Task InsertStateAsync(string key, string json)
    {
        var service = _cluster.Services.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId;
        return _cluster.ExecuteAsync($"insert into grain_state values ('{service}', 'tally', '{key}', '{json}'::bytea, 3)");
    }
}
