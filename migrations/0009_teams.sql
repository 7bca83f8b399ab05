-- Up Migration
-- Where the bot may write in Teams. A room is written to unasked (reports, alerts, a shared answer)
-- through what is kept here. A personal chat is kept for a linked account only and goes with the
-- link, so that forgetting a person leaves nothing of theirs here.
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
  surface text not null generated always as ('teams') stored,
  -- The bot was taken out of it; a later message from there brings it back.
  removed_at timestamptz,
  updated_at timestamptz not null,
  primary key (org_id, conversation_id),
  check ((kind = 'personal') = (aad_object_id is not null)),
  foreign key (org_id, surface, tenant_id, aad_object_id)
    references account_link (org_id, surface, workspace, account) on delete cascade
);
create index teams_conversation_person on teams_conversation (org_id, aad_object_id, updated_at)
  where kind = 'personal';

grant select, insert, update, delete on teams_conversation to aispend_app;
