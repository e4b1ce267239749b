-- Refusals ------------------------------------------------------------------------------------------------------

-- Stops the transaction where a condition of a turn was missed: OB001 with the name of the condition.
create function turn_expect(p_condition text, p_wanted bigint, p_found bigint)
returns void language plpgsql as $$
begin
    if p_wanted <> p_found then
        raise exception '%', p_condition using errcode = 'OB001', detail = format('wanted %s rows, found %s', p_wanted, p_found);
    end if;
end $$;

-- Documents and postings are never edited: corrections are new rows that name their cause.
create function refuse_edit() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: write a correcting row instead', tg_table_name using errcode = 'OB002';
end $$;

-- Catalog -------------------------------------------------------------------------------------------------------

create table plan (
    code           text primary key,
    name           text not null,
    latest_version integer not null check (latest_version > 0),
    created_at     timestamptz not null,
    archived_at    timestamptz
);

create table plan_version (
    code       text not null,
    version    integer not null check (version > 0),
    definition jsonb not null,
    created_at timestamptz not null,
    primary key (code, version)
);

create table dunning_policy (
    code       text primary key,
    definition jsonb not null,
    created_at timestamptz not null
);

insert into dunning_policy (code, definition, created_at)
values ('default', '{"code": "default", "retry_days": [1, 3, 5, 7], "final": "unpaid"}', now());

-- Accounts and subscriptions ------------------------------------------------------------------------------------

create table account (
    id          text primary key,
    name        text not null,
    email       text,
    external_id text,
    clock       text not null,
    created_at  timestamptz not null,
    deleted     boolean not null default false,
    constraint account_external_id_key unique (external_id)
);
create index account_list on account (created_at desc, id desc);
create index account_email on account (email) where email is not null;
create index account_clock on account (clock) where clock <> 'live';

create table account_facts (
    account        text primary key,
    version        bigint not null check (version > 0),
    currency       text not null,
    time_zone      text not null,
    clock          text not null,
    dunning_policy text not null,
    facts          jsonb not null
) with (fillfactor = 80);

create table payment_method (
    id          text primary key,
    account     text not null,
    gateway     text not null,
    token       text not null,
    is_default  boolean not null,
    created_at  timestamptz not null,
    detached_at timestamptz
);
create index payment_method_account on payment_method (account, created_at desc, id desc);

create table subscription (
    id           text primary key,
    account      text not null,
    external_id  text,
    status       text not null,
    plan         text not null,
    plan_version integer not null,
    created_at   timestamptz not null,
    constraint subscription_external_id_key unique (external_id)
) with (fillfactor = 80);
create index subscription_account on subscription (account, created_at desc, id desc);

create table test_clock (
    id         text primary key,
    name       text,
    now        timestamptz not null,
    advancing  boolean not null,
    created_at timestamptz not null,
    deleted    boolean not null default false
) with (fillfactor = 70);

-- Credit held for the customer, and the counter of his invoices.
create table account_balance (
    account             text not null,
    currency            text not null,
    credit              bigint not null default 0,
    last_invoice_number integer not null default 0,
    primary key (account, currency),
    constraint account_balance_not_negative check (credit >= 0)
) with (fillfactor = 60);

-- Taken when a document gives credit to an open invoice, removed when the invoice's turn applies it.
create table credit_in_transit (
    id         text primary key,
    account    text not null,
    invoice    text not null,
    source     text not null,
    currency   text not null,
    amount     bigint not null check (amount > 0),
    created_at timestamptz not null
);
create index credit_in_transit_invoice on credit_in_transit (invoice);

-- Invoices ------------------------------------------------------------------------------------------------------

