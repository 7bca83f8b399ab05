import type { Pool } from "pg";
import type { Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import type { Clock } from "#core/time.ts";
import { type CallLines, createCallLines, eventsOf, type TakenCalls } from "./call-lines.ts";
import {
  insertCalls,
  listConflicts,
  type StagedCalls,
  sharedColumns,
  stageCalls,
} from "./call-store.ts";
import type { Months } from "./months.ts";
import type { Names } from "./names.ts";
import type { AppendOptions, OrgContext } from "./prepare.ts";
import { ROLLED_DIMENSIONS } from "./rollup.ts";
import type { AppendOutcome, UsageEvent } from "./schema.ts";

/** The way into the ledger for whoever meters calls one by one and appends them in batches. */
export interface Calls extends Pick<CallLines, "add" | "count" | "take"> {
  /**
   * Appends what was taken, in one transaction with `within` (which may run more than once). Returns
   * why calls were not taken; a batch may be given again when its end was not seen.
   */
  append(taken: TakenCalls, within: (tx: Tx) => Promise<void>): Promise<string[]>;
}

export interface CallDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly orgId: number;
  readonly contextOf: (orgId: number) => Promise<OrgContext>;
  readonly names: Names;
  readonly months: Months;
  /** The way of all other events. */
  readonly append: (
    orgId: number,
    events: readonly UsageEvent[],
    options: AppendOptions,
  ) => Promise<AppendOutcome[]>;
}

export function createCalls(deps: CallDeps): Calls {
  const { pool, clock, orgId, names, months } = deps;
  const lines = createCallLines(names, clock);
  return {
    add: lines.add,
    count: lines.count,
    take: lines.take,
    async append(taken, within) {
      const context = await deps.contextOf(orgId);
      lines.follow(context);
      // The organisation changed meanwhile, or there are names that have no id: the way of all others.
      if (taken.context !== context || taken.loose.length > 0) {
        const events = eventsOf(taken);
        const outcomes = await deps.append(orgId, events, { within });
        return faultsOf(pool, taken, events, outcomes);
      }
      await months.ensure(taken.shapes.map(({ entry }) => entry.day));
      const staged = stagedOf(taken, clock());
      return transaction(pool, async (tx) => {
        await stageCalls(tx, staged.lines);
        const inserted = await insertCalls(tx, staged);
        const conflicts = inserted < taken.count ? await listConflicts(tx, staged.shapes) : [];
        await within(tx);
        return conflicts.map(conflictReason);
      });
    },
  };
}

/**
 * A line's fingerprint is another than its event's. A batch that was booked as lines, its end not seen,
 * and is given again after the organisation changed is there with the same content all the same.
 */
async function faultsOf(
  pool: Pool,
  taken: TakenCalls,
  events: readonly UsageEvent[],
  outcomes: readonly AppendOutcome[],
): Promise<string[]> {
  const isDoubted = outcomes.some(({ state }) => state === "conflict");
  const conflicts = new Set(taken.loose.map(({ externalId }) => externalId));
  if (isDoubted) {
    const ids = await transaction(pool, async (tx) => {
      await stageCalls(tx, taken.lines);
      return listConflicts(tx, shapesOf(taken));
    });
    for (const id of ids) conflicts.add(id);
  }
  return outcomes.flatMap((outcome, index) => {
    if (outcome.state === "refused") return [outcome.reason];
    if (outcome.state !== "conflict") return [];
    return conflicts.has(events[index]?.externalId ?? "") ? [outcome.reason] : [];
  });
}

function conflictReason(id: string): string {
  return `'${id}' came before with another content`;
}

function shapesOf({ shapes }: TakenCalls): string {
  return JSON.stringify(shapes.map(sharedColumns));
}

function stagedOf(taken: TakenCalls, recordedAt: Date): StagedCalls {
  const { lines, shapes } = taken;
  return {
    lines,
    shapes: shapesOf(taken),
    dimensions: ROLLED_DIMENSIONS.filter((dimension) =>
      shapes.some(({ entry }) => entry[`${dimension}_id`] !== 0),
    ),
    recordedAt,
  };
}
