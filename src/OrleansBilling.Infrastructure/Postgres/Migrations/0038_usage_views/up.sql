-- What prices look at beyond a meter's own hours: by filters, groups or bounds of single events. Its hours are rows of usage_rollup and
-- usage_unique under the meter's code, '#' and the view's name.
create table usage_view (
    account    text collate "C" not null,
    meter      text collate "C" not null,
    name       text collate "C" not null,
    definition jsonb not null,
    primary key (account, meter, name)
);
