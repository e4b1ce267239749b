create table pending_line (
    id               text primary key,
    account          text not null,
    currency         text not null,
    source           text not null check (source in ('manual', 'change', 'gathered')),
    at               timestamptz not null,
    subscription     text,
    item             text,
    kind             text not null,
    plan             text,
    price            text,
    description      text not null,
    period_start     timestamptz not null,
    period_end       timestamptz not null,
    quantity         numeric,
    unit_amount      numeric,
    amount           bigint not null,
    discount_amount  bigint not null,
    discounts        jsonb not null default '[]',
    tax_code         text,
    usage_group      text not null default '',
    credited_line    text,
    credited_invoice text,
    revision         integer not null default 0 check (revision >= 0),
    cause            text,
    tax_rates        jsonb,
    tax_inclusive    boolean,
    proration        jsonb,
    explain          jsonb not null,
    created_at       timestamptz not null,
    seq              bigint generated always as identity,
    constraint pending_line_period check (period_end >= period_start),
    constraint pending_line_revision_cause check (revision = 0 or cause is not null),
    constraint pending_line_source check (source = 'manual' or subscription is not null),
    constraint pending_line_by_hand check (source <> 'manual' or (kind = 'adjustment' and amount <> 0 and discount_amount = 0)),
    constraint pending_line_tax check ((tax_rates is null) = (tax_inclusive is null))
);
create index pending_line_account on pending_line (account, subscription);
-- What waits is there once, as it will be on its invoice; lines made by hand differ by their ids.
create unique index pending_line_once on pending_line
    (subscription, (case kind when 'adjustment' then id else item end), kind, period_start, usage_group, credited_line, revision) nulls not distinct
    where subscription is not null;
create index pending_line_credited on pending_line (credited_line) where credited_line is not null;

create trigger pending_line_guard before update on pending_line for each statement execute function refuse_edit();

-- A line that has waited keeps its id; a credit finds by it the invoice that took it.
alter table invoice_line add column has_waited boolean not null default false;
create unique index invoice_line_waited on invoice_line (id) where has_waited;

-- Lines made by hand may name a subscription without an item: each counts by itself.
drop index invoice_line_billed_once;
create unique index invoice_line_billed_once on invoice_line
    (subscription, (case kind when 'adjustment' then id else item end), kind, period_start, usage_group, credited_line, revision) nulls not distinct
    where subscription is not null and not voided;

create view billing_pending_lines as
select p.id, p.account, p.source, p.subscription, p.item, p.kind, p.plan, p.price, p.description, p.period_start, p.period_end, p.quantity,
    p.unit_amount, p.currency, p.amount, p.discount_amount, p.credited_line, p.at, p.created_at
from pending_line p join account a on a.id = p.account
where not a.deleted;

-- Credits that wait count as taken of their line, so that credit notes leave them room.
create or replace function credits_of_line(p_invoice text, p_line text) returns bigint language sql stable as $$
    select coalesce((select sum(n.amount) from credit_note_line n where n.invoice = p_invoice and n.line = p_line), 0)::bigint
        - coalesce((
            select sum(l.amount) from invoice_line l
            where l.credited_invoice = p_invoice and l.credited_line = p_line and not l.voided), 0)::bigint
        - coalesce((select sum(p.amount) from pending_line p where p.credited_line = p_line), 0)::bigint
$$;
create trigger pending_line_credit_within after insert on pending_line for each row when (new.credited_invoice is not null)
    execute function expect_credits_within_line();
