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

    public static void Facts(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var seen = turns.Where(turn => turn.Write.FactsSeen is not null).Select(turn => turn.Write.FactsSeen!).ToList();
        if (seen.Count > 0)
        {
            batch.Rows<FactsSeen>(Sql, seen).Text(s => s.Account).Long(s => s.Version).Count();
        }
    }
}
