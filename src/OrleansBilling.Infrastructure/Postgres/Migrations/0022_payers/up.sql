-- The account that the invoices of an account's subscriptions are issued to; null where it pays itself.
alter table account_facts add column billed_to text;
create index account_facts_billed_to on account_facts (billed_to) where billed_to is not null;
