using Npgsql;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Checks that the account facts that decisions saw are still those of their rows.</summary>
internal static class ConditionRows
{
    private const string Sql =
        """
        select turn_expect('facts', $3, (
            select count(*) from unnest($1, $2) as s (account, version)
            join account_facts f on f.account = s.account and f.version = s.version))
        """;

    // The row of a payer stays as it is until the commit.
    private const string Held =
        """
        select turn_expect('facts', $3, (
            select count(*) from (
                select 1 from account_facts f join unnest($1, $2) as s (account, version) on f.account = s.account and f.version = s.version
                order by f.account for share of f) held))
        """;

    // Where a payer is named meanwhile, he is neither billed to another nor in another currency.
    private const string Payers =
        """
        select turn_expect('facts', $2, (
            select count(*) from unnest($1) as s (account) join account_facts f on f.account = s.account
            where not exists (select from account_facts c where c.billed_to = f.account and (f.billed_to is not null or c.currency <> f.currency))))
        """;

    /// <summary>After facts were written: nobody is billed to an account that is billed to another.</summary>
    public static void PayersStand(NpgsqlBatch batch, IReadOnlyList<AccountFactsRow> written) =>
        batch.Rows<AccountFactsRow>(Payers, written).Text(r => r.Facts.Account).Count();

    public static void Facts(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var held = turns.SelectMany(turn => turn.Write.PayersSeen.Where(seen => seen.Held)).Distinct().ToList();
        if (held.Count > 0)
        {
            batch.Rows<FactsSeen>(Held, held).Text(s => s.Account).Long(s => s.Version).Count();
        }

        var seen = turns.Where(turn => turn.Write.FactsSeen is not null).Select(turn => turn.Write.FactsSeen!)
            .Concat(turns.SelectMany(turn => turn.Write.PayersSeen.Where(seen => !seen.Held))).ToList();
        if (seen.Count > 0)
        {
            batch.Rows<FactsSeen>(Sql, seen).Text(s => s.Account).Long(s => s.Version).Count();
        }
    }
}
