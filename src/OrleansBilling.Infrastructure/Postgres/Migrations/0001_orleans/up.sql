-- Statements of the Orleans providers, read once at the start of every silo and client.
create table orleansquery (
    querykey  text primary key,
    querytext text not null
);

-- Membership ---------------------------------------------------------------------------------------------------

create table cluster_version (
    cluster_id  text primary key,
    version     integer not null default 0,
    modified_at timestamptz not null default now()
);

create table cluster_member (
    cluster_id      text not null references cluster_version (cluster_id),
    address         text not null,
    port            integer not null,
    generation      integer not null,
    silo_name       text not null,
    host_name       text not null,
    status          integer not null,
    proxy_port      integer not null,
    suspect_times   text,
    start_time      timestamptz not null,
    i_am_alive_time timestamptz not null,
    primary key (cluster_id, address, port, generation)
);

-- Adds a member and moves the version on by one; 0 and nothing done if the version read is stale or the row exists.
create function cluster_member_insert(
    p_cluster text, p_address text, p_port integer, p_generation integer, p_silo_name text, p_host_name text,
    p_status integer, p_proxy_port integer, p_start timestamptz, p_alive timestamptz, p_version integer)
returns integer language plpgsql as $$
declare
    inserted integer;
begin
    perform 1 from cluster_version where cluster_id = p_cluster and version = p_version for update;
    if not found then
        return 0;
    end if;
    insert into cluster_member (cluster_id, address, port, generation, silo_name, host_name, status, proxy_port, start_time, i_am_alive_time)
    values (p_cluster, p_address, p_port, p_generation, p_silo_name, p_host_name, p_status, p_proxy_port, p_start, p_alive)
    on conflict do nothing;
    get diagnostics inserted = row_count;
    if inserted = 1 then
        update cluster_version set version = version + 1, modified_at = now() where cluster_id = p_cluster;
    end if;
    return inserted;
end $$;

-- Changes a member and moves the version on by one; 0 and nothing done if the version read is stale.
create function cluster_member_update(
    p_cluster text, p_address text, p_port integer, p_generation integer, p_status integer, p_suspect_times text,
    p_alive timestamptz, p_version integer)
returns integer language plpgsql as $$
declare
    updated integer;
begin
    perform 1 from cluster_version where cluster_id = p_cluster and version = p_version for update;
    if not found then
        return 0;
    end if;
    update cluster_member set status = p_status, suspect_times = p_suspect_times, i_am_alive_time = p_alive
    where cluster_id = p_cluster and address = p_address and port = p_port and generation = p_generation;
    get diagnostics updated = row_count;
    if updated = 1 then
        update cluster_version set version = version + 1, modified_at = now() where cluster_id = p_cluster;
    end if;
    return updated;
end $$;

