import type { Tx } from "#core/db/db.ts";
import { amountAt, type Cap, periodOf } from "#core/enforcement/cap.ts";
import { loadCaps } from "#core/enforcement/load-caps.ts";
import { listCapCounters } from "#core/enforcement/reap.ts";
import { AispendError } from "#core/errors.ts";
import { listKeys } from "#core/keys/lookup.ts";
import type { VirtualKey } from "#core/keys/schema.ts";
import { resolveRaci } from "#core/org/raci.ts";
import { addDays, localDay } from "#core/time.ts";
import { namedScope } from "../names/find-named.ts";
import { spellName, spellNamed } from "../subject.ts";
import { CAP_SIGNALS, capCardBody, capSignal, committed } from "./cap-card.ts";
import type { CardSetting } from "./load-card.ts";
import { owe, placesFor } from "./tell.ts";

const YEAR_DAYS = 366;

interface Placed {
  readonly scopeId: number;
  readonly command: string;
  readonly owners: readonly number[];
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
    return { scopeId, command, owners: actingId === undefined ? owners : [...owners, actingId] };
  } catch (error) {
    if (error instanceof AispendError) return { scopeId, command, owners };
    throw error;
  }
}

/**
 * Tells of caps that are at 80 or 95%, or reached: each once a period and amount, the later under
 * the first, to who owns it and, once it is reached, to the channel. Returns how many crossed.
 */
export async function tellCaps(tx: Tx, setting: CardSetting): Promise<number> {
  const { org, now } = setting;
  const { caps, timeZone } = await loadCaps(tx, org.id, now);
  if (caps.length === 0) return 0;
  const today = localDay(now, timeZone);
  const counters = await listCapCounters(tx, org.id, addDays(today, -YEAR_DAYS));
  const listed = await listKeys(tx, { orgId: org.id, limit: 100_000 });
  const keys = new Map(listed.map((key) => [key.dimensionId, key]));
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
    const { scopeId, command, owners } = place;
    const body = capCardBody({ cap, counter, signal, today, now, timeZone, command });
    const thread = `cap:${cap.subject.kind}:${cap.subject.id}:${cap.period}:${start}`;
    const places = await placesFor(tx, org.id, scopeId, owners);
    for (const at of places.filter(
      ({ destination }) => signal === 100 || destination.startsWith("person:"),
    )) {
      await owe(tx, setting, {
        at,
        body,
        kind: "cap_alert",
        placement: signal === CAP_SIGNALS[0] ? "post" : "thread",
        threadKey: thread,
        fact: `${thread}:${amount}:${signal}`,
        urgency: signal === 100 ? "urgent" : "report",
      });
    }
  }
  return crossed;
}
