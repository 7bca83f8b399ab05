-- Up Migration
-- Who changed what, append-only and hash-chained per organisation. Opaque ids only: no name, no
-- e-mail, no secret is ever written here. A table local to the coordinator on Citus.
create table audit_head (
  org_id int primary key references organization,
  position bigint not null,
  hash bytea not null
);

create table audit_entry (
  org_id int not null references organization,
  position bigint not null,
  at timestamptz not null,
  -- 'person:17', 'operator' or 'system'.
  actor text not null,
  actor_account text,
  action text not null,
  subject text not null,
  before text,
  after text,
  reason text,
  surface text,
  previous_hash bytea not null,
  hash bytea not null,
  primary key (org_id, position)
);
create index audit_entry_subject on audit_entry (org_id, subject, position);

-- '<bytes>:<text>' a field, '-' for null: no two entries have the same canonical text.
create function audit_field(value text) returns text
language sql immutable set search_path = pg_catalog as $$
  select case when value is null then '-' else octet_length(value) || ':' || value end
$$;

-- Appends the entries (a JSON array of objects) in their order. The head row is the lock: entries of
-- one organisation follow each other, organisations do not wait for each other.
create function audit_append(p_org int, p_entries jsonb) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  entry jsonb;
  head_position bigint;
  head_hash bytea;
  entry_at timestamptz;
  canonical text;
  next_hash bytea;
begin
  insert into audit_head (org_id, position, hash) values (p_org, 0, sha256(''))
    on conflict (org_id) do nothing;
  select position, hash into head_position, head_hash from audit_head
    where org_id = p_org for update;
  for entry in select value from jsonb_array_elements(p_entries) loop
    head_position := head_position + 1;
    -- The precision of a JavaScript Date, so that who verifies in Node computes the same text.
    entry_at := date_trunc('milliseconds', (entry ->> 'at')::timestamptz);
    canonical := audit_field(p_org::text) || audit_field(head_position::text)
      || audit_field(to_char(entry_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      || audit_field(entry ->> 'actor') || audit_field(entry ->> 'actorAccount')
      || audit_field(entry ->> 'action') || audit_field(entry ->> 'subject')
      || audit_field(entry ->> 'before') || audit_field(entry ->> 'after')
      || audit_field(entry ->> 'reason') || audit_field(entry ->> 'surface');
    next_hash := sha256(head_hash || convert_to(canonical, 'UTF8'));
    insert into audit_entry (org_id, position, at, actor, actor_account, action, subject, before,
      after, reason, surface, previous_hash, hash)
    values (p_org, head_position, entry_at, entry ->> 'actor', entry ->> 'actorAccount',
      entry ->> 'action', entry ->> 'subject', entry ->> 'before', entry ->> 'after',
      entry ->> 'reason', entry ->> 'surface', head_hash, next_hash);
    head_hash := next_hash;
  end loop;
  update audit_head set position = head_position, hash = head_hash where org_id = p_org;
  return head_position;
end
$$;

create function audit_refuse() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
  raise exception 'the audit log is append-only: % on % refused', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;

create function audit_head_forward() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
  if new.org_id <> old.org_id or new.position < old.position then
    raise exception 'the head of the audit log only moves forward'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;

create trigger audit_entry_append_only before update or delete on audit_entry
  for each row execute function audit_refuse();
create trigger audit_entry_keep before truncate on audit_entry
  for each statement execute function audit_refuse();
create trigger audit_head_append_only before update on audit_head
  for each row execute function audit_head_forward();
create trigger audit_head_keep_row before delete on audit_head
  for each row execute function audit_refuse();
create trigger audit_head_keep before truncate on audit_head
  for each statement execute function audit_refuse();
alter table audit_entry enable always trigger audit_entry_append_only;
alter table audit_entry enable always trigger audit_entry_keep;
alter table audit_head enable always trigger audit_head_append_only;
alter table audit_head enable always trigger audit_head_keep_row;
alter table audit_head enable always trigger audit_head_keep;

revoke all on function audit_append(int, jsonb), audit_field(text), audit_refuse(),
  audit_head_forward() from public;
grant execute on function audit_append(int, jsonb) to aispend_app;
grant select on audit_entry, audit_head to aispend_app;
