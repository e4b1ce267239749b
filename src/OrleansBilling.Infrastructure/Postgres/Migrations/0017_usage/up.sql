-- Days of receipt --------------------------------------------------------------------------------------------------

-- The newest row is the day of receipt; it only grows, whatever the clock does. A row lives as long as the day's events.
create table usage_day (
    day       date primary key,
    opened_at timestamptz not null default now()
);

-- The newest day whose events were dropped; hours that reach back to it cannot be computed again.
create table usage_dropped (
    only_row boolean primary key default true check (only_row),
    through  date not null
);

-- Events -----------------------------------------------------------------------------------------------------------

create sequence usage_batch_number cache 16;

-- Each event under (batch, n): the transaction that wrote it, and its place in that. Never edited.
create table usage_event (
    batch        bigint not null,
    at           timestamptz not null,
    received_at  timestamptz not null,
    day          date not null,
    n            integer not null,
    account      text collate "C" not null,
    meter        text collate "C" not null,
    id           text collate "C" not null,
    subscription text collate "C",
    value        numeric,
    properties   jsonb,
    hold         text collate "C"
) partition by range (day);
create index usage_event_of_account on usage_event (account, meter, at);

-- One row for each (account, id) of the window. The key begins with a hash of the id alone, so that an id is found
-- whatever its account.
create table usage_key (
    content bigint not null,
    batch   bigint not null,
    key     uuid not null,
    day     date not null,
    n       integer not null
) partition by range (day);

-- Batches whose events are not rolled up yet.
create table usage_pending (
    batch  bigint primary key,
    day    date not null,
    events integer not null
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

-- Makes the partitions of a day, where they are missing. The day itself is opened by usage_open_day.
create function usage_make_day(p_day date) returns void language plpgsql as $$
declare
    suffix text := to_char(p_day, 'YYYYMMDD');
begin
    perform pg_advisory_xact_lock(7318204561);
    if to_regclass('usage_event_' || suffix) is null then
        execute format('create table usage_event_%s (like usage_event including defaults)', suffix);
        execute format('create unique index usage_event_%s_batch on usage_event_%s (batch, n)', suffix, suffix);
        execute format('alter table usage_event attach partition usage_event_%s for values from (%L) to (%L)', suffix, p_day, p_day + 1);
    end if;
    if to_regclass('usage_key_' || suffix) is null then
        execute format('create table usage_key_%s (like usage_key including defaults)', suffix);
        execute format('create unique index usage_key_%s_once on usage_key_%s (key)', suffix, suffix);
        execute format('alter table usage_key attach partition usage_key_%s for values from (%L) to (%L)', suffix, p_day, p_day + 1);
    end if;
end $$;

-- Begins a batch: its number, and the day of receipt, which cannot change before the transaction ends. No day where the
-- clock has passed midnight and the new day is not open yet: then the caller opens it and begins again.
create function usage_open_batch(out day date, out batch bigint, out received_at timestamptz) language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(7318204562);
    select max(d.day) into day from usage_day d;
    received_at := clock_timestamp();
    if day is null or (received_at at time zone 'UTC')::date > day then
        day := null;
        return;
    end if;
    batch := nextval('usage_batch_number');
end $$;

-- Opens the clock's day, once no batch of an earlier day is under way: whoever begins later finds its keys.
create function usage_open_day() returns void language plpgsql as $$
declare
    today date;
begin
    perform pg_advisory_xact_lock(7318204562);
    today := (clock_timestamp() at time zone 'UTC')::date;
    perform usage_make_day(today);
    insert into usage_day (day) select today where today > coalesce((select max(d.day) from usage_day d), '-infinity');
end $$;

-- Rollups ----------------------------------------------------------------------------------------------------------

-- What the events of an hour add up to, by account, meter, subscription ('' for none) and group.
create table usage_rollup (
    account      text collate "C" not null,
    meter        text collate "C" not null,
    hour         timestamptz not null,
    subscription text collate "C" not null,
    grp_key      uuid not null,
    grp          text not null,
    events       bigint not null,
    sum          numeric not null,
    max          numeric,
    min          numeric,
    latest_at    timestamptz,
    latest_batch bigint,
    latest_n     integer,
    latest_value numeric,
    -- The sum of value times microseconds since the hour began.
    moment       numeric not null,
    primary key (account, meter, hour, subscription, grp_key)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- The different texts of an hour, for meters that count them.
create table usage_unique (
    account      text collate "C" not null,
    meter        text collate "C" not null,
    hour         timestamptz not null,
    subscription text collate "C" not null,
    grp_key      uuid not null,
    value        text collate "C" not null,
    primary key (account, meter, hour, subscription, grp_key, value)
);

-- Corrections ------------------------------------------------------------------------------------------------------

create table usage_correction (
    number     bigint generated always as identity primary key,
    id         text not null unique,
    action     text not null check (action in ('void', 'amend')),
    value      numeric,
    reason     text,
    selection  jsonb not null,
    events     integer not null,
    actor      text not null,
    created_at timestamptz not null,
    constraint usage_correction_value check ((action = 'amend') = (value is not null))
);
create trigger usage_correction_guard before update or delete or truncate on usage_correction for each statement execute function refuse_edit();

-- What a correction makes of an event; the newest one counts.
create table usage_corrected (
    batch   bigint not null,
    n       integer not null,
    number  bigint not null,
    account text collate "C" not null,
    meter   text collate "C" not null,
    voided  boolean not null,
    value   numeric,
    primary key (batch, n, number)
);
create index usage_corrected_of_account on usage_corrected (account, meter);
create trigger usage_corrected_guard before update or delete or truncate on usage_corrected for each statement execute function refuse_edit();

-- Kept apart -------------------------------------------------------------------------------------------------------

-- Events whose account or meter is not known, where the setting keeps them.
create table usage_stray (
    id          bigint generated always as identity primary key,
    key         uuid not null unique,
    content     bigint not null,
    account     text not null,
    meter       text not null,
    event       text not null,
    body        text not null,
    received_at timestamptz not null
);
create index usage_stray_list on usage_stray (received_at desc, id desc);
