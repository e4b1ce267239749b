-- By the clock by which events are received (usage_event.received_at), also for accounts on a test clock. Null: before this was kept.
alter table usage_closed add column recorded_at timestamptz;
alter table usage_closed alter column recorded_at set default clock_timestamp();
alter table usage_corrected add column recorded_at timestamptz;
alter table usage_corrected alter column recorded_at set default clock_timestamp();
