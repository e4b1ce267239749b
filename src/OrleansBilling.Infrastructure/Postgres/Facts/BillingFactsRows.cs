using NpgsqlTypes;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Grains.Accounts;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Facts;

/// <summary>Reads account facts with the credit balance and the dunning policy; never cached, since commits check them.</summary>
public sealed class BillingFactsRows : IBillingFacts
{
    private const string Sql =
        """
        select f.facts, coalesce(b.credit, 0), coalesce(p.definition, d.definition)
        from unnest($1) as s (account)
        join account_facts f on f.account = s.account
        left join account_balance b on b.account = f.account and b.currency = f.currency
        left join dunning_policy p on p.code = f.dunning_policy
        join dunning_policy d on d.code = 'default'
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
        await using var command = _database.Source.CreateCommand(Sql);
        command.Add(NpgsqlDbType.Text, accounts.ToArray());
        var policies = new Dictionary<string, DunningPolicy>(StringComparer.Ordinal);
        var found = new Dictionary<string, BillingFacts>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var facts = BillingJson.Read<AccountFacts>(reader.GetString(0));
            var text = reader.GetString(2);
            if (!policies.TryGetValue(text, out var policy))
            {
                policies.Add(text, policy = BillingJson.Read<DunningPolicy>(text));
            }

            found[facts.Account] = new BillingFacts(facts, reader.GetInt64(1), policy);
        }

        return found;
    }
}
