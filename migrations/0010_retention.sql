-- Up Migration
-- Erasing and closing run with the owner's rights, through these functions only.

-- Entries before `before` no longer say who; their amounts stay.
create function erase_persons_before(org int, before date) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  erased bigint;
  since date := (select person_erased_before from public.organization where id = org);
begin
  if before <= since then
    return 0;
  end if;
  update public.organization set person_erased_before = before where id = org;
  update public.ledger_entry
    set person_id = 0, end_user = null, session = null, trace = null
    where org_id = org and local_day < before and day <= before
      and (person_id <> 0 or end_user is not null or session is not null or trace is not null);
  get diagnostics erased = row_count;
  delete from public.rollup_dimension
    where org_id = org and dimension = 'person' and local_day < before;
  -- West of Greenwich a local day ends up to half a UTC day later.
  delete from public.agent_hour_person
    where org_id = org and hour < (before + 1)::timestamp at time zone 'UTC';
  update public.ledger_trace set event = event - 'trace'
    where org_id = org and day < before and event ? 'trace';
  return erased;
end
$$;

create function erase_hours_before(org int, before timestamptz) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  erased bigint;
begin
  update public.organization set hours_erased_before = before
    where id = org and hours_erased_before < before;
  if not found then
    return 0;
  end if;
  delete from public.rollup_hour where org_id = org and hour < before;
  get diagnostics erased = row_count;
  delete from public.agent_hour_person where org_id = org and hour < before;
  return erased;
end
$$;

-- Closes every local day before the first of a month: totals go to ledger_closing, entries and
-- rollups go, and a partition that nobody uses any more is dropped.
create function close_months_before(org int, before date) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  closed bigint;
  part record;
  used boolean;
  everybody date;
begin
  if before <> date_trunc('month', before)::date then
    raise exception 'close_months_before wants the first of a month, not %', before;
  end if;
  update public.organization set entries_erased_before = before
    where id = org and entries_erased_before < before;
  if not found then
    return 0;
  end if;
  insert into public.ledger_closing (org_id, month, team_id, provider_id, model_id, requests, cost)
    select org_id, date_trunc('month', local_day)::date, team_id, provider_id, model_id,
      sum(requests)::bigint, sum(cost)::bigint
    from public.rollup_day where org_id = org and local_day < before
    group by 1, 2, 3, 4, 5
    -- A change of the zone can move entries into a month that was closed before.
    on conflict (org_id, month, team_id, provider_id, model_id) do update
      set requests = ledger_closing.requests + excluded.requests,
        cost = ledger_closing.cost + excluded.cost;
  delete from public.rollup_day where org_id = org and local_day < before;
  delete from public.rollup_dimension where org_id = org and local_day < before;
  perform public.erase_hours_before(org, (before + 1)::timestamp at time zone 'UTC');
  delete from public.ledger_trace where org_id = org and day < before;
  delete from public.ledger_entry where org_id = org and local_day < before and day <= before;
  get diagnostics closed = row_count;
  -- Another organisation that keeps longer may yet write there.
  select min(entries_erased_before) into everybody from public.organization;
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.ledger_entry'::regclass
      and everybody > '-infinity'
      and c.relname < 'ledger_entry_' || to_char(everybody, 'YYYYMM')
  loop
    execute format('select exists (select from public.%I)', part.relname) into used;
    if not used then
      execute format('drop table public.%I', part.relname);
    end if;
  end loop;
  return closed;
end
$$;

-- Another zone means other local days for every entry, so the daily rollups are made anew.
create function rebuild_local_days(org int, zone text) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  changed bigint;
begin
  update public.organization set time_zone = zone, revision = revision + 1 where id = org;
  update public.ledger_entry set local_day = (occurred_at at time zone zone)::date
    where org_id = org and local_day <> (occurred_at at time zone zone)::date;
  get diagnostics changed = row_count;
  delete from public.rollup_day where org_id = org;
  delete from public.rollup_dimension where org_id = org;
  return changed;
end
$$;

revoke all on function erase_persons_before(int, date), erase_hours_before(int, timestamptz),
  close_months_before(int, date), rebuild_local_days(int, text) from public;
grant execute on function erase_persons_before(int, date), erase_hours_before(int, timestamptz)
  to aispend_app;
