import type { FindingClass } from "./schema.ts";
import type { TickDesk } from "./tick-desk.ts";
import {
  findUse,
  isUsedBefore,
  type KeyUse,
  listKeyUse,
  noteUsed,
  type SeenDimension,
} from "./watch-store.ts";

/** An ownerless key is told of with what it cost in these days at most, at first. */
const LOOK_BACK_MS = 14 * 86_400_000;
const HOUR_MS = 3_600_000;

const CLASS_OF = {
  model: "new_model",
  provider: "new_provider",
  key: "new_key",
} as const satisfies Record<SeenDimension, FindingClass>;

/** Models, providers and keys that nobody used before: each is found once, and its cost followed. */
export async function judgeNewValues(
  desk: TickDesk,
  hours: { readonly from: Date; readonly to: Date },
): Promise<void> {
  const { tx, orgId } = desk;
  const values = (await noteUsed(tx, orgId, hours)).map(({ first, ...value }) => ({
    value,
    since: first,
  }));
  for (const finding of desk.known.values()) {
    const { kind, key } = finding.subject;
    if (finding.state === "resolved" || !finding.class.startsWith("new_")) continue;
    if (kind !== "model" && kind !== "provider" && kind !== "key") continue;
    values.push({ value: { dimension: kind, id: Number(key) }, since: finding.since });
  }
  for (const { value, since } of values) {
    const use = await findUse(tx, orgId, value, { since, to: hours.to });
    const subject = { kind: value.dimension, key: String(value.id) } as const;
    await desk.record({
      class: CLASS_OF[value.dimension],
      subject,
      scopeId: use.scopeId,
      since,
      seenAt: since,
      excess: use.cost,
      rate: ratePerHour(use.dayCost, since, hours.to),
      evidence: { detected: true },
    });
  }
}

/** Over the last day, or over the hours that it has been used. */
function ratePerHour(dayCost: bigint, since: Date, to: Date): bigint {
  const hours = Math.ceil((to.getTime() - since.getTime()) / HOUR_MS);
  return dayCost / BigInt(Math.min(24, Math.max(1, hours)));
}

/** Why a key should not be used any more, or by whom nobody knows; undefined where all is well. */
export function classOfKey(use: KeyUse): "ownerless_key" | "expired_key" | undefined {
  if (use.endedAt !== null) return "expired_key";
  if (use.owned) return undefined;
  return use.known || !use.attributed ? "ownerless_key" : undefined;
}

/**
 * Where a finding begins: where it began before, when the key ended or its owner left, else as far back
 * as it is looked.
 */
function lookedFrom(use: KeyUse, found: FindingClass, to: Date): Date {
  const back = new Date(to.getTime() - LOOK_BACK_MS);
  if (found === "expired_key" && use.endedAt !== null) return use.endedAt;
  return use.ownerLeftAt !== null && use.ownerLeftAt > back ? use.ownerLeftAt : back;
}

/** Spend of the last day on keys without an owner or after their expiry. */
export async function judgeKeys(desk: TickDesk, to: Date): Promise<void> {
  const { tx, orgId } = desk;
  for (const use of await listKeyUse(tx, orgId, to)) {
    const found = classOfKey(use);
    if (found === undefined) continue;
    const subject = { kind: "key", key: String(use.keyId) } as const;
    const before = desk.continued({ class: found, subject }, to);
    const since = before?.since ?? lookedFrom(use, found, to);
    const { cost, first, scopeId } = await findUse(
      tx,
      orgId,
      { dimension: "key", id: use.keyId },
      { since, to },
    );
    const began = first ?? since;
    const beganEarlier =
      before?.evidence.beganEarlier ??
      (found === "ownerless_key" &&
        (use.ownerLeftAt === null || use.ownerLeftAt < since) &&
        (await isUsedBefore(tx, orgId, use.keyId, began)));
    await desk.record({
      class: found,
      subject,
      scopeId,
      since: began,
      seenAt: new Date(to.getTime() - HOUR_MS),
      excess: cost,
      rate: use.dayCost / 24n,
      evidence: { detected: true, beganEarlier },
    });
  }
}
