-- Events of work that a hold pays: billing asks first whether a span has any.
create index usage_event_held on usage_event (account, meter, at) where hold is not null;
