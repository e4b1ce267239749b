using System.Collections.Immutable;
using Npgsql;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Grains.Wallets;
using OrleansBilling.Infrastructure.Postgres.Documents;
using OrleansBilling.Infrastructure.Postgres.Invoicing;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Wallets;

/// <summary>Finds usage that will be billed to an account, in one round trip.</summary>
public sealed class PostgresUnbilledUsage(TurnDatabase database) : IUnbilledUsage
{
    private static readonly string Asked =
        $"select {DueRows.Mark} from due_work d where d.grain_type = '{DueTargets.Wallets}' and d.grain_key = $1 and d.kind = '{Spelling.Of(DueKind.UsageBurn)}'";

    // Whose usage the account pays: its own, unless another pays for it, and that of the accounts that it pays for.
    private const string Paid =
        """
        with paid as (
            select f.account from account_facts f where f.account = $1 and f.billed_to is null
            union all
            select f.account from account_facts f where f.billed_to = $1)
        """;

    // Those that still price a meter, or have closed no span up to the end of their time.
    private const string Subscriptions =
        $"""
        {Paid}
        select distinct o.subscription from paid p join usage_owner o on o.account = p.account
        where not exists (
            select from usage_closed c
            where c.account = o.account and c.meter = o.meter and c.subscription = o.subscription and c.span_end >= coalesce(o.until, 'infinity'))
        order by 1
        """;

    private const string Lines =
        $"{Paid} select {PostgresPendingLines.Columns} from paid a join pending_line p on p.account = a.account and p.kind = 'usage' order by p.seq";

    /// <inheritdoc/>
    public async Task<UnbilledUsage> ReadAsync(string account)
    {
        await using var batch = database.Source.CreateBatch();
        Add(batch, Asked, AccountWallets.KeyOf(account));
        Add(batch, Subscriptions, account);
        Add(batch, Lines, account);
        await using var reader = await batch.ExecuteReaderAsync();
        var asked = await WalletReads.ListAsync(reader, static row => row.GetString(0));
        await reader.NextResultAsync();
        var subscriptions = await WalletReads.ListAsync(reader, static row => row.GetString(0));
        await reader.NextResultAsync();
        var lines = await WalletReads.ListAsync(reader, static row => PostgresPendingLines.Record(row).Line.Draft);
        return new UnbilledUsage(asked.Count == 0 ? null : new SeenRow(asked[0]), [.. subscriptions], [.. lines]);
    }

    private static void Add(NpgsqlBatch batch, string sql, string value) =>
        batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new NpgsqlParameter<string> { TypedValue = value } } });
}
