using Npgsql;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// Headers of invoices: the row is the state of the invoice's grain, so version n is written only over version n - 1.
/// </summary>
internal static class InvoiceHeaderRows
{
    private const string Sql =
        """
        with done as (
            update invoice i
            set status = s.status, stage = s.stage, automatic = s.automatic, dunning_policy = s.dunning_policy,
                credit_applied = s.credit_applied, credit_arrived = s.credit_arrived, amount_paid = s.amount_paid,
                retries_done = s.retries_done, paid_at = s.paid_at, voided_at = s.voided_at, version = s.version, held = s.held,
                void_at = s.void_at
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                as s (id, version, status, stage, automatic, dunning_policy, credit_applied, credit_arrived, amount_paid, retries_done,
                    paid_at, voided_at, held, void_at)
            where i.id = s.id and i.version = s.version - 1
            returning 1)
        select turn_expect('state', $15, (select count(*) from done))
        """;

    private const string Credited =
        """
        with done as (
            update invoice i set version = i.version + 1, coupon_given_again = i.coupon_given_again or s.again
            from unnest($1, $2, $3) as s (id, version, again)
            where i.id = s.id and i.version = s.version returning 1)
        select turn_expect('credit', $4, (select count(*) from done))
        """;

    // They stay as they are until the commit, for any number of turns at one time.
    private const string Seen =
        """
        select turn_expect('credit', $3, (
            select count(*) from (
                select 1 from invoice i join unnest($1, $2) as s (id, version) on i.id = s.id and i.version = s.version
                order by i.id for share of i) seen))
        """;

    /// <summary>Invoices that a turn only sees: those that it changes as well are met there.</summary>
    public static IEnumerable<InvoiceSeen> SeenBy(OrleansBilling.Domain.Kernel.Documents documents) => documents.InvoicesSeen.Where(seen =>
        documents.InvoicesCredited.All(credited => credited.Invoice != seen.Invoice) && documents.InvoiceHeaders.All(header => header.Id != seen.Invoice));

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        WriteHeaders(batch, turns);
        var credited = turns.Gather<InvoiceSeen>((turn, rows) => rows.AddRange(turn.Write.Documents.InvoicesCredited));
        if (credited.Count > 0)
        {
            credited.Sort(static (a, b) => string.CompareOrdinal(a.Invoice, b.Invoice));
            batch.Rows<InvoiceSeen>(Credited, credited).Text(c => c.Invoice).Long(c => c.Version).Bool(c => c.CouponGivenAgain).Count();
        }

        var seen = turns.SelectMany(turn => SeenBy(turn.Write.Documents)).DistinctBy(static one => (one.Invoice, one.Version)).ToList();
        if (seen.Count > 0)
        {
            batch.Rows<InvoiceSeen>(Seen, seen).Text(s => s.Invoice).Long(s => s.Version).Count();
        }
    }

    private static void WriteHeaders(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var headers = turns.Gather<InvoiceState>((turn, rows) => rows.AddRange(turn.Write.Documents.InvoiceHeaders));
        if (headers.Count == 0)
        {
            return;
        }

        headers.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        batch.Rows<InvoiceState>(Sql, headers)
            .Text(h => h.Id).Long(h => h.Version).Text(h => Spelling.Of(h.Status)).Text(h => Spelling.Of(h.Stage)).Bool(h => h.Automatic)
            .Text(h => h.DunningPolicy).Long(h => h.CreditApplied).Long(h => h.CreditArrived).Long(h => h.AmountPaid).Int(h => h.RetriesDone)
            .TimeOrNull(h => h.PaidAt).TimeOrNull(h => h.VoidedAt).Bool(h => h.Held).TimeOrNull(h => h.VoidAt).Count();
    }
}
