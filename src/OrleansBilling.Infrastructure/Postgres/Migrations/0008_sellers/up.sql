-- Sellers -------------------------------------------------------------------------------------------------------

create table legal_entity (
    code       text primary key,
    version    integer not null check (version > 0),
    scope      text not null check (scope in ('account', 'entity')),
    prefix     text not null,
    -- What issuing needs to know of it: read with the facts of every account.
    facts      jsonb not null,
    created_at timestamptz not null
);
-- Two sellers whose documents are numbered by seller never number alike.
create unique index legal_entity_prefix_key on legal_entity (prefix) where scope = 'entity';

create table legal_entity_version (
    code       text not null,
    version    integer not null check (version > 0),
    definition jsonb not null,
    changed_at timestamptz not null,
    primary key (code, version)
);
create trigger legal_entity_version_guard
    before update or delete or truncate on legal_entity_version for each statement execute function refuse_edit();

-- One default exists: the seller of accounts that name none.
insert into legal_entity (code, version, scope, prefix, facts, created_at)
values ('default', 1, 'account', '',
    '{"code": "default", "version": 1, "numbering": {"scope": "account", "prefix": ""}, "cash_rounding": {}}', date_trunc('milliseconds', now()));
insert into legal_entity_version (code, version, definition, changed_at)
select code, 1, jsonb_build_object(
    'code', code, 'version', 1, 'name', 'Default seller', 'created_at', to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'address', '{}'::jsonb, 'tax_ids', '[]'::jsonb, 'numbering', facts -> 'numbering', 'cash_rounding', '{}'::jsonb, 'metadata', '{}'::jsonb), created_at
from legal_entity;

alter table account_facts add column legal_entity text not null default 'default';

-- Buyers --------------------------------------------------------------------------------------------------------

-- Whom documents name, from a version of the account's facts on: an invoice keeps that version, so nothing is copied to it.
create table account_buyer (
    account text not null,
    version bigint not null check (version > 0),
    buyer   jsonb not null,
    primary key (account, version)
);
create trigger account_buyer_guard before update or delete or truncate on account_buyer for each statement execute function refuse_edit();

insert into account_buyer (account, version, buyer)
select s.grain_key, 1, jsonb_strip_nulls(jsonb_build_object(
    'name', p.settings -> 'name', 'email', p.settings -> 'email', 'address', coalesce(p.settings -> 'address', '{}'),
    'country', p.settings -> 'country', 'tax_id', p.settings -> 'tax' -> 'tax_id', 'language', 'en'))
from grain_state s
cross join lateral (select convert_from(s.payload, 'UTF8')::jsonb -> 'state' -> 'settings' as settings) p
where s.grain_type = 'account' and p.settings is not null;

-- Documents -----------------------------------------------------------------------------------------------------

alter table invoice add column legal_entity text not null default 'default';
alter table invoice add column legal_entity_version integer not null default 1;
alter table invoice alter column legal_entity drop default;
alter table invoice alter column legal_entity_version drop default;

create trigger invoice_seller_guard
    before update of legal_entity, legal_entity_version on invoice for each statement execute function refuse_edit();
