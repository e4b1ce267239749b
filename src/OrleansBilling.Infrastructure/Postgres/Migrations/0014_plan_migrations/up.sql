create table plan_migration (
    id          text primary key,
    plan        text not null,
    version     integer not null check (version > 0),
    created_at  timestamptz not null,
    finished_at timestamptz
);
create index plan_migration_list on plan_migration (plan, created_at desc, id desc);

create table plan_migration_result (
    migration    text not null,
    subscription text not null,
    status       text not null check (status in ('moved', 'scheduled', 'refused')),
    code         text,
    detail       text,
    at           timestamptz not null,
    primary key (migration, subscription),
    constraint plan_migration_result_reason check ((status = 'refused') = (code is not null))
);
create index plan_migration_result_list on plan_migration_result (migration, at desc, subscription desc);

-- Who subscribes to a plan, page by page.
create index subscription_plan on subscription (plan, id);
