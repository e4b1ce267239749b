-- The pause of collection of a subscription, by which its drafts are issued.
alter table subscription add column collection_pause text;
alter table subscription add column collection_paused_since timestamptz;
alter table subscription add column collection_paused_until timestamptz;

-- Pauses that run already.
update subscription s
set collection_pause = g.pause ->> 'behavior', collection_paused_since = (g.pause ->> 'since')::timestamptz,
    collection_paused_until = (g.pause ->> 'until')::timestamptz
from (
    select grain_key, convert_from(payload, 'UTF8')::jsonb -> 'state' -> 'collection_pause' as pause from grain_state
    where grain_type = 'subscription' and payload is not null) g
where g.grain_key = s.id and g.pause ->> 'behavior' is not null;
