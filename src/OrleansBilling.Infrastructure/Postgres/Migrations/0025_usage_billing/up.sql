-- Which subscription prices a meter since when: events that name no subscription belong to the oldest one.
create table usage_owner (
    account      text collate "C" not null,
    meter        text collate "C" not null,
    subscription text collate "C" not null,
    created_at   timestamptz not null,
    since        timestamptz not null,
    until        timestamptz,
    -- The order of subscriptions that were created at one instant.
    number       bigint generated always as identity,
    primary key (account, meter, subscription, since)
) with (fillfactor = 80);

-- Spans whose usage is closed: on a line, or without one. Never edited; what is billed of a span later is one row more.
create table usage_closed (
    subscription text collate "C" not null,
    item         text collate "C" not null,
    span_start   timestamptz not null,
    revision     integer not null,
    account      text collate "C" not null,
    meter        text collate "C" not null,
    plan         text not null,
    plan_version integer not null,
    price        text not null,
    span_end     timestamptz not null,
    quantity     numeric not null,
    events       bigint not null,
    amount       bigint not null,
    outcome      text not null,
    line         text,
    cause        text,
    -- The spans in which events that name no subscription were counted.
    unnamed      jsonb not null,
    -- The span with its terms, enough to rate it again.
    part         jsonb not null,
    closed_at    timestamptz not null,
    primary key (subscription, item, span_start, revision),
    constraint usage_closed_span check (span_end > span_start),
    constraint usage_closed_line check ((line is not null) = (outcome = 'billed'))
);
create index usage_closed_of_meter on usage_closed (account, meter, span_end);
create trigger usage_closed_guard before update or delete or truncate on usage_closed for each statement execute function refuse_edit();
