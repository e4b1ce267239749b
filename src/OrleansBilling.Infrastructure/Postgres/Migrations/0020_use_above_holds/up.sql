-- Use above a hold waits for the account's next invoice: a turn's line that belongs to no subscription.
alter table pending_line drop constraint pending_line_source;
alter table pending_line add constraint pending_line_source check (
    source = 'manual' or subscription is not null or (source = 'change' and kind = 'adjustment' and amount > 0));
