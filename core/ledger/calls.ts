import type { Pool } from "pg";
import type { Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import type { Clock } from "#core/time.ts";
import { type CallLines, createCallLines, eventsOf, type TakenCalls } from "./call-lines.ts";
import { insertCalls, listConflicts, type StagedCalls, sharedColumns } from "./call-store.ts";
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
        const outcomes = await deps.append(orgId, eventsOf(taken), { within });
        return outcomes.flatMap(faultOf);
      }
      await months.ensure(taken.shapes.map(({ entry }) => entry.day));
      const staged = stagedOf(taken, clock());
      return transaction(pool, async (tx) => {
        const inserted = await insertCalls(tx, staged);
        const conflicts = inserted < taken.count ? await listConflicts(tx, staged.shapes) : [];
        await within(tx);
        return conflicts.map((id) => `'${id}' came before with another content`);
      });
    },
  };
}

function faultOf(outcome: AppendOutcome): string[] {
  return outcome.state === "refused" || outcome.state === "conflict" ? [outcome.reason] : [];
}

function stagedOf({ lines, shapes }: TakenCalls, recordedAt: Date): StagedCalls {
  return {
    lines,
    shapes: JSON.stringify(shapes.map(sharedColumns)),
    dimensions: ROLLED_DIMENSIONS.filter((dimension) =>
      shapes.some(({ entry }) => entry[`${dimension}_id`] !== 0),
    ),
    recordedAt,
  };
}
