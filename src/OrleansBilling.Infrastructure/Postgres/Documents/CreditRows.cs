using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Accounts;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Credit on its way to open invoices: a row while it is under way.</summary>
internal static class CreditRows
{
    private const string Send =
        """
        insert into credit_in_transit (id, account, invoice, source, currency, amount, created_at)
        select * from unnest($1, $2, $3, $4, $5, $6, $7)
        """;

    private const string Arrive =
        """
        with done as (delete from credit_in_transit where id = any ($1) returning 1)
        select turn_expect('credit', $2, (select count(*) from done))
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var sent = turns.Gather<(CreditInTransit Credit, Instant At)>((turn, rows) =>
        {
            foreach (var credit in turn.Write.Documents.CreditsSent)
            {
                rows.Add((credit, turn.Write.At));
            }
        });
        if (sent.Count > 0)
        {
            batch.Rows(Send, sent)
                .Text(s => s.Credit.Id).Text(s => s.Credit.Account).Text(s => s.Credit.Invoice).Text(s => s.Credit.Source)
                .Text(s => s.Credit.Currency).Long(s => s.Credit.Amount).Time(s => s.At);
        }

        var arrived = turns.Gather<string>((turn, rows) => rows.AddRange(turn.Write.Documents.CreditsArrived));
        if (arrived.Count > 0)
        {
            arrived.Sort(StringComparer.Ordinal);
            batch.Rows(Arrive, arrived).Text(id => id).Count();
        }
    }
}
