-- Up Migration
-- sum(bigint) adds up as numeric, which takes twice as long and so much memory that a batch spills to
-- disk. Sums of the ledger are bigint; past its bounds this fails, as a cast would.
create aggregate sum_bigint(bigint) (
  sfunc = int8pl, stype = bigint, initcond = '0', combinefunc = int8pl, parallel = safe
);
grant execute on function sum_bigint(bigint) to aispend_app;

-- The days of bills stood in one hour each, which no reader took for an hour. Rows that hold a bill are
-- made anew from what was metered in them.
create temp table billed_hour on commit drop as
  select distinct org_id, date_trunc('hour', occurred_at, 'UTC') as hour, agent_id, model_id, key_id
  from ledger_entry
  where basis <> 'metered' and kind <> 'correction';

delete from rollup_hour r using billed_hour b
where r.org_id = b.org_id and r.hour = b.hour and r.agent_id = b.agent_id
  and r.model_id = b.model_id and r.key_id = b.key_id;

insert into rollup_hour (org_id, hour, agent_id, model_id, key_id, requests, errors, input_tokens,
  cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, input_cost,
  cache_read_cost, cache_write_cost, output_cost, reasoning_cost, other_cost, cost, list_cost,
  reported_cost, reported_requests, unpriced_requests, unpriced_tokens, billed_cost,
  reconciliation_cost, last_recorded_at)
select e.org_id, b.hour, e.agent_id, e.model_id, e.key_id, sum(e.request_count)::bigint,
  sum(e.error_count)::bigint, sum(coalesce(e.input_tokens, 0))::bigint,
  sum(e.cache_read_tokens)::bigint, sum(e.cache_write_tokens)::bigint,
  sum(coalesce(e.output_tokens, 0))::bigint, sum(e.reasoning_tokens)::bigint,
  sum(e.input_cost)::bigint, sum(e.cache_read_cost)::bigint, sum(e.cache_write_cost)::bigint,
  sum(e.output_cost)::bigint, sum(e.reasoning_cost)::bigint, sum(e.other_cost)::bigint,
  sum(e.cost)::bigint, sum(e.list_cost)::bigint, sum(coalesce(e.reported_cost, 0))::bigint,
  sum(case when e.reported_cost is null then 0 else e.request_count end)::bigint,
  sum(case when e.price_id = 0 then e.request_count else 0 end)::bigint,
  sum(case when e.price_id = 0
    then coalesce(e.input_tokens, 0) + coalesce(e.output_tokens, 0) else 0 end)::bigint,
  0, 0, max(e.recorded_at)
from ledger_entry e
join organization o on o.id = e.org_id
join billed_hour b on b.org_id = e.org_id
  and b.hour = date_trunc('hour', e.occurred_at, 'UTC') and b.agent_id = e.agent_id
  and b.model_id = e.model_id and b.key_id = e.key_id
where e.basis = 'metered' and e.kind <> 'correction' and e.occurred_at >= o.hours_erased_before
group by 1, 2, 3, 4, 5;

create temp table billed_hour_person on commit drop as
  select distinct org_id, date_trunc('hour', occurred_at, 'UTC') as hour, agent_id, person_id
  from ledger_entry
  where basis <> 'metered' and kind <> 'correction' and person_id <> 0;

delete from agent_hour_person r using billed_hour_person b
where r.org_id = b.org_id and r.hour = b.hour and r.agent_id = b.agent_id
  and r.person_id = b.person_id;

insert into agent_hour_person (org_id, hour, agent_id, person_id, requests)
select e.org_id, b.hour, e.agent_id, e.person_id, sum(e.request_count)::bigint
from ledger_entry e
join organization o on o.id = e.org_id
join billed_hour_person b on b.org_id = e.org_id
  and b.hour = date_trunc('hour', e.occurred_at, 'UTC') and b.agent_id = e.agent_id
  and b.person_id = e.person_id
where e.basis = 'metered' and e.kind <> 'correction' and e.occurred_at >= o.hours_erased_before
  and e.occurred_at >= (o.person_erased_before + 1)::timestamp at time zone 'UTC'
group by 1, 2, 3, 4;
