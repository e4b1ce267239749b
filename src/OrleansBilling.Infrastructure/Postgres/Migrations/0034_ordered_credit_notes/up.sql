-- A credit that late usage gives back waits for the credit note of its invoice: it counts as taken of its line until then.
alter table pending_line drop constraint pending_line_source_check;
alter table pending_line add constraint pending_line_source_check check (source in ('manual', 'change', 'gathered', 'credit_note'));
alter table pending_line add constraint pending_line_ordered check (
    source <> 'credit_note' or (credited_line is not null and credited_invoice is not null and amount < 0 and cause is not null));
create index pending_line_ordered on pending_line (credited_invoice) where source = 'credit_note';

-- How an amount that a turn has computed came about.
alter table credit_note_line add column explain jsonb;