insert into orleansquery (querykey, querytext) values
('InsertMembershipVersionKey',
 'with added as (insert into cluster_version (cluster_id) values (@DeploymentId) on conflict do nothing returning 1)
  select count(*)::integer from added'),
('InsertMembershipKey',
 'select cluster_member_insert(@DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime, @Version)'),
('UpdateMembershipKey',
 'select cluster_member_update(@DeploymentId, @Address, @Port, @Generation, @Status, @SuspectTimes, @IAmAliveTime, @Version)'),
('UpdateIAmAlivetimeKey',
 'update cluster_member set i_am_alive_time = @IAmAliveTime
  where cluster_id = @DeploymentId and address = @Address and port = @Port and generation = @Generation'),
('MembershipReadAllKey',
 'select m.address as Address, m.port as Port, m.generation as Generation, m.silo_name as SiloName, m.host_name as HostName,
         m.status as Status, m.proxy_port as ProxyPort, m.suspect_times as SuspectTimes, m.start_time as StartTime,
         m.i_am_alive_time as IAmAliveTime, v.version as Version
  from cluster_version v left join cluster_member m on m.cluster_id = v.cluster_id
  where v.cluster_id = @DeploymentId'),
('MembershipReadRowKey',
 'select m.address as Address, m.port as Port, m.generation as Generation, m.silo_name as SiloName, m.host_name as HostName,
         m.status as Status, m.proxy_port as ProxyPort, m.suspect_times as SuspectTimes, m.start_time as StartTime,
         m.i_am_alive_time as IAmAliveTime, v.version as Version
  from cluster_version v left join cluster_member m
    on m.cluster_id = v.cluster_id and m.address = @Address and m.port = @Port and m.generation = @Generation
  where v.cluster_id = @DeploymentId'),
('GatewaysQueryKey',
 'select address as Address, proxy_port as ProxyPort, generation as Generation from cluster_member
  where cluster_id = @DeploymentId and status = @Status and proxy_port > 0'),
('DeleteMembershipTableEntriesKey',
 'with members as (delete from cluster_member where cluster_id = @DeploymentId)
  delete from cluster_version where cluster_id = @DeploymentId'),
-- Status 3 is Active: an active member is never cleaned away, however late its sign of life.
('CleanupDefunctSiloEntriesKey',
 'delete from cluster_member where cluster_id = @DeploymentId and status <> 3 and i_am_alive_time < @IAmAliveTime');

-- Grain state --------------------------------------------------------------------------------------------------

create table grain_state (
    service_id  text not null,
    grain_type  text not null,
    grain_key   text not null,
    payload     bytea,
    version     integer not null,
    modified_at timestamptz not null default now(),
    primary key (service_id, grain_type, grain_key)
) with (fillfactor = 70);

comment on table grain_state is 'State of every grain: one row for each (state name, grain key); version is its ETag. The payload is null after a clear.';

alter table grain_state alter column payload set storage main;
do $$
begin
    if exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)) then
        alter table grain_state alter column payload set compression lz4;
    end if;
end $$;

-- The key under which a grain's state is kept. Numbers and GUIDs arrive in n0 and n1 and are refused.
create function grain_state_key(p_n0 bigint, p_n1 bigint, p_text text)
returns text language plpgsql immutable as $$
begin
    if p_n0 <> 0 or p_n1 <> 0 or coalesce(p_text, '') = '' then
        raise exception 'grain state is kept under string keys only: n0 %, n1 %, text %', p_n0, p_n1, coalesce(p_text, '(none)')
            using errcode = '22023',
                  hint = 'Give the grain a string key with a prefix that is no hexadecimal number, such as sub_ or acct_.';
    end if;
    return p_text;
end $$;

-- Writes a state: the first one where p_version is null, else the next after p_version. Answers the new version, or
-- null where another writer was first.
create function grain_state_write(
    p_service text, p_type text, p_n0 bigint, p_n1 bigint, p_text text, p_payload bytea, p_version integer)
returns integer language plpgsql as $$
declare
    k text := grain_state_key(p_n0, p_n1, p_text);
    written integer;
begin
    if p_version is null then
        insert into grain_state (service_id, grain_type, grain_key, payload, version)
        values (p_service, p_type, k, p_payload, 1)
        on conflict do nothing
        returning version into written;
    else
        update grain_state set payload = p_payload, version = version + 1, modified_at = now()
        where service_id = p_service and grain_type = p_type and grain_key = k and version = p_version
        returning version into written;
    end if;
    return written;
end $$;

insert into orleansquery (querykey, querytext) values
('ReadFromStorageKey',
 'select payload as PayloadBinary, version as Version from grain_state
  where service_id = @ServiceId and grain_type = @GrainTypeString
    and grain_key = grain_state_key(@GrainIdN0, @GrainIdN1, @GrainIdExtensionString)'),
('WriteToStorageKey',
 'select grain_state_write(@ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, @GrainIdExtensionString,
                           cast(@PayloadBinary as bytea), cast(@GrainStateVersion as integer)) as NewGrainStateVersion'),
('ClearStorageKey',
 'update grain_state set payload = null, version = version + 1, modified_at = now()
  where service_id = @ServiceId and grain_type = @GrainTypeString
    and grain_key = grain_state_key(@GrainIdN0, @GrainIdN1, @GrainIdExtensionString)
    and version = cast(@GrainStateVersion as integer)
  returning version as NewGrainStateVersion'),
('DeleteStorageKey',
 'delete from grain_state
  where service_id = @ServiceId and grain_type = @GrainTypeString
    and grain_key = grain_state_key(@GrainIdN0, @GrainIdN1, @GrainIdExtensionString)
    and version = cast(@GrainStateVersion as integer)
  returning version + 1 as NewGrainStateVersion');

-- Reminders ----------------------------------------------------------------------------------------------------

create table grain_reminder (
    service_id    text not null,
    grain_id      text not null,
    reminder_name text not null,
    start_time    timestamptz not null,
    period        bigint not null,
    grain_hash    integer not null,
    version       integer not null,
    primary key (service_id, grain_id, reminder_name)
);

comment on column grain_reminder.period is 'Milliseconds.';
create index grain_reminder_range on grain_reminder (service_id, grain_hash);

insert into orleansquery (querykey, querytext) values
('ReadReminderRowKey',
 'select grain_id as GrainId, reminder_name as ReminderName, start_time as StartTime, period as Period, version as Version
  from grain_reminder where service_id = @ServiceId and grain_id = @GrainId and reminder_name = @ReminderName'),
('ReadReminderRowsKey',
 'select grain_id as GrainId, reminder_name as ReminderName, start_time as StartTime, period as Period, version as Version
  from grain_reminder where service_id = @ServiceId and grain_id = @GrainId'),
('ReadRangeRows1Key',
 'select grain_id as GrainId, reminder_name as ReminderName, start_time as StartTime, period as Period, version as Version
  from grain_reminder where service_id = @ServiceId and grain_hash > @BeginHash and grain_hash <= @EndHash'),
('ReadRangeRows2Key',
 'select grain_id as GrainId, reminder_name as ReminderName, start_time as StartTime, period as Period, version as Version
  from grain_reminder where service_id = @ServiceId and (grain_hash > @BeginHash or grain_hash <= @EndHash)'),
('UpsertReminderRowKey',
 'insert into grain_reminder as r (service_id, grain_id, reminder_name, start_time, period, grain_hash, version)
  values (@ServiceId, @GrainId, @ReminderName, @StartTime, cast(@Period as bigint), @GrainHash, 0)
  on conflict (service_id, grain_id, reminder_name) do update
  set start_time = excluded.start_time, period = excluded.period, grain_hash = excluded.grain_hash, version = r.version + 1
  returning version as Version'),
('DeleteReminderRowKey',
 'with gone as (delete from grain_reminder
                where service_id = @ServiceId and grain_id = @GrainId and reminder_name = @ReminderName and version = @Version
                returning 1)
  select count(*)::integer from gone'),
('DeleteReminderRowsKey',
 'delete from grain_reminder where service_id = @ServiceId');
