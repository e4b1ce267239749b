-- Closed spans that are to be looked at again: events of them have arrived, were corrected, or may have come in beside the close.
-- Whoever asks again gives the row a new mark, so that a turn that looks meanwhile leaves it.
create sequence usage_recheck_mark;
create table usage_recheck (
    subscription text collate "C" not null,
    item         text collate "C" not null,
    span_start   timestamptz not null,
    mark         bigint not null default nextval('usage_recheck_mark'),
    primary key (subscription, item, span_start)
) with (fillfactor = 70);
