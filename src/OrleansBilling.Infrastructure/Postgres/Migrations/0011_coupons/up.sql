-- Coupons -------------------------------------------------------------------------------------------------------

create table coupon (
    code            text primary key,
    definition      jsonb not null,
    max_redemptions bigint check (max_redemptions > 0),
    redemptions     bigint not null default 0 check (redemptions >= 0),
    created_at      timestamptz not null,
    archived_at     timestamptz,
    -- Redemptions are taken by a conditional update; this holds whatever the condition was.
    constraint coupon_redemptions_within_limit check (max_redemptions is null or redemptions <= max_redemptions)
);
create index coupon_newest on coupon (created_at desc, code desc);

-- A coupon is promised as it was made: only its redemptions and its archiving come later.
create trigger coupon_guard
    before delete or update of code, definition, max_redemptions, created_at on coupon
    for each statement execute function refuse_edit();

-- One row for each time that a coupon was attached; the count in its coupon is the number of its rows.
create table coupon_redemption (
    id          text primary key,
    coupon      text not null references coupon (code),
    account     text not null,
    subject     text not null,
    redeemed_at timestamptz not null
);
create index coupon_redemption_coupon on coupon_redemption (coupon, redeemed_at desc);
create trigger coupon_redemption_guard before update on coupon_redemption for each statement execute function refuse_edit();

-- Which coupons made a line's discount: [{"discount": "disc_...", "coupon": "...", "amount": 100}].
alter table invoice_line add column discounts jsonb not null default '[]';
create trigger invoice_line_discounts_guard before update of discounts on invoice_line for each statement execute function refuse_edit();

create view billing_coupons as
select c.code, c.definition ->> 'duration' as duration, (c.definition ->> 'percent_off')::numeric as percent_off,
    (c.definition ->> 'amount_off')::bigint as amount_off, c.definition ->> 'currency' as currency, c.max_redemptions, c.redemptions,
    c.created_at, c.archived_at
from coupon c;

-- What each coupon took off, line by line; credits take back and are below zero.
create view billing_discounts as
select l.invoice, l.id as line, l.account, l.subscription, l.plan, l.price, part ->> 'coupon' as coupon, part ->> 'discount' as discount,
    i.currency, (part ->> 'amount')::bigint as amount, l.voided, i.issued_at
from invoice_line l
join invoice i on i.id = l.invoice
join account a on a.id = l.account
cross join lateral jsonb_array_elements(l.discounts) as part
where l.discounts <> '[]' and not a.deleted;
