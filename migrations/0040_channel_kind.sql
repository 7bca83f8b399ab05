-- Up Migration
-- A scope may have a room of its own for a kind of message; 'any' is where all its others go.
alter table scope_channel add column kind text not null default 'any'
  check (kind ~ '^[a-z0-9_]{1,64}$');
alter table scope_channel drop constraint scope_channel_pkey;
alter table scope_channel add primary key (org_id, scope_id, kind);
