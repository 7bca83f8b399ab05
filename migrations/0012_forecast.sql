-- Up Migration
-- Every forecast as it was made, with what it was made from, and what became of it. Nano-USD.
create table forecast (
  org_id int not null references organization,
  subject_kind text not null check (subject_kind in ('scope', 'workflow', 'product', 'key')),
  subject_id int not null,
  horizon text not null check (horizon in ('month', 'quarter', 'year')),
  -- Half-open local days.
  period_start date not null,
  period_end date not null,
  -- The first day that was not over.
  as_of date not null,
  -- '' for the product's own; else the assumptions of the one who asked.
  assumptions text not null default '',
  made_at timestamptz not null,
  spent bigint not null,
  p10 bigint not null,
  p50 bigint not null,
  p90 bigint not null,
  p99 bigint not null,
  -- What the whole period costs at the pace of its days that were over; null on its first day.
  run_rate bigint,
  history_days int not null,
  -- Sums over the history that it was made from: calls, tokens, growth.
  inputs jsonb not null,
  actual bigint,
  scored_at timestamptz,
  primary key (org_id, subject_kind, subject_id, horizon, period_start, as_of, assumptions),
  check (period_start < period_end and as_of >= period_start and as_of < period_end),
  check (p10 <= p50 and p50 <= p90 and p90 <= p99),
  check ((actual is null) = (scored_at is null))
);
create index forecast_closed on forecast (org_id, period_end) where actual is null;

grant select, insert on forecast to aispend_app;
grant update (actual, scored_at) on forecast to aispend_app;
