-- Numbers that run by seller are given after the issuing commit, in the order of issue. The place is taken at issue; null
-- where the number was given there (by account).
create sequence invoice_number_place;
alter table invoice add column number_place bigint;
create index invoice_waiting_for_number on invoice (legal_entity, number_place) where number is null and number_place is not null;
create unique index invoice_number_by_seller_key on invoice (legal_entity, number) where number is not null and number_place is not null;

-- The last number of each series, counted on in the transaction that gives the numbers.
create table number_series (
    legal_entity text not null,
    kind         text not null check (kind in ('invoice', 'credit_note')),
    prefix       text not null,
    last         bigint not null check (last > 0),
    primary key (legal_entity, kind, prefix)
) with (fillfactor = 50);

-- A number is given once: it may be written where there is none, and never changed.
drop trigger invoice_document_guard on invoice;
create trigger invoice_document_guard
    before delete or update of id, account, subscription, currency, time_zone, clock, cause, subtotal, discount_total,
        wallet_applied, tax_total, tax_contained, total, credited, issued_at, due_at, facts_version, created_at on invoice
    for each statement execute function refuse_edit();
create trigger invoice_number_guard
    before update of number, number_place on invoice
    for each row when (old.number is not null or old.number_place is distinct from new.number_place) execute function refuse_edit();

-- Credit notes: their seller is that of their invoice, and their numbers run like those of invoices, in series of their own.
alter table credit_note add column legal_entity text not null default 'default';
alter table credit_note add column legal_entity_version integer not null default 1;
alter table credit_note alter column legal_entity drop default;
alter table credit_note alter column legal_entity_version drop default;
alter table credit_note alter column number drop not null;
alter table credit_note add column number_place bigint;
alter table credit_note add constraint credit_note_numbered check (number is not null or number_place is not null);
create index credit_note_waiting_for_number on credit_note (legal_entity, number_place) where number is null;
create unique index credit_note_number_by_seller_key on credit_note (legal_entity, number) where number is not null and number_place is not null;
drop trigger credit_note_guard on credit_note;
create trigger credit_note_guard before delete or truncate on credit_note for each statement execute function refuse_edit();
create trigger credit_note_number_guard before update on credit_note
    for each row when (old.number is not null or (to_jsonb(old) - 'number') is distinct from (to_jsonb(new) - 'number')) execute function refuse_edit();

-- What a document was rounded down by is taken back with it: the one line of a note below zero.
alter table credit_note_line drop constraint credit_note_line_amount_check;
