-- Alerts on usage and balances, and what they have told.

create table alert (
    id          text primary key,
    account     text,
    plan        text,
    kind        text not null,
    meter       text collate "C",
    wallet      text,
    thresholds  numeric[] not null,
    definition  jsonb not null,
    created_at  timestamptz not null,
    archived_at timestamptz,
    constraint alert_account_or_plan check ((account is null) <> (plan is null))
);
create index alert_list on alert (created_at desc, id desc);
create index alert_account on alert (account) where archived_at is null;
create index alert_plan on alert (plan) where archived_at is null;

-- A threshold that was told: once for each target and period, and of an alert that does not recur once for each target.
create table alert_firing (
    alert        text not null,
    target       text not null,
    threshold    numeric not null,
    period_start timestamptz not null,
    period_end   timestamptz not null,
    account      text not null,
    recurring    boolean not null,
    value        numeric not null,
    triggered_at timestamptz not null,
    recovered_at timestamptz,
    -- What was told at one instant is listed in the order in which it was written.
    seq          bigint not null generated always as identity,
    primary key (alert, target, threshold, period_start)
);
create unique index alert_firing_once on alert_firing (alert, target, threshold) where not recurring;
create index alert_firing_account on alert_firing (account, period_start desc);
create index alert_firing_list on alert_firing (alert, triggered_at desc);