create table invoice (
    id             text primary key,
    number         text,
    account        text not null,
    subscription   text,
    currency       text not null,
    time_zone      text not null,
    clock          text not null,
    cause          text not null,
    subtotal       bigint not null,
    discount_total bigint not null,
    wallet_applied bigint not null,
    tax_total      bigint not null,
    tax_contained  bigint not null,
    total          bigint not null,
    credited       bigint not null,
    issued_at      timestamptz not null,
    due_at         timestamptz not null,
    facts_version  bigint not null,
    -- What happens to it later, written by the invoice's own turns.
    status         text not null check (status in ('draft', 'open', 'paid', 'void', 'uncollectible')),
    stage          text not null,
    automatic      boolean not null,
    dunning_policy text not null,
    credit_applied bigint not null,
    credit_arrived bigint not null default 0,
    amount_paid    bigint not null default 0,
    retries_done   integer not null default 0,
    paid_at        timestamptz,
    voided_at      timestamptz,
    version        bigint not null default 1,
    created_at     timestamptz not null,
    constraint invoice_total check (total = subtotal - discount_total - wallet_applied + tax_total - tax_contained),
    constraint invoice_credited check (credited = greatest(-total, 0)),
    constraint invoice_credit_applied check (credit_applied >= credit_arrived and credit_arrived >= 0 and credit_applied <= greatest(total, 0)),
    constraint invoice_amount_paid check (amount_paid >= 0 and amount_paid + credit_applied <= greatest(total, 0)),
    constraint invoice_paid_in_full check (status <> 'paid' or amount_paid + credit_applied = greatest(total, 0)),
    constraint invoice_due check (due_at >= issued_at)
) with (fillfactor = 80);
create unique index invoice_number_key on invoice (number, account) where number is not null;
create index invoice_account on invoice (account, created_at desc, id desc);
create index invoice_subscription on invoice (subscription, created_at desc, id desc) where subscription is not null;

create trigger invoice_document_guard
    before delete or update of id, number, account, subscription, currency, time_zone, clock, cause, subtotal, discount_total,
        wallet_applied, tax_total, tax_contained, total, credited, issued_at, due_at, facts_version, created_at on invoice
    for each statement execute function refuse_edit();

create table invoice_line (
    invoice          text not null,
    id               text not null,
    position         integer not null,
    account          text not null,
    subscription     text,
    item             text,
    kind             text not null,
    plan             text,
    price            text,
    description      text not null,
    period_start     timestamptz not null,
    period_end       timestamptz not null check (period_end >= period_start),
    quantity         numeric,
    unit_amount      numeric,
    amount           bigint not null,
    discount_amount  bigint not null,
    tax_amount       bigint not null,
    tax_inclusive    boolean not null,
    tax_code         text,
    usage_group      text not null default '',
    credited_line    text,
    credited_invoice text,
    revision         integer not null default 0 check (revision >= 0),
    cause            text,
    taxes            jsonb not null,
    proration        jsonb,
    explain          jsonb not null,
    voided           boolean not null default false,
    primary key (invoice, id)
);

-- What the schedule bills is billed once (revision 0); every further revision names its cause.
create unique index invoice_line_billed_once on invoice_line
    (subscription, item, kind, period_start, usage_group, credited_line, revision) nulls not distinct
    where subscription is not null and not voided;
create unique index invoice_line_cause on invoice_line
    (cause, item, kind, period_start, usage_group, credited_line) nulls not distinct
    where cause is not null and subscription is not null and not voided;
alter table invoice_line add constraint invoice_line_revision_cause check (revision = 0 or cause is not null);

create trigger invoice_line_document_guard
    before delete or update of invoice, id, position, account, subscription, item, kind, plan, price, description, period_start,
        period_end, quantity, unit_amount, amount, discount_amount, tax_amount, tax_inclusive, tax_code, usage_group, credited_line,
        credited_invoice, revision, cause, taxes, proration, explain on invoice_line
    for each statement execute function refuse_edit();

-- Payments ------------------------------------------------------------------------------------------------------

create table payment (
    id         text primary key,
    account    text not null,
    invoice    text not null,
    currency   text not null,
    amount     bigint not null check (amount > 0),
    status     text not null check (status in ('pending', 'succeeded', 'failed', 'canceled')),
    refunded   bigint not null default 0 check (refunded >= 0),
    credited   bigint not null default 0 check (credited >= 0),
    reference  text,
    created_at timestamptz not null,
    constraint payment_given_back check (refunded + credited <= amount)
) with (fillfactor = 70);
create index payment_account on payment (account, created_at desc, id desc);
create index payment_invoice on payment (invoice);

