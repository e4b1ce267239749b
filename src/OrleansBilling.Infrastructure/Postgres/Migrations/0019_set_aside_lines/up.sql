-- Lines that could not be rated, while the rest of their invoice went out. The subscription's state holds what rating one
-- again needs; the row is for people.
create table set_aside_line (
    id           text primary key,
    account      text not null,
    subscription text not null,
    clock        text not null,
    item         text not null,
    kind         text not null,
    plan         text not null,
    plan_version integer not null,
    price        text not null,
    quantity     numeric not null,
    period_start timestamptz not null,
    period_end   timestamptz not null,
    code         text not null,
    reason       text not null,
    created_at   timestamptz not null,
    resolved_at  timestamptz,
    invoice      text,
    constraint set_aside_line_resolved check (invoice is null or resolved_at is not null)
);
create index set_aside_line_waiting on set_aside_line (created_at desc, id desc) where resolved_at is null;
