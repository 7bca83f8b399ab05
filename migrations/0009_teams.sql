-- Up Migration
-- Where the bot may write in Teams. A room is written to unasked (reports, alerts, a shared answer)
-- through what is kept here; a personal chat holds the account's opaque id and no name.
create table teams_conversation (
  org_id int not null references organization,
  -- Without the thread that Teams appends (";messageid=...").
  conversation_id text not null,
  kind text not null check (kind in ('personal', 'group', 'channel')),
  tenant_id text not null,
  service_url text not null,
  bot_id text not null,
  team_id text,
  aad_object_id text,
  -- The bot was taken out of it; a later message from there brings it back.
  removed_at timestamptz,
  updated_at timestamptz not null,
  primary key (org_id, conversation_id),
  check ((kind = 'personal') = (aad_object_id is not null))
);
create index teams_conversation_person on teams_conversation (org_id, aad_object_id, updated_at)
  where kind = 'personal';

grant select, insert, update, delete on teams_conversation to aispend_app;
