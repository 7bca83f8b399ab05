-- Up Migration
-- Targets of KPIs, and of the unit economics of a workflow; without a row the product's own hold.
create table kpi_target (
  org_id int not null references organization,
  kpi text not null check (kpi in ('attribution_coverage', 'forecast_accuracy', 'budget_variance',
    'cache_hit_rate')),
  -- Above, or within, this many percent.
  percent numeric not null check (percent >= 0 and percent <= 100),
  primary key (org_id, kpi)
);

create table workflow_target (
  org_id int not null references organization,
  workflow text not null check (workflow <> ''),
  -- What a success is called: "resolved ticket".
  outcome text,
  -- Nano-USD of a successful outcome: at most this, and what a person costs for the same.
  cost_per_outcome bigint check (cost_per_outcome > 0),
  human_baseline bigint check (human_baseline > 0),
  cache_hit_percent numeric check (cache_hit_percent between 0 and 100),
  primary key (org_id, workflow)
);

grant select, insert, update, delete on kpi_target, workflow_target to aispend_app;
