create view billing_accounts as
select a.id, a.name, a.email, a.external_id, f.currency, f.time_zone, f.dunning_policy, coalesce(b.credit, 0) as credit_balance,
    a.clock, a.created_at
from account a
join account_facts f on f.account = a.id
left join account_balance b on b.account = a.id and b.currency = f.currency
where not a.deleted;

create view billing_subscriptions as
select s.id, s.account, s.external_id, s.status, s.plan, s.plan_version, a.clock, s.created_at
from subscription s join account a on a.id = s.account
where not a.deleted;

create view billing_invoices as
select i.id, i.number, i.account, i.subscription, i.status, i.stage as collection_stage, i.currency, i.cause, i.subtotal,
    i.discount_total, i.wallet_applied, i.tax_total, i.total, i.credited, i.credit_applied,
    greatest(i.total, 0) - i.credit_applied as amount_due, i.amount_paid,
    case when i.status = 'void' then 0 else greatest(i.total, 0) - i.credit_applied - i.amount_paid end as amount_remaining,
    i.issued_at, i.due_at, i.paid_at, i.voided_at, i.clock
from invoice i join account a on a.id = i.account
where not a.deleted;

create view billing_invoice_lines as
select l.id, l.invoice, l.position, l.account, l.subscription, l.item, l.kind, l.plan, l.price, l.description, l.period_start,
    l.period_end, l.quantity, l.unit_amount, i.currency, l.amount, l.discount_amount, l.tax_amount, l.tax_inclusive,
    l.credited_line, l.voided, i.issued_at
from invoice_line l
join invoice i on i.id = l.invoice
join account a on a.id = l.account
where not a.deleted;

create view billing_payments as
select p.id, p.account, p.invoice, p.status, p.currency, p.amount, p.refunded as amount_refunded, p.reference, t.gateway,
    t.number as attempts, t.decline_code, t.completed_at, p.created_at
from payment p
join account a on a.id = p.account
left join lateral (
    select gateway, number, decline_code, completed_at from payment_attempt
    where invoice = p.invoice and payment = p.id order by number desc limit 1
) t on true
where not a.deleted;

create view billing_ledger as
select j.cause, j.seq, side.ledger_account, j.account, j.invoice, j.currency, side.amount, j.posted_at
from journal_entry j
cross join lateral (values (j.debit, j.amount), (j.credit, -j.amount)) as side (ledger_account, amount);
