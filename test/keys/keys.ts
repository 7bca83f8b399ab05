import type pg from "pg";
import type { KeyAsk } from "#core/keys/asking.ts";
import { type DecideRequest, type Decision, decideRequest } from "#core/keys/decision.ts";
import { type Asked, requestKey } from "#core/keys/request-service.ts";
import { parseDay } from "#core/time.ts";
import { type Acme, NOW, personId } from "#test/chat/acme.ts";

export const DOLLAR = 1_000_000_000n;

export function person(acme: Acme, key: string) {
  return { personId: personId(acme, key), actorAccount: `slack:T1:${key}`, surface: "slack" };
}

export function scopeId(acme: Acme, path: string): number {
  const id = acme.scopes.get(path);
  if (id === undefined) throw new Error(`no scope '${path}'`);
  return id;
}

/** The request of messages.md, by u1 for payments. */
export function askOf(acme: Acme, change: Partial<KeyAsk> = {}): KeyAsk {
  return {
    scopeId: scopeId(acme, "payments"),
    ownerId: personId(acme, "u1"),
    useCase: "nightly dispute tagging",
    environment: "ci",
    ciJob: "tag-disputes",
    models: ["claude-haiku-4-5"],
    capAmount: 200n * DOLLAR,
    capPeriod: "month",
    untilDay: parseDay("2027-01-31"),
    ...change,
  };
}

export function askAs(
  pool: pg.Pool,
  acme: Acme,
  who: string,
  change: Partial<KeyAsk> = {},
  now = NOW,
): Promise<Asked> {
  const by = person(acme, who);
  const ask = askOf(acme, { ownerId: by.personId, ...change });
  return requestKey(pool, ask, { orgId: acme.orgId, by, now });
}

export function decideAs(
  pool: pg.Pool,
  acme: Acme,
  who: string,
  id: number,
  decision: Decision = { kind: "approve" },
  more: Partial<DecideRequest> = {},
) {
  const by = person(acme, who);
  return decideRequest(pool, { orgId: acme.orgId, id, decision, by, now: NOW, ...more });
}

/** What refused: the code of an AispendError; "ok" where nothing did. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "ok",
    (error: unknown) => String((error as { code?: unknown }).code ?? error),
  );
}

export async function setBudget(
  owner: pg.Pool,
  acme: Acme,
  path: string,
  amount: bigint,
): Promise<void> {
  await owner.query(
    `insert into budget (org_id, subject_kind, subject_id, kind, period, unit, amount, thresholds,
       state, origin, reason, valid_from, created_at)
     values ($1, 'scope', $2, 'budget', 'month', 'usd', $3, '{50,80,100}', 'live', 'chat', 'test',
       '2026-11-01', now())`,
    [acme.orgId, scopeId(acme, path), amount],
  );
}

export async function clearKeys(owner: pg.Pool): Promise<void> {
  await owner.query(`delete from key_secret; delete from key_approval; delete from virtual_key;
    delete from key_request; delete from traffic_block; delete from cap_raise; delete from budget;
    delete from outbox; update organization_policy set key_policy = null, models = null,
    self_approval = false; update scope set models = null`);
}
