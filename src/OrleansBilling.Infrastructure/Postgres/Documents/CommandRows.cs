using NodaTime;
using Npgsql;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Commands with their answers, and who gave them.</summary>
internal static class CommandRows
{
    private const string Log =
        """
        insert into command_log (scope, key, request_hash, status, answer)
        select * from unnest($1, $2, $3, $4, $5)
        """;

    private const string Audit =
        """
        insert into audit (at, actor, role, action, account, command)
        select * from unnest($1, $2, $3, $4, $5, $6)
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var commands = turns.Where(turn => turn.Write.Command is not null).Select(turn => turn.Write.Command!).ToList();
        if (commands.Count > 0)
        {
            batch.Rows<CommandRecord>(Log, commands)
                .Text(c => c.Scope).Text(c => c.Key).Text(c => c.RequestHash).Int(c => c.Status).Text(c => c.Answer);
        }

        var acts = turns.Where(turn => turn.Write.Actor is not null)
            .Select(turn => new Act(turn.Write.Actor!, turn.Write.At, turn.Write.Account, turn.Write.Command?.Key)).ToList();
        if (acts.Count > 0)
        {
            batch.Rows<Act>(Audit, acts)
                .Time(a => a.At).Text(a => a.Actor.Id).Text(a => a.Actor.Role).Text(a => a.Actor.Action).Text(a => a.Account).Text(a => a.Command);
        }
    }

    private sealed record Act(Actor Actor, Instant At, string? Account, string? Command);
}
