-- When the usage of a waiting line came about, where grants of prepaid credit begin or end within its period.
alter table pending_line add column used_in jsonb;
-- Whether the usage of a subscription is closed up to an instant.
create index usage_closed_until on usage_closed (account, meter, subscription, span_end);
