import type { Tx } from "#core/db/db.ts";
import { amountAt, type Cap, periodOf } from "#core/enforcement/cap.ts";
import { loadCaps } from "#core/enforcement/load-caps.ts";
import { listCapCounters } from "#core/enforcement/reap.ts";
import { AispendError } from "#core/errors.ts";
import { heldAt } from "#core/keys/key-gateway.ts";
import { listKeys } from "#core/keys/lookup.ts";
import { type Held, OWN_GATEWAY, type VirtualKey } from "#core/keys/schema.ts";
import { resolveRaci } from "#core/org/raci.ts";
import { addDays, localDay } from "#core/time.ts";
import { namedScope } from "../names/find-named.ts";
import { spellName, spellNamed } from "../subject.ts";
import { CAP_SIGNALS, capCardBody, capSignal, committed } from "./cap-card.ts";
import { loadRefusals } from "./cap-refusals.ts";
import type { CardSetting } from "./load-card.ts";
import { owe, placesFor } from "./tell.ts";

const YEAR_DAYS = 366;

interface Placed {
  readonly scopeId: number;
  readonly command: string;
  readonly owners: readonly number[];
  readonly key: VirtualKey | undefined;
}

function elsewhereOf(tx: Tx, key: VirtualKey | undefined): Promise<Held> | undefined {
  return key === undefined || key.gateway === OWN_GATEWAY ? undefined : heldAt(tx, key);
}

function placeOf(
  { org, roster, now }: CardSetting,
  { subject }: Cap,
  keys: ReadonlyMap<number, VirtualKey>,
): Placed | undefined {
  const key = subject.kind === "key" ? keys.get(subject.id) : undefined;
  const scope = org.scopes.find(({ id }) => id === subject.id);
  if (subject.kind === "key" && key === undefined) return undefined;
  const scopeId = key?.scopeId ?? subject.id;
  const command =
    key !== undefined
      ? `key ${spellName(key.name)}`
      : scope === undefined
        ? "org"
        : spellNamed(namedScope(scope));
  const owners = key === undefined ? [] : [key.ownerId];
  try {
    const { actingId } = resolveRaci(roster, "attribute_spend", scopeId, now).accountable;
    const all = actingId === undefined ? owners : [...owners, actingId];
    return { scopeId, command, owners: all, key };
  } catch (error) {
    if (error instanceof AispendError) return { scopeId, command, owners, key };
    throw error;
  }
}

/** The greatest of 1, 2, 5, 10, 20, 50 ... that a count has reached: when it is told anew. */
function milestone(count: bigint): bigint {
  let power = 1n;
  while (power * 10n <= count) power *= 10n;
  return [5n, 2n].map((step) => power * step).find((step) => step <= count) ?? power;
}

/**
 * Tells of caps that are at 80 or 95%, or reached: each once a period and amount, the later under
 * the first, to who owns it and, once it is reached, to the channel. The first message shows the cap
 * as it is, with what it refused. Returns how many crossed.
 */
export async function tellCaps(tx: Tx, setting: CardSetting): Promise<number> {
  const { org, now } = setting;
  const { caps, timeZone } = await loadCaps(tx, org.id, now);
  if (caps.length === 0) return 0;
  const today = localDay(now, timeZone);
  const counters = await listCapCounters(tx, org.id, addDays(today, -YEAR_DAYS));
  const listed = await listKeys(tx, { orgId: org.id, limit: 100_000 });
  const keys = new Map(listed.map((key) => [key.dimensionId, key]));
  const refusedBy = await loadRefusals(tx, org.id, caps, today);
  let crossed = 0;
  for (const cap of caps) {
    const { start } = periodOf(cap, today);
    const counter = counters.find(
      ({ subjectKind, subjectId, period, periodStart }) =>
        subjectKind === cap.subject.kind &&
        subjectId === cap.subject.id &&
        period === cap.period &&
        periodStart === start,
    );
    const amount = amountAt(cap, now);
    const signal = counter && capSignal(committed(counter), amount);
    const place = placeOf(setting, cap, keys);
    if (counter === undefined || signal === undefined || place === undefined) continue;
    crossed += 1;
    const { scopeId, command, owners, key } = place;
    const refused = refusedBy(cap);
    const elsewhere = await elsewhereOf(tx, key);
    const card = { cap, counter, elsewhere, signal, refused, today, now, timeZone, command };
    const body = capCardBody(card);
    const thread = `cap:${cap.subject.kind}:${cap.subject.id}:${cap.period}:${start}`;
    const places = await placesFor(tx, { orgId: org.id, scopeId, kind: "cap_alert" }, owners);
    const state = `${thread}:${amount}:${signal}`;
    const shared = {
      body,
      kind: "cap_alert",
      threadKey: thread,
      urgency: signal === 100 ? "urgent" : "report",
    } as const;
    const isFirst = signal === CAP_SIGNALS[0];
    const count = refused === undefined ? 0n : milestone(refused.refused);
    for (const at of places.filter(
      ({ destination }) => signal === 100 || destination.startsWith("person:"),
    )) {
      const placement = isFirst ? "post" : "thread";
      await owe(tx, setting, { ...shared, at, placement, fact: state });
      if (isFirst && count === 0n) continue;
      const fact = `${state}:now:${count}`;
      await owe(tx, setting, { ...shared, at, placement: "update", fact });
    }
  }
  return crossed;
}
