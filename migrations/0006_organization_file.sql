-- Up Migration
-- aispend.yaml as rows: who holds which function where, who answers for what, what is inventoried,
-- and who set a value last. People and scopes are opaque ids here; scope 0 is the organisation.

-- Where a person came from: only who came from the file leaves by being taken out of it.
alter table person add column origin text not null default 'usage'
  check (origin in ('file', 'chat', 'directory', 'usage'));

create table organization_policy (
  org_id int primary key references organization,
  accountable_person_id int,
  person_detail text not null default 'self'
    check (person_detail in ('self', 'aggregated', 'named')),
  person_detail_basis text,
  self_approval boolean not null default false,
  -- Wall clock of the organisation's zone, 'HH:MM'; both or neither.
  quiet_from text check (quiet_from ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  quiet_until text check (quiet_until ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  foreign key (org_id, accountable_person_id) references person (org_id, id),
  check (person_detail <> 'named' or person_detail_basis is not null),
  check ((quiet_from is null) = (quiet_until is null))
);

create table person_delegation (
  org_id int not null,
  person_id int not null,
  delegate_id int not null,
  -- Both days included.
  from_day date not null,
  until_day date not null,
  primary key (org_id, person_id, from_day),
  foreign key (org_id, person_id) references person (org_id, id),
  foreign key (org_id, delegate_id) references person (org_id, id),
  check (from_day <= until_day),
  check (person_id <> delegate_id)
);

create table scope_on_call (
  org_id int not null references organization,
  scope_id int not null,
  position int not null check (position >= 1),
  person_id int not null,
  primary key (org_id, scope_id, position),
  unique (org_id, scope_id, person_id),
  foreign key (org_id, person_id) references person (org_id, id)
);

-- Position 1 is the one who is Accountable where the function is; further people only help.
create table function_holder (
  org_id int not null references organization,
  scope_id int not null,
  function text not null check (function in
    ('finance', 'engineering', 'governance', 'product', 'security', 'procurement')),
  position int not null check (position >= 1),
  person_id int not null,
  primary key (org_id, scope_id, function, position),
  unique (org_id, scope_id, function, person_id),
  foreign key (org_id, person_id) references person (org_id, id)
);

-- One row an activity and scope, so one Accountable function; a row here overrides the parent's.
create table raci (
  org_id int not null references organization,
  scope_id int not null,
  activity text not null check (activity in ('set_ai_budget', 'attribute_spend', 'apply_levers',
    'define_outcome', 'run_evaluation_gate', 'set_cost_policy', 'review_kpis')),
  accountable_function text not null check (accountable_function in
    ('finance', 'engineering', 'governance', 'product', 'security', 'procurement')),
  responsible text[] not null,
  consulted text[] not null,
  informed text[] not null,
  primary key (org_id, scope_id, activity)
);

-- The person at position 1 of a function at the scope or its nearest ancestor that names one.
create function accountable_person(p_org int, p_scope int, p_function text) returns int
language sql stable security definer set search_path = pg_catalog, public as $$
  with recursive chain (id, depth) as (
    select p_scope, 0
    union all
    select scope.parent_id, chain.depth + 1
    from chain join scope on scope.org_id = p_org and scope.id = chain.id
    where chain.id <> 0
  )
  select holder.person_id
  from chain
  join function_holder holder on holder.org_id = p_org and holder.scope_id = chain.id
    and holder.function = p_function and holder.position = 1
  order by chain.depth
  limit 1
$$;

-- The organisation itself has a row for each of the seven activities, or none at all.
create function check_raci_complete(p_org int) returns void
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  if (select count(*) from raci where org_id = p_org and scope_id = 0) not in (0, 7)
    or (exists (select from raci where org_id = p_org)
      and not exists (select from raci where org_id = p_org and scope_id = 0)) then
    raise exception 'organization % lacks an Accountable for an activity', p_org
      using errcode = 'check_violation', constraint = 'raci_complete';
  end if;
end
$$;

create function check_raci_row() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if tg_op = 'DELETE' then
    if old.scope_id = 0 then
      perform check_raci_complete(old.org_id);
    end if;
    return null;
  end if;
  if new.scope_id = 0 then
    perform check_raci_complete(new.org_id);
  end if;
  -- Read anew: at commit the row may have been changed again or be gone.
  if exists (select from raci where org_id = new.org_id and scope_id = new.scope_id
      and activity = new.activity
      and accountable_person(org_id, scope_id, accountable_function) is null) then
    raise exception 'nobody holds %, Accountable for % at scope %', new.accountable_function,
      new.activity, new.scope_id using errcode = 'check_violation', constraint = 'raci_accountable';
  end if;
  return null;
end
$$;

create function check_holders() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if exists (select from raci where org_id = old.org_id
      and accountable_person(org_id, scope_id, accountable_function) is null) then
    raise exception 'an activity of organization % would have no Accountable', old.org_id
      using errcode = 'check_violation', constraint = 'raci_accountable';
  end if;
  return null;
end
$$;

-- A function newly held can take no Accountable away, so an insert there is not checked.
create constraint trigger raci_accountable after insert or update or delete on raci
  deferrable initially deferred for each row execute function check_raci_row();
create constraint trigger function_holder_accountable after update or delete on function_holder
  deferrable initially deferred for each row execute function check_holders();
create constraint trigger scope_accountable after update of parent_id on scope
  deferrable initially deferred for each row execute function check_holders();

create table product (
  org_id int not null references organization,
  id int generated by default as identity,
  key text not null,
  name text not null,
  part_of_id int,
  retired_on date,
  primary key (org_id, id),
  unique (org_id, key),
  foreign key (org_id, part_of_id) references product (org_id, id),
  check (part_of_id <> id)
);

create table product_project (
  org_id int not null,
  scope_id int not null,
  product_id int not null,
  primary key (org_id, scope_id),
  foreign key (org_id, scope_id) references scope (org_id, id),
  foreign key (org_id, product_id) references product (org_id, id)
);

create table product_workflow (
  org_id int not null,
  workflow text not null,
  product_id int not null,
  primary key (org_id, workflow),
  foreign key (org_id, product_id) references product (org_id, id)
);

-- No secret is ever here: a key is known by its sha256 or by the provider's own id of it.
create table inventory_item (
  org_id int not null references organization,
  kind text not null check (kind in ('account', 'key', 'payment_method', 'seat_plan')),
  key text not null,
  name text,
  provider text,
  account text,
  native_id text,
  scope_id int,
  owner_id int,
  cost_centre text,
  approved_use text,
  seats int check (seats >= 0),
  retired_on date,
  primary key (org_id, kind, key),
  foreign key (org_id, scope_id) references scope (org_id, id),
  foreign key (org_id, owner_id) references person (org_id, id)
);

-- Which scope a provider's own project or workspace belongs to.
create table native_project (
  org_id int not null references organization,
  account text not null,
  native_id text not null,
  scope_id int not null,
  primary key (org_id, account, native_id),
  foreign key (org_id, scope_id) references scope (org_id, id)
);

create table usage_source (
  org_id int not null references organization,
  source text not null,
  counts_for jsonb not null,
  primary key (org_id, source)
);

create table attribution_rule (
  org_id int not null references organization,
  key text not null,
  position int not null,
  conditions jsonb not null,
  scope_id int,
  sets jsonb not null,
  primary key (org_id, key),
  foreign key (org_id, scope_id) references scope (org_id, id)
);

-- Own prices, discounts and regional uplifts, as core/pricing declares them.
create table price_agreement (
  org_id int not null references organization,
  kind text not null check (kind in ('own', 'discount', 'uplift')),
  position int not null,
  terms jsonb not null,
  primary key (org_id, kind, position)
);

-- A value last set in chat is not overwritten by the file unasked.
create table field_provenance (
  org_id int not null references organization,
  -- 'organization', 'scope:12', 'person:7', 'account:openai-main' ...
  subject text not null,
  field text not null,
  origin text not null check (origin in ('file', 'chat', 'directory')),
  -- null = the operator or a job.
  set_by int,
  set_at timestamptz not null,
  -- sha256 of the file's value that was declined in favour of the one set in chat.
  declined bytea,
  primary key (org_id, subject, field),
  foreign key (org_id, set_by) references person (org_id, id)
);

-- The past of a moved scope stays with who paid; this is how an answer can say so.
create table scope_move (
  org_id int not null,
  scope_id int not null,
  moved_at timestamptz not null,
  from_parent_id int not null,
  to_parent_id int not null,
  primary key (org_id, scope_id, moved_at),
  foreign key (org_id, scope_id) references scope (org_id, id)
);

-- Resolves the organisation of a message: a Slack team or enterprise, a Teams tenant.
create table workspace (
  org_id int not null references organization,
  surface text not null check (surface in ('slack', 'teams')),
  workspace text not null,
  connected_at timestamptz not null,
  primary key (surface, workspace)
);

create table account_link (
  org_id int not null,
  surface text not null,
  workspace text not null,
  account text not null,
  person_id int not null,
  proof text not null check (proof in ('workspace_email', 'email_code', 'operator')),
  linked_at timestamptz not null,
  primary key (org_id, surface, workspace, account),
  foreign key (org_id, person_id) references person (org_id, id)
);

create table one_time_code (
  org_id int not null,
  id int generated by default as identity,
  purpose text not null check (purpose in ('link', 'command_line')),
  -- The account that asked; only it may redeem a link code.
  account text not null,
  person_id int not null,
  salt bytea not null,
  code_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  attempts_left int not null check (attempts_left >= 0),
  used_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, person_id) references person (org_id, id)
);
create index one_time_code_person on one_time_code (org_id, person_id, purpose);
create index one_time_code_account on one_time_code (org_id, account, purpose);

-- Bearer tokens of ingest; the hash resolves the organisation.
create table ingest_token (
  org_id int not null references organization,
  id int generated by default as identity,
  name text not null,
  token_hash bytea not null,
  -- Empty = any scope of the organisation.
  scope_ids int[] not null,
  created_by text not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  primary key (org_id, id)
);
create unique index ingest_token_hash on ingest_token (token_hash);

revoke all on function accountable_person(int, int, text), check_raci_complete(int),
  check_raci_row(), check_holders() from public;
grant execute on function accountable_person(int, int, text) to aispend_app;

grant select, insert, update on organization_policy, product, inventory_item, field_provenance,
  ingest_token to aispend_app;
grant select, insert, delete on person_delegation, scope_on_call, product_project, product_workflow,
  native_project, attribution_rule, price_agreement to aispend_app;
grant select, insert, update, delete on function_holder, raci, usage_source, workspace, account_link,
  one_time_code to aispend_app;
grant select, insert on scope_move to aispend_app;
