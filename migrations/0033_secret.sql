-- Up Migration
-- Secrets that an organisation keeps whatever AISPEND_SECRET_KEY becomes, sealed by it.
create table org_secret (
  org_id int not null references organization,
  purpose text not null check (purpose in ('end_user')),
  sealed text not null,
  primary key (org_id, purpose)
);
grant select, insert, update (sealed) on org_secret to aispend_app;

-- A code for an address that nobody has is counted like any other, and opens nothing.
alter table one_time_code alter column person_id drop not null;
