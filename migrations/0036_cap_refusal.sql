-- Up Migration
-- How many calls each cap refused on a day (in the organisation's zone): written in batches by the
-- gateways, never in the path of a request. What a cap in its shadow days would have refused is in
-- cap_counter.
create table cap_refusal (
  org_id int not null references organization,
  -- As cap_counter names it.
  subject_kind text not null check (subject_kind in ('scope', 'key')),
  subject_id int not null,
  period text not null check (period in ('day', 'week', 'month', 'quarter', 'year')),
  day date not null,
  refused bigint not null check (refused > 0),
  last_at timestamptz not null,
  primary key (org_id, subject_kind, subject_id, period, day)
);
create index cap_refusal_day on cap_refusal (org_id, day);

-- Hard caps are in US dollars and on the chain of a key: anything else would be a promise that no
-- gateway keeps (docs/decisions/0036-caps-in-dollars-on-the-chain.md).
alter table budget add constraint budget_cap_enforced
  check (kind <> 'cap' or (unit = 'usd' and subject_kind in ('scope', 'key')));

grant select, insert on cap_refusal to aispend_app;
grant update (refused, last_at) on cap_refusal to aispend_app;
