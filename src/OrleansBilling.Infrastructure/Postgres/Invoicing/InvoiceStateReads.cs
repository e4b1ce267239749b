using System.Collections.Immutable;
using Npgsql;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Infrastructure.Postgres.Documents;

namespace OrleansBilling.Infrastructure.Postgres.Invoicing;

/// <summary>The statements that read headers of invoices with their payments, and how their rows are understood.</summary>
internal static class InvoiceStateReads
{
    public const string Headers =
        """
        select i.id, account, subscription, currency, time_zone, i.total, credit_applied, amount_paid, status, stage, issued_at, due_at,
            retries_done, version, clock, tax_total, credit_arrived, paid_at, voided_at, automatic, dunning_policy,
            -- Negative amounts, so that what is still on its way is taken off by adding it.
            coalesce(n.total, 0)::bigint - (coalesce(l.total, 0)
            + coalesce((select sum(c.amount) from credit_in_transit c where c.invoice = i.id), 0))::bigint,
            coalesce(n.tax, 0)::bigint - coalesce(l.tax, 0)::bigint,
            coalesce(n.refunded, 0)::bigint - case when n.total is null then 0 else coalesce((
                select sum(r.amount) from refund r where r.invoice = i.id and r.credit_note is not null and r.status = 'failed'), 0) end::bigint,
            coalesce(n.matched, 0)::bigint, n.ids, n.totals, (select g.wallet from wallet_grant g where g.invoice = i.id),
            i.held, i.void_at, o.method, o.gateway, o.token, o.collection_pause, o.collection_paused_since, o.collection_paused_until, -coalesce(l.drafted, 0)::bigint,
            i.subscription is null and i.cause = 'grouped',
            exists (select from invoice_line w where w.invoice = i.id and w.wallet_amount < 0),
            exists (select from wallet_movement m where m.invoice = i.id),
            i.coupon_given_again
        from invoice i
        left join lateral (
            select m.id as method, m.gateway, m.token, s.collection_pause, s.collection_paused_since, s.collection_paused_until from subscription s
            left join payment_method m on m.id = s.payment_method and m.account = i.account and m.detached_at is null
            where s.id = i.subscription) o on true
        cross join lateral (
            select sum(c.total) as total, sum(c.tax_amount) as tax, sum(c.total) filter (where d.status = 'draft') as drafted
            from (select l.invoice, l.tax_amount, l.amount - l.discount_amount - l.wallet_amount + case when l.tax_inclusive then 0 else l.tax_amount end as total
                from invoice_line l where l.credited_invoice = i.id and not l.voided) c
            join invoice d on d.id = c.invoice) l
        cross join lateral (
            select sum(n.total) as total, sum(n.tax_total) as tax, sum(n.refund_amount + n.matched_amount) as refunded,
                sum(n.matched_amount) as matched, array_agg(n.id order by n.seq) as ids, array_agg(n.total order by n.seq) as totals
            from credit_note n where n.invoice = i.id) n
        where id = any ($1)
        """;

    public const string Payments =
        """
        select id, account, invoice, currency, amount, status, refunded, created_at, reference, credited
        from payment where invoice = any ($1) order by created_at, id
        """;

    public const string Attempts =
        """
        select id, payment, invoice, account, number, gateway, method, token, currency, amount, status, created_at, gateway_reference,
            decline_code, advice, sent_at, completed_at, ask_again_at
        from payment_attempt where invoice = any ($1) order by created_at, number, id
        """;

    public const string Refunds =
        """
        select id, payment, invoice, account, currency, amount, status, reason, created_at, gateway_reference, failure_code, credit_note
        from refund where invoice = any ($1) order by created_at, id
        """;

    public const string Subscriptions =
        "select distinct subscription from invoice_line where invoice = $1 and subscription is not null order by subscription limit $2";

    public const string Credits =
        """
        select id, account, invoice, source, currency, amount from credit_in_transit where invoice = any ($1) order by created_at, id
        """;

    public const string Ordered =
        $"select {PostgresPendingLines.Columns} from pending_line p where p.credited_invoice = any ($1) and p.source = 'credit_note' order by p.seq";

