-- Voided, such an invoice would leave more of a coupon given than it promises for its period.
alter table invoice add column coupon_given_again boolean not null default false;
