alter table usage_closed add column onward numeric;
