-- What usage that is not billed yet has used of a grant so far, and how many turns have moved that: a look at usage writes only over what it saw.
alter table wallet_grant
    add column provisional numeric not null default 0 constraint wallet_grant_provisional check (provisional >= 0),
    add column usage_turns integer not null default 0;
