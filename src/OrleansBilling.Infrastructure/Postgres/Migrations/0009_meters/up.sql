create table meter (
    code        text primary key,
    definition  jsonb not null,
    created_at  timestamptz not null,
    archived_at timestamptz
);