    public const string Blocked =
        """
        select distinct account, method from payment_attempt
        where account in (select account from invoice where id = any ($1)) and method is not null and decline_code is not null
            and (advice = $2 or decline_code = any ($3))
        """;

    public static InvoiceState State(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        row.GetText(2),
        row.GetString(3),
        row.GetString(4),
        row.GetInt64(5),
        row.GetInt64(6),
        row.GetInt64(7),
        Spelling.Parse<InvoiceStatus>(row.GetString(8)),
        Spelling.Parse<CollectionStage>(row.GetString(9)),
        row.GetInstant(10),
        row.GetInstant(11),
        row.GetInt32(12))
    {
        Version = row.GetInt64(13),
        Clock = row.GetString(14),
        Tax = row.GetInt64(15),
        CreditArrived = row.GetInt64(16),
        PaidAt = Moment(row, 17),
        VoidedAt = Moment(row, 18),
        Automatic = row.GetBoolean(19),
        DunningPolicy = row.GetString(20),
        CreditSettled = row.GetInt64(21),
        CreditDrafted = row.GetInt64(36),
        Held = row.GetBoolean(28),
        VoidAt = Moment(row, 29),
        OwnMethod = row.GetText(30) is { } method ? new PaymentMethodRef(method, row.GetString(31), row.GetString(32)) : null,
        Grouped = row.GetBoolean(37),
        CreditedTax = row.GetInt64(22),
        CreditRefunded = row.GetInt64(23),
        RefundsMatched = row.GetInt64(24),
        CreditNotes = row.IsDBNull(25)
            ? []
            : [.. row.GetFieldValue<string[]>(25).Zip(row.GetFieldValue<long[]>(26), static (id, total) => new CreditNoteRef(id, total))],
        Wallet = row.GetText(27),
        GaveBackPrepaid = row.GetBoolean(38),
        CouponGivenAgain = row.GetBoolean(40),
    };

    /// <summary>The pause of collection of its subscription, of a row of <see cref="Headers"/>.</summary>
    public static CollectionPause? Pause(NpgsqlDataReader row) => row.GetText(33) is { } behavior
        ? new CollectionPause(Spelling.Parse<CollectionPauseBehavior>(behavior), row.GetInstant(34), Moment(row, 35))
        : null;

    /// <summary>True where prepaid credit has paid lines of the invoice, of a row of <see cref="Headers"/>.</summary>
    public static bool IsPaidByCredit(NpgsqlDataReader row) => row.GetBoolean(39);

    public static Payment Payment(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetInt64(4),
        Spelling.Parse<PaymentStatus>(row.GetString(5)),
        row.GetInt64(6),
        row.GetInstant(7),
        row.GetText(8))
    {
        Credited = row.GetInt64(9),
    };

    public static PaymentAttempt Attempt(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetInt32(4),
        row.GetString(5),
        row.GetText(6),
        row.GetString(7),
        row.GetString(8),
        row.GetInt64(9),
        Spelling.Parse<AttemptStatus>(row.GetString(10)),
        row.GetInstant(11))
    {
        GatewayReference = row.GetText(12),
        DeclineCode = row.GetText(13),
        Advice = row.GetText(14),
        SentAt = Moment(row, 15),
        CompletedAt = Moment(row, 16),
        AskAgainAt = Moment(row, 17),
    };

    public static Refund Refund(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetString(4),
        row.GetInt64(5),
        Spelling.Parse<RefundStatus>(row.GetString(6)),
        row.GetString(7),
        row.GetInstant(8))
    {
        GatewayReference = row.GetText(9),
        FailureCode = row.GetText(10),
        CreditNote = row.GetText(11),
    };

    public static CreditInTransit Credit(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetInt64(5));

    /// <summary>A header with what belongs to it.</summary>
    public static InvoiceState With(
        InvoiceState header, ILookup<string, Payment> payments, ILookup<string, PaymentAttempt> attempts, ILookup<string, Refund> refunds) =>
        header with
        {
            Payments = [.. payments[header.Id]],
            Attempts = [.. attempts[header.Id]],
            Refunds = [.. refunds[header.Id]],
        };

    private static NodaTime.Instant? Moment(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInstant(column);
}
