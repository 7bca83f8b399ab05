import type { Pool } from "pg";
import { transaction } from "#core/db/transaction.ts";
import type { Chain } from "#core/ledger/attribution.ts";
import type { Names } from "#core/ledger/names.ts";
import type { Clock } from "#core/time.ts";
import { identityOf, type Outcome, type OutcomeSetting, prepareOutcome } from "./outcome.ts";
import type { OutcomeEvent, OutcomeResult } from "./schema.ts";
import { insertOutcomes, listKnown, listWorkflowsOf, type OutcomeIds } from "./store.ts";

export interface OutcomeDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  /** Shared with the ledger: the same workflow has the same id. */
  readonly names: Names;
  readonly settingOf: (orgId: number) => Promise<Omit<OutcomeSetting, "now">>;
}

export interface OutcomeOptions {
  /** Where the token may write; undefined = everywhere in its organisation. */
  readonly tokenScopes?: readonly Chain[] | undefined;
}

export interface Outcomes {
  /**
   * Stores a delivery, whole or not at all, and says of each event what became of it: the same event
   * again is a duplicate, the same id with another content a conflict. A token of some scopes writes
   * for workflows that spend there.
   */
  record(
    orgId: number,
    events: readonly OutcomeEvent[],
    options?: OutcomeOptions,
  ): Promise<OutcomeResult[]>;
}

const CONFLICT: OutcomeResult = {
  state: "conflict",
  reason: "an outcome with this id and another content was recorded before",
};

export function createOutcomes(deps: OutcomeDeps): Outcomes {
  return {
    async record(orgId, events, options = {}) {
      const now = deps.clock();
      const { localDayOf, oldestDay } = await deps.settingOf(orgId);
      const setting = { localDayOf, oldestDay, now };
      const prepared = events.map((event) => prepareOutcome(event, setting));
      const good = prepared.filter((one) => typeof one !== "string");
      await deps.names.ensure(orgId, namesOf(good));
      const allowed = await allowedWorkflows(deps, orgId, good, options);
      const results: OutcomeResult[] = [];
      const fresh = new Map<string, Outcome & OutcomeIds>();
      const waiting: { index: number; outcome: Outcome }[] = [];
      for (const [index, one] of prepared.entries()) {
        if (typeof one === "string") results[index] = { state: "refused", reason: one };
        else if (allowed !== undefined && !allowed.has(one.workflow)) {
          results[index] = forbidden(one.workflow);
        } else {
          const first = fresh.get(identityOf(one));
          if (first === undefined) {
            fresh.set(identityOf(one), { ...one, ...idsOf(deps.names, orgId, one) });
            waiting.push({ index, outcome: one });
          } else results[index] = repeated(first.hash, one.hash);
        }
      }
      const stored = await store(deps.pool, orgId, [...fresh.values()], now);
      for (const { index, outcome } of waiting) {
        const known = stored.get(identityOf(outcome));
        results[index] =
          known === undefined ? { state: "appended" } : repeated(known, outcome.hash);
      }
      return results;
    },
  };
}

function repeated(known: Buffer, hash: Buffer): OutcomeResult {
  return known.equals(hash) ? { state: "duplicate" } : CONFLICT;
}

function forbidden(workflow: string): OutcomeResult {
  return {
    state: "refused",
    reason: `the ingest token may not write for workflow '${workflow}': it spends nothing there`,
    forbidden: true,
  };
}

function namesOf(outcomes: readonly Outcome[]) {
  const given = (of: (one: Outcome) => string | undefined) =>
    new Set(outcomes.map(of).filter((name) => name !== undefined));
  return new Map([
    ["workflow", given(({ workflow }) => workflow)],
    ["product", given(({ product }) => product)],
    ["customer", given(({ customer }) => customer)],
  ] as const);
}

function idsOf(names: Names, orgId: number, outcome: Outcome): OutcomeIds {
  return {
    workflowId: names.idOf(orgId, "workflow", outcome.workflow),
    productId: names.idOf(orgId, "product", outcome.product),
    customerId: names.idOf(orgId, "customer", outcome.customer),
  };
}

/** Names of the workflows that may be written; undefined: all. */
async function allowedWorkflows(
  { pool, names }: OutcomeDeps,
  orgId: number,
  outcomes: readonly Outcome[],
  { tokenScopes }: OutcomeOptions,
): Promise<ReadonlySet<string> | undefined> {
  if (tokenScopes === undefined) return undefined;
  const ids = new Map(
    outcomes.map(({ workflow }) => [names.idOf(orgId, "workflow", workflow), workflow]),
  );
  const found = await listWorkflowsOf(pool, {
    orgId,
    workflowIds: [...ids.keys()],
    chains: tokenScopes,
  });
  return new Set(found.map((id) => ids.get(id) ?? ""));
}

/** Hashes of those that were there before, by identity. */
function store(
  pool: Pool,
  orgId: number,
  outcomes: readonly (Outcome & OutcomeIds)[],
  now: Date,
): Promise<Map<string, Buffer>> {
  if (outcomes.length === 0) return Promise.resolve(new Map());
  return transaction(pool, async (tx) => {
    const made = new Set(
      (await insertOutcomes(tx, { orgId, now, outcomes })).map(
        ({ day, source, externalId }) => `${day} ${source} ${externalId}`,
      ),
    );
    const missed = outcomes.filter((one) => !made.has(identityOf(one)));
    const known = await listKnown(tx, orgId, missed);
    return new Map(
      known.map(({ day, source, externalId, hash }) => [`${day} ${source} ${externalId}`, hash]),
    );
  });
}
