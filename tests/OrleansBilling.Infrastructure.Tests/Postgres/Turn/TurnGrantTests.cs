using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Tests.Postgres.Turn;

/// <summary>Grants of prepaid credit, moved by many invoices at once, and held meanwhile.</summary>
public abstract partial class TurnCommitterTests
{
    private static readonly Grant Granted = new("grant_1", "wal_1", "acct_1", 250, 0, Given.Now, null, Given.Now) { Remaining = 250, Deferred = 250 };

    [Fact]
    public async Task Many_invoices_at_once_take_no_more_of_a_grant_than_it_has_and_leave_what_is_held()
    {
        await GrantAsync("made", new GrantWrite(Granted, null));
        await GrantAsync("held", new GrantWrite(Granted with { Held = 100 }, Granted));

        // All have seen the grant before it was held: a move asks for the row as it is.
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => GrantAsync($"moves{i}", Moved(10))));

        Assert.Equal((15, 15), (answers.Count(a => a.Status == 200), answers.Count(a => a.Refusal?.Code == "try_again")));
        Assert.Equal(1, await _cluster.CountAsync("wallet_grant where remaining = 100 and held = 100 and deferred = 100"));
    }

    [Fact]
    public async Task A_move_leaves_nothing_deferred_for_nothing_and_meets_no_other_cycle()
    {
        await GrantAsync("made2", new GrantWrite(Granted, null));
        Assert.Equal(409, (await GrantAsync("rest", new GrantWrite(Granted with { Remaining = 0, Deferred = 1 }, Granted) { IsMove = true })).Status);
        Assert.Equal(200, (await GrantAsync("reset", new GrantWrite(Granted with { Cycle = 1 }, Granted))).Status);
        Assert.Equal(409, (await GrantAsync("late", Moved(10))).Status);
        Assert.Equal(200, (await GrantAsync("again", new GrantWrite(Granted with { Cycle = 1, Remaining = 260, Deferred = 260 }, Granted with { Cycle = 1 }) { IsMove = true })).Status);
        Assert.Equal(1, await _cluster.CountAsync("wallet_grant where remaining = 260 and deferred = 260 and cycle = 1"));
    }

    [Fact]
    public async Task What_usage_has_used_is_written_only_over_what_was_seen_and_moved_by_invoices()
    {
        await GrantAsync("made3", new GrantWrite(Granted, null));
        Assert.Equal(200, (await LookAsync("look", Granted, 100)).Status);

        // A hold has seen nothing of it, and leaves it; an invoice takes its usage off it, also what was not seen yet.
        Assert.Equal(200, (await GrantAsync("hold", new GrantWrite(Granted with { Held = 10 }, Granted))).Status);
        Assert.Equal(1, await _cluster.CountAsync("wallet_grant where held = 10 and provisional = 100 and usage_turns = 0"));
        Assert.Equal(200, (await GrantAsync("fee", Moved(10))).Status);
        Assert.Equal(1, await _cluster.CountAsync("wallet_grant where remaining = 240 and provisional = 100 and usage_turns = 0"));
        Assert.Equal(200, (await GrantAsync("bills", Used(40))).Status);
        Assert.Equal(1, await _cluster.CountAsync("wallet_grant where remaining = 200 and provisional = 60 and usage_turns = 1"));

        // A look that had read the grant before its usage was billed is refused.
        Assert.Equal(409, (await LookAsync("late", Granted, 110)).Status);
        Assert.Equal(200, (await LookAsync("again", Granted with { UsageTurns = 1 }, 70)).Status);
        Assert.Equal(200, (await GrantAsync("rest", Used(90))).Status);
        Assert.Equal(1, await _cluster.CountAsync("wallet_grant where remaining = 110 and provisional = 0 and usage_turns = 2"));
        Assert.Equal(409, (await LookAsync("cycle", Granted with { UsageTurns = 2, Cycle = 1 }, 5)).Status);
    }

    [Fact]
    public async Task A_grant_that_a_reset_sets_apart_is_written_also_where_its_invoice_takes_more_usage_than_was_seen()
    {
        Assert.Equal(200, (await GrantAsync("apart", new GrantWrite(Granted with { Remaining = 100, Deferred = 100, Provisional = -150 }, null))).Status);
        Assert.Equal(1, await _cluster.CountAsync("wallet_grant where remaining = 100 and provisional = 0"));
    }

    private static GrantWrite Used(decimal amount) => new GrantWrite(Granted with { Remaining = 250 - amount, Deferred = 250 - (long)amount, Provisional = -amount }, Granted).AsMove();

    private Task<CommandAnswer> LookAsync(string who, Grant seen, decimal used) =>
        _cluster.RunAsync(who, s => Given.Next(s, Given.Write(new Documents()) with { Rows = [new ProvisionalRow(seen, used)] }));

    private static GrantWrite Moved(decimal amount) =>
        new GrantWrite(Granted with { Remaining = 250 - amount, Deferred = 250 - (long)amount }, Granted).AsMove();

    private Task<CommandAnswer> GrantAsync(string who, GrantWrite write) => _cluster.RunAsync(who, s => Given.Next(s, Given.Write(new Documents
    {
        Wallets = WalletDocuments.None with { Grants = [write] },
    })));
}