create table payment_attempt (
    id                text primary key,
    payment           text not null,
    invoice           text not null,
    account           text not null,
    number            integer not null check (number > 0),
    gateway           text not null,
    method            text,
    token             text not null,
    currency          text not null,
    amount            bigint not null check (amount > 0),
    status            text not null check (status in ('queued', 'sent', 'processing', 'succeeded', 'failed', 'dropped')),
    created_at        timestamptz not null,
    gateway_reference text,
    decline_code      text,
    advice            text,
    sent_at           timestamptz,
    completed_at      timestamptz,
    ask_again_at      timestamptz,
    -- Unchanged by the step from queued to sent, so that this step touches no index.
    is_open           boolean not null generated always as (status in ('queued', 'sent', 'processing')) stored
) with (fillfactor = 60);
create unique index payment_attempt_number on payment_attempt (invoice, payment, number);
create unique index payment_attempt_one_open on payment_attempt (invoice) where is_open;

create table refund (
    id                text primary key,
    payment           text not null,
    invoice           text not null,
    account           text not null,
    currency          text not null,
    amount            bigint not null check (amount > 0),
    status            text not null check (status in ('pending', 'succeeded', 'failed')),
    reason            text not null,
    gateway_reference text,
    failure_code      text,
    created_at        timestamptz not null
);
create index refund_invoice on refund (invoice);

-- Ledger, events, audit -----------------------------------------------------------------------------------------

create table journal_entry (
    cause      text not null,
    seq        integer not null check (seq >= 0),
    account    text not null,
    invoice    text,
    currency   text not null,
    debit      text not null,
    credit     text not null,
    amount     bigint not null check (amount > 0),
    posted_at  timestamptz not null,
    primary key (cause, seq),
    constraint journal_entry_two_accounts check (debit <> credit)
);
create index journal_entry_account on journal_entry (account, posted_at desc, cause desc, seq);
create trigger journal_entry_guard before update or delete or truncate on journal_entry for each statement execute function refuse_edit();

create table event (
    id         text primary key,
    type       text not null,
    account    text not null,
    subject    text not null,
    data       jsonb not null,
    created_at timestamptz not null
);
create index event_account on event (account, created_at desc, id desc);
create trigger event_guard before update or delete or truncate on event for each statement execute function refuse_edit();

create table audit (
    id         bigint generated always as identity primary key,
    at         timestamptz not null,
    actor      text not null,
    role       text not null,
    action     text not null,
    account    text,
    command    text,
    written_at timestamptz not null default now()
);
create index audit_account on audit (account, id) where account is not null;
create trigger audit_guard before update or delete or truncate on audit for each statement execute function refuse_edit();

-- Due work ------------------------------------------------------------------------------------------------------

create table due_work (
    grain_type     text not null,
    grain_key      text not null,
    kind           text not null,
    kind_order     smallint not null,
    account        text not null,
    clock          text not null,
    shard          smallint not null,
    due_at         timestamptz not null,
    run_at         timestamptz not null,
    attempts       integer not null default 0,
    quarantined_at timestamptz,
    last_error     text,
    primary key (grain_type, grain_key, kind)
) with (fillfactor = 70);
create index due_work_next on due_work (clock, shard, run_at) where quarantined_at is null;
create index due_work_clock on due_work (clock, run_at) where clock <> 'live' and quarantined_at is null;
create index due_work_account on due_work (account);
create index due_work_quarantined on due_work (quarantined_at) where quarantined_at is not null;

-- Commands and keys ---------------------------------------------------------------------------------------------

create table command_log (
    scope        text not null,
    key          text not null,
    request_hash text not null,
    status       integer not null,
    answer       text not null,
    created_at   timestamptz not null default now(),
    primary key (scope, key)
);
create index command_log_age on command_log using brin (created_at);

create table api_key (
    id         text primary key,
    name       text not null,
    role       text not null check (role in ('app', 'support', 'finance', 'admin')),
    hash       bytea not null unique,
    last4      text not null,
    created_at timestamptz not null,
    revoked_at timestamptz
);

-- Rows that are rewritten all the time are cleaned early, before their pages fill with dead ones.
alter table due_work set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
alter table payment_attempt set (autovacuum_vacuum_scale_factor = 0.05);
alter table grain_state set (autovacuum_vacuum_scale_factor = 0.05);
