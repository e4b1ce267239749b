-- Lists are newest first. On a test clock many rows have one time, so the order in which they were written settles it.
alter table invoice add column seq bigint generated always as identity;
alter table payment add column seq bigint generated always as identity;
alter table event add column seq bigint generated always as identity;
