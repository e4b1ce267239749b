-- What the sandbox gateway knows. It stands for a remote party: nothing of the product reads these tables but the
-- sandbox itself, and no transaction of the product covers them.
create table sandbox_charge (
    key           text primary key,
    token         text not null,
    amount        bigint not null check (amount > 0),
    currency      text not null,
    account       text not null,
    invoice       text not null,
    status        text not null check (status in ('succeeded', 'declined', 'processing')),
    decline_code  text,
    advice        text,
    settles_at    timestamptz,
    -- The first caller of a charge that went through is not told so.
    answer_lost   boolean not null default false,
    calls         integer not null default 1 check (calls > 0),
    refunded      bigint not null default 0,
    created_at    timestamptz not null,
    constraint sandbox_charge_refunded check (refunded >= 0 and refunded <= amount),
    constraint sandbox_charge_declined check ((status = 'declined') = (decline_code is not null)),
    constraint sandbox_charge_processing check ((status = 'processing') = (settles_at is not null))
);
create index sandbox_charge_invoice on sandbox_charge (invoice);
create index sandbox_charge_token on sandbox_charge (account, token) where token like 'tok_decline_then_succeed_%';

create table sandbox_refund (
    key        text primary key,
    charge     text not null,
    amount     bigint not null check (amount > 0),
    currency   text not null,
    refused    text,
    created_at timestamptz not null
);

-- One row: what the next calls are to suffer.
create table sandbox_control (
    one       boolean primary key default true check (one),
    fail_next integer not null default 0 check (fail_next >= 0),
    fail_with text not null default 'decline' check (fail_with in ('decline', 'unavailable', 'lost_answer')),
    fail_code text not null default 'processing_error',
    delay_ms  integer not null default 0 check (delay_ms between 0 and 60000)
);
insert into sandbox_control default values;

-- What was taken of each invoice, for proofs that nothing was taken twice.
create view sandbox_taken as
select invoice, currency, count(*) as charges, sum(amount)::bigint as amount, sum(refunded)::bigint as refunded
from sandbox_charge where status = 'succeeded' group by invoice, currency;

-- A hard decline forbids a payment method on every invoice of its account; declines are looked up by account. Only an
-- outcome sets decline_code, so the step from queued to sent still touches no index.
create index payment_attempt_declined on payment_attempt (account, method) where decline_code is not null;
