create table credit_note (
    id             text primary key,
    number         text not null,
    account        text not null,
    invoice        text not null,
    currency       text not null,
    reason         text not null,
    subtotal       bigint not null,
    discount_total bigint not null,
    wallet_total   bigint not null check (wallet_total >= 0),
    tax_total      bigint not null,
    tax_contained  bigint not null,
    total          bigint not null,
    -- Where it went: unpaid part, refunds, refunds made before without a note, credit balance.
    offset_amount  bigint not null check (offset_amount >= 0),
    refund_amount  bigint not null check (refund_amount >= 0),
    matched_amount bigint not null check (matched_amount >= 0),
    credit_amount  bigint not null check (credit_amount >= 0),
    issued_at      timestamptz not null,
    created_at     timestamptz not null,
    seq            bigint generated always as identity,
    constraint credit_note_total check (total = subtotal - discount_total - wallet_total + tax_total - tax_contained),
    constraint credit_note_settled check (total = offset_amount + refund_amount + matched_amount + credit_amount)
);
create unique index credit_note_number_key on credit_note (number, account);
create index credit_note_account on credit_note (account, created_at desc, id desc);
create index credit_note_invoice on credit_note (invoice);
create trigger credit_note_guard before update or delete or truncate on credit_note for each statement execute function refuse_edit();

create table credit_note_line (
    credit_note     text not null,
    line            text not null,
    position        integer not null,
    invoice         text not null,
    account         text not null,
    amount          bigint not null check (amount >= 0),
    discount_amount bigint not null,
    wallet_amount   bigint not null check (wallet_amount >= 0),
    tax_amount      bigint not null,
    tax_inclusive   boolean not null,
    taxes           jsonb not null,
    primary key (credit_note, line)
);
create index credit_note_line_invoice on credit_note_line (invoice, line);
create trigger credit_note_line_guard before update or delete or truncate on credit_note_line
    for each statement execute function refuse_edit();

-- Proration credits and credit notes of a line together never exceed what was billed for it. A miss is a missed condition:
-- whoever was decided on older rows is decided again.
create function credits_of_line(p_invoice text, p_line text) returns bigint language sql stable as $$
    select coalesce((select sum(n.amount) from credit_note_line n where n.invoice = p_invoice and n.line = p_line), 0)::bigint
        - coalesce((
            select sum(l.amount) from invoice_line l
            where l.credited_invoice = p_invoice and l.credited_line = p_line and not l.voided), 0)::bigint
$$;

create function expect_credits_within_line() returns trigger language plpgsql as $$
declare
    v_invoice text;
    v_line text;
begin
    if tg_table_name = 'credit_note_line' then
        v_invoice := new.invoice;
        v_line := new.line;
    else
        v_invoice := new.credited_invoice;
        v_line := new.credited_line;
    end if;

    if exists (
        select from invoice_line l
        where l.invoice = v_invoice and l.id = v_line and l.amount > 0 and credits_of_line(v_invoice, v_line) > l.amount) then
        raise exception 'credit' using errcode = 'OB001', detail = format('more credited of line %s than it was billed', v_line);
    end if;
    return null;
end $$;

create trigger credit_note_line_within after insert on credit_note_line for each row execute function expect_credits_within_line();
create trigger invoice_line_credit_within after insert on invoice_line for each row when (new.credited_line is not null)
    execute function expect_credits_within_line();

alter table account_balance add column last_credit_note_number integer not null default 0;
alter table refund add column credit_note text;

create view billing_credit_notes as
select n.id, n.number, n.account, n.invoice, n.currency, n.reason, n.subtotal, n.discount_total, n.tax_total, n.total,
    n.offset_amount as settled_offset, n.refund_amount + n.matched_amount - f.failed as settled_refund,
    n.credit_amount + f.failed as settled_credit, n.issued_at
from credit_note n
join account a on a.id = n.account
cross join lateral (
    select coalesce(sum(r.amount), 0)::bigint as failed from refund r
    where r.invoice = n.invoice and r.credit_note = n.id and r.status = 'failed') f
where not a.deleted;
