-- Up Migration
-- Where the unasked messages of a scope go; what has no row goes where its nearest ancestor's go.
-- Scope 0 is the organisation. The destination is named as the outbox names it.
create table scope_channel (
  org_id int not null references organization,
  scope_id int not null,
  surface text not null check (surface in ('slack', 'teams')),
  destination text not null check (destination <> ''),
  primary key (org_id, scope_id)
);

grant select, insert, update, delete on scope_channel to aispend_app;
