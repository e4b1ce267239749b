-- Prepaid credit: wallets, their grants, holds, and the movements of grants.

create table wallet (
    id         text primary key,
    account    text not null,
    currency   text not null,
    unit       text,
    unit_value numeric not null check (unit_value > 0),
    name       text,
    priority   integer not null,
    applies_to text[] not null,
    top_up     jsonb,
    metadata   jsonb not null,
    version    bigint not null check (version > 0),
    created_at timestamptz not null
);
create index wallet_account on wallet (account, created_at desc, id desc);

create table wallet_grant (
    id           text primary key,
    wallet       text not null,
    account      text not null,
    amount       numeric not null check (amount > 0),
    priority     integer not null,
    effective_at timestamptz not null,
    expires_at   timestamptz check (expires_at > effective_at),
    status       text not null check (status in ('pending', 'active', 'expired', 'voided')),
    remaining    numeric not null,
    held         numeric not null,
    deferred     bigint not null check (deferred >= 0),
    price        bigint check (price > 0),
    invoice      text,
    recurrence   jsonb,
    rollover     jsonb,
    time_zone    text not null,
    cycle        integer not null check (cycle >= 0),
    -- A grant that is used up or has ended, with nothing held, is not read by turns any more.
    living       boolean not null generated always as (
        status = 'pending' or held > 0 or (status = 'active' and (remaining > 0 or recurrence is not null))) stored,
    created_at   timestamptz not null,
    constraint wallet_grant_held check (held >= 0 and held <= remaining),
    constraint wallet_grant_sold check ((price is null) = (invoice is null))
) with (fillfactor = 70);
create index wallet_grant_living on wallet_grant (wallet) where living;
create index wallet_grant_wallet on wallet_grant (wallet, created_at desc, id desc);
-- The invoice of a sold grant tells its wallet how it ends.
create unique index wallet_grant_invoice on wallet_grant (invoice) where invoice is not null;
create index wallet_grant_account on wallet_grant (account) where living;

create table wallet_hold (
    id         text primary key,
    wallet     text not null,
    account    text not null,
    amount     numeric not null check (amount > 0),
    pins       jsonb not null,
    status     text not null check (status in ('held', 'committed', 'released', 'expired')),
    committed  numeric not null check (committed >= 0),
    expires_at timestamptz not null,
    ended_at   timestamptz,
    created_at timestamptz not null,
    constraint wallet_hold_ended check ((status = 'held') = (ended_at is null))
) with (fillfactor = 80);
create index wallet_hold_standing on wallet_hold (wallet, expires_at) where status = 'held';
create index wallet_hold_list on wallet_hold (wallet, created_at desc, id desc);

create table wallet_movement (
    id       text primary key,
    wallet   text not null,
    grant_id text not null,
    account  text not null,
    kind     text not null,
    amount   numeric not null check (amount <> 0),
    value    bigint not null,
    at       timestamptz not null,
    cause    text not null,
    -- What moved at one instant is listed in the order in which it was written.
    seq      bigint not null generated always as identity
);
create index wallet_movement_list on wallet_movement (wallet, at desc, seq desc);
create index wallet_movement_grant on wallet_movement (grant_id);
create trigger wallet_movement_guard before update or delete or truncate on wallet_movement
    for each statement execute function refuse_edit();

alter table wallet_grant set (autovacuum_vacuum_scale_factor = 0.05);
