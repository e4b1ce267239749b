-- A draft is a row of its own table as every invoice, so that lists, lines and what is billed once know it. Until it is issued
-- its number, dates and seller are open, and the line that rounds it may come; from then on nothing of the document changes.
drop trigger invoice_document_guard on invoice;
drop trigger invoice_seller_guard on invoice;
drop trigger invoice_number_guard on invoice;

create trigger invoice_delete_guard before delete on invoice for each statement execute function refuse_edit();
create trigger invoice_document_guard
    before update of time_zone, subtotal, total, issued_at, due_at, facts_version, legal_entity, legal_entity_version
    on invoice for each row when (old.status <> 'draft') execute function refuse_edit();
create trigger invoice_draft_guard
    before update of id, account, subscription, currency, clock, cause, discount_total, wallet_applied, tax_total, tax_contained,
        credited, created_at
    on invoice for each statement execute function refuse_edit();
-- A number is given once: it may be written where there is none, and never changed.
create trigger invoice_number_guard
    before update of number, number_place on invoice
    for each row when (old.number is not null or (old.status <> 'draft' and old.number_place is distinct from new.number_place))
    execute function refuse_edit();

-- A draft has no number yet, and nothing is paid on it.
alter table invoice add constraint invoice_draft_untouched check (
    status <> 'draft' or (number is null and number_place is null and credit_applied = 0 and amount_paid = 0));
