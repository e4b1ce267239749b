-- What an unpaid subscription gathers is not charged automatically, also where the subscription has ended by the time of the invoice.
alter table pending_line add column uncharged boolean not null default false;
