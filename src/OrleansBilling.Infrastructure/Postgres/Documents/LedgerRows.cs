using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Ledger;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Journal entries and events: rows that are only ever added.</summary>
internal static class LedgerRows
{
    private const string Entries =
        """
        insert into journal_entry (cause, seq, account, invoice, currency, debit, credit, amount, posted_at)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    private const string Events =
        """
        insert into event (id, type, account, subject, data, created_at)
        select * from unnest($1, $2, $3, $4, $5, $6)
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var postings = turns.Gather<(JournalEntry Entry, Posting Posting, int Seq)>((turn, rows) =>
        {
            foreach (var entry in turn.Write.Documents.Entries)
            {
                for (var i = 0; i < entry.Postings.Count; i++)
                {
                    rows.Add((entry, entry.Postings[i], i));
                }
            }
        });
        if (postings.Count > 0)
        {
            batch.Rows(Entries, postings)
                .Text(r => r.Entry.Cause).Int(r => r.Seq).Text(r => r.Entry.Account).Text(r => r.Entry.Invoice).Text(r => r.Entry.Currency)
                .Text(r => r.Posting.Debit.Code).Text(r => r.Posting.Credit.Code).Long(r => r.Posting.Amount).Time(r => r.Entry.At);
        }

        var events = turns.Gather<(BillingEvent Event, string Id, Instant At)>((turn, rows) =>
        {
            var told = turn.Write.Documents.Events;
            for (var i = 0; i < told.Length; i++)
            {
                rows.Add((told[i], EventIds.Next(turn.Write.At, i), turn.Write.At));
            }
        });
        if (events.Count > 0)
        {
            batch.Rows(Events, events)
                .Text(r => r.Id).Text(r => r.Event.Type).Text(r => r.Event.Account).Text(r => r.Event.Subject)
                .Json(r => BillingJson.Write(r.Event.Data)).Time(r => r.At);
        }
    }
}
