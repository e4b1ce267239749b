-- What prepaid credit paid of a line; below zero on a credit that gives it back to the grants.
alter table invoice_line add column wallet_amount bigint not null default 0;
alter table pending_line add column wallet_amount bigint not null default 0 check (wallet_amount <= 0);
create trigger invoice_line_wallet_guard before update of wallet_amount on invoice_line for each statement execute function refuse_edit();
create index invoice_line_gave_prepaid on invoice_line (invoice) where wallet_amount < 0;

-- Which line a movement paid or gave back. The movements of a line and a grant sum to what that grant has still paid of it.
alter table wallet_movement
    add column invoice text,
    add column line    text,
    add column paid    bigint,
    add column cycle   integer,
    add constraint wallet_movement_line check (
        (invoice is null) = (line is null) and (invoice is null) = (paid is null) and (invoice is null) = (cycle is null)
        and (kind <> 'applied' or paid > 0) and (kind <> 'restored' or paid < 0));
create index wallet_movement_invoice on wallet_movement (invoice, line) where invoice is not null;

-- Never more is given back than a grant has paid. A miss is a missed condition: the turn is decided again.
create function expect_restored_within_paid() returns trigger language plpgsql as $$
begin
    if (select sum(m.paid) from wallet_movement m
        where m.invoice = new.invoice and m.line = new.line and m.grant_id = new.grant_id and m.cycle = new.cycle) < 0 then
        raise exception 'wallet' using errcode = 'OB001', detail = format('more given back of line %s than grant %s has paid', new.line, new.grant_id);
    end if;
    return null;
end $$;
create trigger wallet_movement_restored_within after insert on wallet_movement for each row when (new.paid < 0)
    execute function expect_restored_within_paid();

create or replace view billing_invoice_lines as
select l.id, l.invoice, l.position, l.account, l.subscription, l.item, l.kind, l.plan, l.price, l.description, l.period_start,
    l.period_end, l.quantity, l.unit_amount, i.currency, l.amount, l.discount_amount, l.tax_amount, l.tax_inclusive,
    l.credited_line, l.voided, i.issued_at, l.wallet_amount
from invoice_line l
join invoice i on i.id = l.invoice
join account a on a.id = l.account
where not a.deleted;
