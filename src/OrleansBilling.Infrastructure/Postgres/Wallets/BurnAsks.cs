using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Grains.Wallets;
using OrleansBilling.Infrastructure.Postgres.Alerts;
using OrleansBilling.Infrastructure.Postgres.Documents;

namespace OrleansBilling.Infrastructure.Postgres.Wallets;

/// <summary>
/// Asks for a look at what usage has used of prepaid credit, in the transaction that changes one of the two: one row of due work for the
/// account that pays, only where it has grants that live and some subscription has priced usage for it. Three probes of indexes for
/// who has none.
/// </summary>
internal static class BurnAsks
{
    /// <summary>
    /// Accounts, and their shards. A row that stands keeps its place in time; that it is written at all changes its mark, so that the look
    /// under way does not delete it. A payer's row may stand in the shard of who asked: any shard runs it.
    /// </summary>
    public static readonly string Ask =
        $"""
        insert into due_work as d (grain_type, grain_key, kind, kind_order, account, clock, shard, due_at, run_at)
        select '{DueTargets.Wallets}', '{AccountWallets.KeyOf("")}' || p.account, '{Spelling.Of(DueKind.UsageBurn)}', {(short)DueKind.UsageBurn}, p.account, a.clock, p.shard,
            coalesce(c.now, clock_timestamp()), coalesce(c.now, clock_timestamp())
        from (
            select coalesce(f.billed_to, f.account) as account, min(s.shard) as shard
            from unnest($1, $2) as s (account, shard) join account_facts f on f.account = s.account
            group by 1) p
        join account a on a.id = p.account and not a.deleted left join test_clock c on c.id = a.clock
        where exists (select from wallet_grant g where g.account = p.account and g.living)
            and (exists (select from usage_owner o where o.account = p.account)
                or exists (select from account_facts f join usage_owner o on o.account = f.account where f.billed_to = p.account))
        order by p.account
        on conflict (grain_type, grain_key, kind) do update set account = excluded.account
        returning d.grain_key, d.clock, d.due_at
        """;

    /// <summary>Asks, for accounts whose usage changes.</summary>
    /// <param name="connection">In the transaction that changes it; after all other rows of due work, as turns do.</param>
    /// <param name="accounts">The accounts.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The rows that ask.</returns>
    public static async Task<ImmutableArray<MarkedLook>> WriteAsync(NpgsqlConnection connection, IEnumerable<string> accounts, CancellationToken cancellation)
    {
        string[] asking = [.. accounts.Distinct(StringComparer.Ordinal)];
        await using var command = new NpgsqlCommand(Ask, connection);
        command.Add(NpgsqlDbType.Text, asking);
        command.Add(NpgsqlDbType.Smallint, asking.Select(static account => (short)Shards.Of(account)).ToArray());
        var marked = ImmutableArray.CreateBuilder<MarkedLook>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            marked.Add(new MarkedLook(new DueKey(DueTargets.Wallets, reader.GetString(0), DueKind.UsageBurn), reader.GetString(1), reader.GetInstant(2)));
        }

        return marked.DrainToImmutable();
    }
}
