-- Up Migration
-- The days of bills, which detectors read without the rest: metered rows are not in it.
create index rollup_day_billed on rollup_day (org_id, local_day) where billed_cost <> 0;
