-- An invoice and its payment are rewritten once soon after they were made, an attempt twice: with room on the page the
-- new version stays beside the old one and no index is touched.
alter table invoice set (fillfactor = 50);
alter table payment set (fillfactor = 50);
alter table payment_attempt set (fillfactor = 40);

-- Nothing looks due work up by account: the accounts of a test clock are found by their clock.
drop index due_work_account;
