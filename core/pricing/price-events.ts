import type { Db, Tx } from "#core/db/db.ts";
import { listModelVolumes, type ModelVolume } from "#core/ledger/model-volumes.ts";
import { absolute } from "#core/money.ts";
import { addDays, type Day, utcDay } from "#core/time.ts";
import { findPrice } from "./find-price.ts";
import type { PriceBook } from "./price-book.ts";
import { effectOf } from "./price-effect.ts";
import type { PriceDisagreement, PriceEvent, SeenPrice } from "./price-event.ts";
import {
  insertPriceEvent,
  listDisagreements,
  listPriceEventRows,
  listSeenPrices,
  replaceDisagreements,
  saveSeenPrice,
} from "./price-event-store.ts";
import type { PriceLine } from "./price-lines.ts";

/** Teams are told so long before a dated change. */
const AHEAD_DAYS = 30;
const VOLUME_DAYS = 30;

export interface PriceWatch {
  readonly orgId: number;
  readonly book: PriceBook;
  /** In the organisation's zone. */
  readonly today: Day;
  readonly now: Date;
}

/**
 * Looks at every model of the last 30 days: a price that is another one than when it was looked at
 * last (a new list, a new agreement), and one that its list dates within 30 days, become events with
 * their effect per team at that volume. Returns those that are new; run again it returns none.
 */
export async function recordPriceEvents(tx: Tx, watch: PriceWatch): Promise<PriceEvent[]> {
  const { orgId, today, now } = watch;
  const period = { start: addDays(today, -VOLUME_DAYS), end: today };
  const volumes = await listModelVolumes(tx, orgId, period);
  const seen = new Map((await listSeenPrices(tx, orgId)).map((one) => [nameOf(one), one]));
  const found: PriceEvent[] = [];
  for (const group of byModel(volumes)) {
    const [first] = group;
    if (first === undefined) continue;
    const { provider, model } = first;
    const price = priceOn(watch, first, today);
    if (price === undefined) continue;
    const { lines } = price;
    const before = seen.get(nameOf(first));
    const change = changeOf(watch, first, before, price);
    if (change !== undefined) {
      const event = eventOf(change, group, { provider, model, foundAt: now });
      const id = await insertPriceEvent(tx, orgId, event);
      if (id !== undefined) found.push({ ...event, id });
    }
    await saveSeenPrice(tx, orgId, { provider, model, lines, seenOn: today });
  }
  return found;
}

/** The latest first, at most `limit`. */
export function listPriceEvents(db: Db, orgId: number, limit: number): Promise<PriceEvent[]> {
  return listPriceEventRows(db, orgId, limit);
}

function nameOf({ provider, model }: Pick<SeenPrice, "provider" | "model">): string {
  return `${provider}\n${model}`;
}

function byModel(volumes: readonly ModelVolume[]): ModelVolume[][] {
  const groups = new Map<string, ModelVolume[]>();
  for (const volume of volumes) {
    const group = groups.get(nameOf(volume));
    if (group === undefined) groups.set(nameOf(volume), [volume]);
    else group.push(volume);
  }
  return [...groups.values()];
}

interface Price {
  readonly lines: readonly PriceLine[];
  /** Its first day, where the list dates it. */
  readonly from: Day | undefined;
}

/** Undefined where the model is unpriced. */
function priceOn(
  { book }: PriceWatch,
  { provider, model }: Pick<ModelVolume, "provider" | "model">,
  day: Day,
): Price | undefined {
  const price = findPrice(book, provider, model, new Date(`${day}T12:00:00Z`));
  if (price.state !== "found") return undefined;
  const { from, lines } = price;
  return { lines, from: from === undefined ? undefined : utcDay(new Date(from)) };
}

function isSame(left: readonly PriceLine[], right: readonly PriceLine[]): boolean {
  const text = (lines: readonly PriceLine[]) =>
    lines
      .map(({ unit, price, above, hours }) => JSON.stringify([unit, price, above, hours]))
      .sort()
      .join();
  return text(left) === text(right);
}

interface Change {
  readonly effectiveOn: Day;
  readonly oldLines: readonly PriceLine[];
  readonly newLines: readonly PriceLine[];
}

/** What changed since it was looked at last, else the first day ahead with another price. */
function changeOf(
  watch: PriceWatch,
  of: ModelVolume,
  before: SeenPrice | undefined,
  { lines, from }: Price,
): Change | undefined {
  const { today } = watch;
  if (before !== undefined && !isSame(before.lines, lines)) {
    const isDated = from !== undefined && from > before.seenOn && from <= today;
    return { effectiveOn: isDated ? from : today, oldLines: before.lines, newLines: lines };
  }
  for (let ahead = 1; ahead <= AHEAD_DAYS; ahead += 1) {
    const day = addDays(today, ahead);
    const next = priceOn(watch, of, day);
    if (next !== undefined && !isSame(lines, next.lines)) {
      return { effectiveOn: day, oldLines: lines, newLines: next.lines };
    }
  }
  return undefined;
}

function eventOf(
  change: Change,
  volumes: readonly ModelVolume[],
  about: Pick<PriceEvent, "provider" | "model" | "foundAt">,
): Omit<PriceEvent, "id"> {
  const teams = volumes.flatMap((volume) => {
    const effect = effectOf(change.oldLines, change.newLines, volume);
    return effect === undefined || effect === 0n ? [] : [{ teamId: volume.teamId, effect }];
  });
  return {
    ...about,
    ...change,
    monthlyEffect: teams.reduce((sum, { effect }) => sum + effect, 0n),
    teams: teams.sort((a, b) => (absolute(a.effect) < absolute(b.effect) ? 1 : -1)),
  };
}

/** Keeps what a check of one published list has found, in the caller's transaction. */
export function keepDisagreements(
  tx: Tx,
  args: { orgId: number; list: string; found: readonly PriceDisagreement[]; now: Date },
): Promise<void> {
  return replaceDisagreements(tx, args.orgId, args.list, args.found, args.now);
}

export function findDisagreements(
  db: Db,
  orgId: number,
  of: { provider: string; model: string },
): Promise<PriceDisagreement[]> {
  return listDisagreements(db, orgId, of);
}
