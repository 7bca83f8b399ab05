-- Up Migration
-- Queues stay local tables on Citus; org_id leads every key all the same.
-- Up to which instant the slots of a schedule are in schedule_slot, or were passed over by policy.
-- A schedule begins when a worker first sees it: nothing is due from before.
create table schedule (
  org_id int not null references organization,
  -- job, or job/scope: weekly_showback/team:12
  name text not null,
  due_until timestamptz not null,
  -- The first slot after due_until, by this definition: schedule and zone. Another one recomputes it.
  next_at timestamptz not null,
  definition text not null,
  primary key (org_id, name)
);

-- One row is one piece of work at one time; the key is what lets any number of replicas do it once.
create table schedule_slot (
  org_id int not null references organization,
  schedule text not null,
  slot timestamptz not null,
  state text not null default 'open' check (state in ('open', 'done', 'parked', 'skipped')),
  attempts int not null default 0,
  not_before timestamptz not null,
  reason text,
  started_at timestamptz,
  finished_at timestamptz,
  primary key (org_id, schedule, slot)
);
create index schedule_slot_open on schedule_slot (not_before) where state = 'open';

grant select, insert, update on schedule to aispend_app;
grant select, insert, update, delete on schedule_slot to aispend_app;
