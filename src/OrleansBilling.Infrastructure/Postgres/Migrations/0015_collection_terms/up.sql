-- What a subscription asks of the collection of its invoices.
alter table subscription add column payment_method text;

-- Collection was paused when it was issued: no attempt by itself, never past due.
alter table invoice add column held boolean not null default false;
-- Its subscription waits for the payment: voided at this instant unless it is paid.
alter table invoice add column void_at timestamptz;
