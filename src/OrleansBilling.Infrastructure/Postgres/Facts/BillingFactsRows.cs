using NpgsqlTypes;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Postgres.Wallets;

namespace OrleansBilling.Infrastructure.Postgres.Facts;

/// <summary>Reads account facts with the credit balance and the dunning policy; never cached, since commits check them.</summary>
public sealed class BillingFactsRows : IBillingFacts
{
    private const string Sql =
        """
        select f.facts, coalesce(b.credit, 0), coalesce(p.definition, d.definition), e.facts,
            exists (select from pending_line l where l.account = f.account and l.source <> 'gathered' and l.source <> 'credit_note'),
            exists (select from wallet_grant g where g.account = f.account and g.living)
        from unnest($1) as s (account)
        join account_facts f on f.account = s.account
        left join account_balance b on b.account = f.account and b.currency = f.currency
        left join dunning_policy p on p.code = f.dunning_policy
        join dunning_policy d on d.code = 'default'
        left join legal_entity e on e.code = f.legal_entity
        """;

    private readonly TurnDatabase _database;
    private readonly Gathered<string, BillingFacts> _reads;

    /// <summary>Reads from a database.</summary>
    public BillingFactsRows(TurnDatabase database)
    {
        _database = database;
        _reads = new(keys => ReadAsync(keys));
    }

    /// <inheritdoc/>
    public Task<BillingFacts?> FindAsync(string account) => _reads.FindAsync(account);

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, BillingFacts>> ReadAsync(IReadOnlyCollection<string> accounts)
    {
        var found = await FactsAsync(accounts);
        string[] holders = [.. found.Values.Where(facts => facts.HasPrepaid).Select(facts => facts.Account.Account)];
        if (holders.Length == 0)
        {
            return found;
        }

        // Read after the facts, and checked grant by grant when they are used.
        await using var command = _database.Source.CreateCommand(WalletReads.OfAccounts);
        command.Add(NpgsqlDbType.Text, holders);
        await using var reader = await command.ExecuteReaderAsync();
        foreach (var held in (await WalletReads.ListAsync(reader, WalletReads.Watched)).ToLookup(each => each.Grant.Account, StringComparer.Ordinal))
        {
            found[held.Key] = found[held.Key] with { Prepaid = [.. held] };
        }

        return found;
    }

    private async Task<Dictionary<string, BillingFacts>> FactsAsync(IReadOnlyCollection<string> accounts)
    {
        await using var command = _database.Source.CreateCommand(Sql);
        command.Add(NpgsqlDbType.Text, accounts.ToArray());
        var rows = new FactsReader();
        var found = new Dictionary<string, BillingFacts>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var facts = rows.Read(reader, 0)!;
            found[facts.Account.Account] = facts;
        }

        return found;
    }
}
