using Npgsql;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Payments, their attempts and refunds.</summary>
internal static class PaymentRows
{
    private const string NewPayments =
        """
        insert into payment (id, account, invoice, currency, amount, status, refunded, credited, reference, created_at)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """;

    private const string KnownPayments =
        """
        update payment p set amount = s.amount, status = s.status, refunded = s.refunded, credited = s.credited, reference = s.reference
        from unnest($1, $2, $3, $4, $5, $6) as s (id, amount, status, refunded, credited, reference)
        where p.id = s.id
        """;

    private const string Payments =
        """
        insert into payment (id, account, invoice, currency, amount, status, refunded, credited, reference, created_at)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (id) do update
        set amount = excluded.amount, status = excluded.status, refunded = excluded.refunded, credited = excluded.credited,
            reference = excluded.reference
        """;

    private const string NewAttempts =
        """
        insert into payment_attempt (id, payment, invoice, account, number, gateway, method, token, currency, amount, status, created_at,
            gateway_reference, decline_code, advice, sent_at, completed_at, ask_again_at)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        """;

    private const string Steps =
        """
        with done as (
            update payment_attempt a
            set status = s.status, gateway_reference = s.reference, decline_code = s.decline, advice = s.advice, sent_at = s.sent_at,
                completed_at = s.completed_at, ask_again_at = s.ask_again_at
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
                as s (id, expected, status, reference, decline, advice, sent_at, completed_at, ask_again_at)
            where a.id = s.id and a.status = s.expected
            returning 1)
        select turn_expect('attempt', $10, (select count(*) from done))
        """;

    private const string Refunds =
        """
        insert into refund (id, payment, invoice, account, currency, amount, status, reason, gateway_reference, failure_code, created_at,
            credit_note)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict (id) do update
        set status = excluded.status, gateway_reference = excluded.gateway_reference, failure_code = excluded.failure_code
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        WritePayments(batch, turns);
        var attempts = turns.Gather<AttemptWrite>((turn, rows) => rows.AddRange(turn.Write.Documents.Attempts));
        WriteSteps(batch, attempts.FindAll(a => a.Expected is not null));
        WriteNew(batch, attempts.FindAll(a => a.Expected is null));
        WriteRefunds(batch, turns);
    }

    private static void WritePayments(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        // Most turns show whether the row is there: a plain insert or update costs half of one that must ask.
        var (fresh, known, either) = (new List<Payment>(), new List<Payment>(), new List<Payment>());
        foreach (var documents in turns.Select(turn => turn.Write.Documents))
        {
            foreach (var payment in documents.Payments)
            {
                var rows = documents.Invoices.Any(invoice => invoice.Id == payment.Invoice) ? fresh
                    : documents.Attempts.Any(write => write.Expected is not null && write.Attempt.Payment == payment.Id) ? known
                    : either;
                rows.Add(payment);
            }
        }

        WriteWhole(batch, NewPayments, fresh);
        if (known.Count > 0)
        {
            known.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
            batch.Rows<Payment>(KnownPayments, known)
                .Text(p => p.Id).Long(p => p.Amount).Text(p => Spelling.Of(p.Status)).Long(p => p.Refunded).Long(p => p.Credited)
                .Text(p => p.Reference);
        }

        WriteWhole(batch, Payments, either);
    }

    private static void WriteWhole(NpgsqlBatch batch, string sql, List<Payment> payments)
    {
        if (payments.Count > 0)
        {
            payments.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
            batch.Rows<Payment>(sql, payments)
                .Text(p => p.Id).Text(p => p.Account).Text(p => p.Invoice).Text(p => p.Currency).Long(p => p.Amount)
                .Text(p => Spelling.Of(p.Status)).Long(p => p.Refunded).Long(p => p.Credited).Text(p => p.Reference).Time(p => p.CreatedAt);
        }
    }

    private static void WriteNew(NpgsqlBatch batch, List<AttemptWrite> writes)
    {
        if (writes.Count > 0)
        {
            batch.Rows<PaymentAttempt>(NewAttempts, writes.ConvertAll(w => w.Attempt))
                .Text(a => a.Id).Text(a => a.Payment).Text(a => a.Invoice).Text(a => a.Account).Int(a => a.Number).Text(a => a.Gateway)
                .Text(a => a.Method).Text(a => a.Token).Text(a => a.Currency).Long(a => a.Amount).Text(a => Spelling.Of(a.Status))
                .Time(a => a.CreatedAt).Text(a => a.GatewayReference).Text(a => a.DeclineCode).Text(a => a.Advice).TimeOrNull(a => a.SentAt)
                .TimeOrNull(a => a.CompletedAt).TimeOrNull(a => a.AskAgainAt);
        }
    }

    // A turn may step an attempt that it made, or step one twice, only by one write: the last state is what counts.
    private static void WriteSteps(NpgsqlBatch batch, List<AttemptWrite> writes)
    {
        if (writes.Count > 0)
        {
            writes.Sort(static (a, b) => string.CompareOrdinal(a.Attempt.Id, b.Attempt.Id));
            batch.Rows<AttemptWrite>(Steps, writes)
                .Text(w => w.Attempt.Id).Text(w => Spelling.Of(w.Expected!.Value)).Text(w => Spelling.Of(w.Attempt.Status))
                .Text(w => w.Attempt.GatewayReference).Text(w => w.Attempt.DeclineCode).Text(w => w.Attempt.Advice)
                .TimeOrNull(w => w.Attempt.SentAt).TimeOrNull(w => w.Attempt.CompletedAt).TimeOrNull(w => w.Attempt.AskAgainAt).Count();
        }
    }

    private static void WriteRefunds(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var refunds = turns.Gather<Refund>((turn, rows) => rows.AddRange(turn.Write.Documents.Refunds));
        if (refunds.Count > 0)
        {
            refunds.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
            batch.Rows<Refund>(Refunds, refunds)
                .Text(r => r.Id).Text(r => r.Payment).Text(r => r.Invoice).Text(r => r.Account).Text(r => r.Currency).Long(r => r.Amount)
                .Text(r => Spelling.Of(r.Status)).Text(r => r.Reason).Text(r => r.GatewayReference).Text(r => r.FailureCode).Time(r => r.CreatedAt)
                .Text(r => r.CreditNote);
        }
    }
}
