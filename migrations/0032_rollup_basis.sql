-- Up Migration
-- How much of a rollup's cost was billed or reconciled; the rest was metered.
alter table rollup_day
  add column billed_cost bigint not null default 0,
  add column reconciliation_cost bigint not null default 0;
alter table rollup_hour
  add column billed_cost bigint not null default 0,
  add column reconciliation_cost bigint not null default 0;
alter table rollup_dimension
  add column billed_cost bigint not null default 0,
  add column reconciliation_cost bigint not null default 0;

update rollup_day r
set billed_cost = s.billed, reconciliation_cost = s.reconciliation
from (
  select org_id, team_id, local_day, project_id, agent_id, provider_id, model_id, key_id,
    coalesce(sum(cost) filter (where basis = 'billed'), 0)::bigint as billed,
    coalesce(sum(cost) filter (where basis = 'reconciliation'), 0)::bigint as reconciliation
  from ledger_entry
  where basis <> 'metered'
  group by 1, 2, 3, 4, 5, 6, 7, 8
) s
where r.org_id = s.org_id and r.team_id = s.team_id and r.local_day = s.local_day
  and r.project_id = s.project_id and r.agent_id = s.agent_id and r.provider_id = s.provider_id
  and r.model_id = s.model_id and r.key_id = s.key_id;

update rollup_hour r
set billed_cost = s.billed, reconciliation_cost = s.reconciliation
from (
  select org_id, date_trunc('hour', occurred_at, 'UTC') as hour, agent_id, model_id, key_id,
    coalesce(sum(cost) filter (where basis = 'billed'), 0)::bigint as billed,
    coalesce(sum(cost) filter (where basis = 'reconciliation'), 0)::bigint as reconciliation
  from ledger_entry
  where basis <> 'metered' and kind <> 'correction'
  group by 1, 2, 3, 4, 5
) s
where r.org_id = s.org_id and r.hour = s.hour and r.agent_id = s.agent_id
  and r.model_id = s.model_id and r.key_id = s.key_id;

update rollup_dimension r
set billed_cost = s.billed, reconciliation_cost = s.reconciliation
from (
  select e.org_id, v.dimension, v.value_id, e.local_day, e.team_id, e.project_id, e.model_id,
    coalesce(sum(e.cost) filter (where e.basis = 'billed'), 0)::bigint as billed,
    coalesce(sum(e.cost) filter (where e.basis = 'reconciliation'), 0)::bigint as reconciliation
  from ledger_entry e
  cross join lateral (values ('workflow', e.workflow_id), ('product', e.product_id),
    ('customer', e.customer_id), ('person', e.person_id), ('feature', e.feature_id),
    ('environment', e.environment_id)) v (dimension, value_id)
  where e.basis <> 'metered' and v.value_id <> 0
  group by 1, 2, 3, 4, 5, 6, 7
) s
where r.org_id = s.org_id and r.dimension = s.dimension and r.value_id = s.value_id
  and r.local_day = s.local_day and r.team_id = s.team_id and r.project_id = s.project_id
  and r.model_id = s.model_id;
