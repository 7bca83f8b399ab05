-- Up Migration
-- What a business counts as a success or a failure of a workflow. Known again by day, source and id
-- with a hash of its content, like an entry of the ledger; money in nano-USD.
create table outcome_event (
  org_id int not null references organization,
  -- UTC day of the instant.
  day date not null,
  source text not null check (source <> ''),
  external_id text not null check (external_id <> ''),
  content_hash bytea not null,
  occurred_at timestamptz not null,
  local_day date not null,
  workflow_id int not null check (workflow_id > 0),
  -- 0 = none named.
  product_id int not null default 0,
  customer_id int not null default 0,
  outcome text,
  success boolean not null,
  value bigint check (value >= 0),
  revenue bigint check (revenue >= 0),
  eval_score numeric check (eval_score between 0 and 1),
  recorded_at timestamptz not null,
  primary key (org_id, day, source, external_id)
);
create index outcome_event_local_day on outcome_event (org_id, local_day);

-- Always the sum of the events: written in the same statement.
create table outcome_day (
  org_id int not null references organization,
  local_day date not null,
  workflow_id int not null,
  product_id int not null,
  successes bigint not null,
  failures bigint not null,
  value bigint not null,
  revenue bigint not null,
  -- Events that give each; 0 is not the same as not given.
  valued bigint not null,
  earning bigint not null,
  scored bigint not null,
  score_sum numeric not null,
  primary key (org_id, local_day, workflow_id, product_id)
);

-- What stands around the calls of a workload is few entries among many.
create index ledger_entry_harness on ledger_entry (org_id, local_day)
  where kind = 'infrastructure';

grant select, insert on outcome_event to aispend_app;
grant select, insert, update on outcome_day to aispend_app;

-- Outcomes and forecasts are kept as long as entries are.
create function erase_outcomes_before(org int, before date) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  erased bigint;
begin
  delete from public.outcome_event where org_id = org and local_day < before;
  get diagnostics erased = row_count;
  delete from public.outcome_day where org_id = org and local_day < before;
  return erased;
end
$$;

create function erase_forecasts_before(org int, before date) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  erased bigint;
begin
  delete from public.forecast where org_id = org and period_end <= before;
  get diagnostics erased = row_count;
  return erased;
end
$$;

revoke all on function erase_outcomes_before(int, date), erase_forecasts_before(int, date)
  from public;
grant execute on function erase_outcomes_before(int, date), erase_forecasts_before(int, date)
  to aispend_app;
