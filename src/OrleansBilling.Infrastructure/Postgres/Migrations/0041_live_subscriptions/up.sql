-- Which plans an account has, and the oldest live subscription of each: a step of this index for each plan, however many subscriptions there are.
create index subscription_live on subscription (account, plan, created_at, id) where status not in ('incomplete', 'canceled');
-- Paused ones keep the period of what an account's alert watches.
create index subscription_paused on subscription (account, created_at, id) where status = 'paused';
-- The oldest subscription that prices a meter now.
create index usage_owner_running on usage_owner (account, meter, created_at, subscription) where until is null;
