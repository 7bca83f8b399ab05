import type { Db, Tx } from "#core/db/db.ts";
import type { PriceDisagreement, PriceEvent, SeenPrice } from "./price-event.ts";

export async function listSeenPrices(db: Db, orgId: number): Promise<SeenPrice[]> {
  const { rows } = await db.query<SeenPrice>(
    `select provider, model, lines, seen_on as "seenOn" from price_seen where org_id = $1`,
    [orgId],
  );
  return rows;
}

export async function saveSeenPrice(tx: Tx, orgId: number, seen: SeenPrice): Promise<void> {
  await tx.query(
    `insert into price_seen (org_id, provider, model, lines, seen_on) values ($1, $2, $3, $4, $5)
     on conflict (org_id, provider, model) do update
       set lines = excluded.lines, seen_on = excluded.seen_on`,
    [orgId, seen.provider, seen.model, JSON.stringify(seen.lines), seen.seenOn],
  );
}

/** The id; undefined when the change of that day was there before. */
export async function insertPriceEvent(
  tx: Tx,
  orgId: number,
  event: Omit<PriceEvent, "id">,
): Promise<number | undefined> {
  const teams = event.teams.map(({ teamId, effect }) => ({ teamId, effect: effect.toString() }));
  const { rows } = await tx.query<{ id: number }>(
    `insert into price_event (org_id, provider, model, effective_on, old_lines, new_lines,
       monthly_effect, teams, found_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (org_id, provider, model, effective_on) do nothing returning id`,
    [
      orgId,
      event.provider,
      event.model,
      event.effectiveOn,
      JSON.stringify(event.oldLines),
      JSON.stringify(event.newLines),
      event.monthlyEffect,
      JSON.stringify(teams),
      event.foundAt,
    ],
  );
  return rows[0]?.id;
}

/** The latest first. */
export async function listPriceEventRows(
  db: Db,
  orgId: number,
  limit: number,
): Promise<PriceEvent[]> {
  const { rows } = await db.query<
    Omit<PriceEvent, "teams"> & { teams: { teamId: number; effect: string }[] }
  >(
    `select id, provider, model, effective_on as "effectiveOn", old_lines as "oldLines",
       new_lines as "newLines", monthly_effect as "monthlyEffect", teams, found_at as "foundAt"
     from price_event where org_id = $1 order by effective_on desc, id desc limit $2`,
    [orgId, limit],
  );
  return rows.map(({ teams, ...event }) => ({
    ...event,
    teams: teams.map(({ teamId, effect }) => ({ teamId, effect: BigInt(effect) })),
  }));
}

/** What a check of one list has found, in place of what it found before. */
export async function replaceDisagreements(
  tx: Tx,
  orgId: number,
  list: string,
  found: readonly PriceDisagreement[],
  now: Date,
): Promise<void> {
  await tx.query("delete from price_disagreement where org_id = $1 and list = $2", [orgId, list]);
  await tx.query(
    `insert into price_disagreement (org_id, provider, model, unit, list, ours, theirs, checked_at)
     select $1, t.provider, t.model, t.unit, $2, t.ours, t.theirs, $3
     from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
       t (provider, model, unit, ours, theirs)`,
    [
      orgId,
      list,
      now,
      found.map(({ provider }) => provider),
      found.map(({ model }) => model),
      found.map(({ unit }) => unit),
      found.map(({ ours }) => ours),
      found.map(({ theirs }) => theirs),
    ],
  );
}

export async function listDisagreements(
  db: Db,
  orgId: number,
  of: { provider: string; model: string },
): Promise<PriceDisagreement[]> {
  const { rows } = await db.query<PriceDisagreement>(
    `select provider, model, unit, list, ours, theirs from price_disagreement
     where org_id = $1 and provider = $2 and model = $3 order by list, unit`,
    [orgId, of.provider, of.model],
  );
  return rows;
}
