-- Accounts of commitments that are closed, and what late usage has moved of them: sums of one time count. Never edited.
create table commitment_closed (
    subscription text collate "C" not null,
    number       integer not null,
    usage_group  text not null,
    plan         text not null,
    period_start timestamptz not null,
    period_end   timestamptz not null,
    due          bigint not null,
    counted      bigint not null,
    missing      bigint not null,
    closed_at    timestamptz not null,
    primary key (subscription, number),
    constraint commitment_closed_period check (period_end > period_start)
);
insert into commitment_closed (subscription, number, usage_group, plan, period_start, period_end, due, counted, missing, closed_at)
select l.subscription, -row_number() over (partition by l.subscription order by l.period_start, l.usage_group), l.usage_group, max(l.plan), l.period_start, l.period_end,
    sum(l.amount), 0, sum(l.amount), max(l.period_end)
from (
    select subscription, usage_group, plan, period_start, period_end, amount from invoice_line where kind = 'commitment' and not voided
    union all
    select subscription, usage_group, plan, period_start, period_end, amount from pending_line where kind = 'commitment') l
where l.subscription is not null and l.period_end > l.period_start
group by l.subscription, l.usage_group, l.period_start, l.period_end
having sum(l.amount) > 0;
create trigger commitment_closed_guard before update or delete or truncate on commitment_closed for each statement execute function refuse_edit();
