import type { Pool } from "pg";
import type { Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { type Clock, utcDay } from "#core/time.ts";
import { type Booked, book } from "./book.ts";
import { type Calls, createCalls } from "./calls.ts";
import type { Entry } from "./entry.ts";
import { createMonths } from "./months.ts";
import { createNames, type Names } from "./names.ts";
import {
  type AppendOptions,
  type Draft,
  draftOf,
  entryOf,
  type OrgContext,
  wantedNames,
} from "./prepare.ts";
import { restateAll } from "./restate.ts";
import type { AppendOutcome, UsageEvent } from "./schema.ts";
import { insertTraces, type TraceRow } from "./store.ts";

export interface LedgerDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly contextOf: (orgId: number) => Promise<OrgContext>;
}

export interface Ledger {
  /**
   * Appends events, in one transaction; up to 10,000 at a time. Every event gets its outcome, in
   * order; good ones are stored whatever became of the others.
   */
  append(
    orgId: number,
    events: readonly UsageEvent[],
    options?: AppendOptions,
  ): Promise<AppendOutcome[]>;
  /** The same without writing anything: what would become of the events as far as can be told. */
  preview(
    orgId: number,
    events: readonly UsageEvent[],
    options?: AppendOptions,
  ): Promise<AppendOutcome[]>;
  /** For calls that are metered one by one; what is appended is the same. */
  calls(orgId: number): Calls;
  readonly names: Names;
}

export function createLedger(deps: LedgerDeps): Ledger {
  const names = createNames(deps.pool);
  const months = createMonths(deps.pool);
  const ledger: Ledger = {
    names,
    calls: (orgId) => createCalls({ ...deps, orgId, names, months, append: ledger.append }),
    async append(orgId, events, options = {}) {
      const context = await deps.contextOf(orgId);
      const now = deps.clock();
      const { outcomes, drafts } = draftAll(context, events, now, options);
      const counting = drafts.filter((draft) => draft.counts);
      const traced = drafts.filter((draft) => !draft.counts);
      await names.ensure(orgId, wantedNames(counting));
      const entries = counting.map((draft) => entryOf(context, draft, names, now));
      await months.ensure(entries.map(({ day }) => day));
      const booked = await transaction(deps.pool, async (tx) => {
        if (traced.length > 0)
          await insertTraces(
            tx,
            traced.map((draft) => traceOf(orgId, draft, now)),
          );
        const states = entries.length > 0 ? await book(tx, entries) : [];
        const final = options.authoritative === true ? await restate(tx, entries, states) : states;
        await options.within?.(tx);
        return final;
      });
      for (const [position, draft] of counting.entries()) {
        outcomes[draft.index] = outcomeOf(booked[position] ?? "appended", draft);
      }
      for (const draft of traced) outcomes[draft.index] = tracedOf(context, draft);
      return outcomes.map(known);
    },
    async preview(orgId, events, options = {}) {
      const context = await deps.contextOf(orgId);
      const { outcomes, drafts } = draftAll(context, events, deps.clock(), options);
      for (const draft of drafts) {
        outcomes[draft.index] = draft.counts
          ? outcomeOf("appended", draft)
          : tracedOf(context, draft);
      }
      return outcomes.map(known);
    },
  };
  return ledger;
}

function draftAll(
  context: OrgContext,
  events: readonly UsageEvent[],
  now: Date,
  options: AppendOptions,
): { outcomes: (AppendOutcome | undefined)[]; drafts: Draft[] } {
  const outcomes = new Array<AppendOutcome | undefined>(events.length).fill(undefined);
  const drafts: Draft[] = [];
  for (const [index, event] of events.entries()) {
    const draft = draftOf(context, event, index, now, options);
    if ("state" in draft) outcomes[index] = draft;
    else drafts.push(draft);
  }
  return { outcomes, drafts };
}

function known(outcome: AppendOutcome | undefined): AppendOutcome {
  if (outcome === undefined) throw new Error("every event has an outcome");
  return outcome;
}

function tracedOf(context: OrgContext, { event }: Draft): AppendOutcome {
  return { state: "traced", reason: context.whyTraced(event) };
}

function outcomeOf(booked: Booked, draft: Draft): AppendOutcome {
  switch (booked) {
    case "appended":
      return { state: "appended", unpriced: draft.costs.provenance === undefined };
    case "duplicate":
      return { state: "duplicate" };
    case "conflict":
      return {
        state: "conflict",
        reason: `'${draft.event.externalId}' came before with another content`,
      };
  }
}

async function restate(
  tx: Tx,
  entries: readonly Entry[],
  states: readonly Booked[],
): Promise<Booked[]> {
  const known = entries.filter((_, index) => states[index] !== "appended");
  if (known.length === 0) return [...states];
  const restated = await restateAll(tx, known);
  let next = 0;
  return states.map((state) => (state === "appended" ? state : (restated[next++] ?? state)));
}

function traceOf(orgId: number, draft: Draft, now: Date): TraceRow {
  const { event } = draft;
  return {
    orgId,
    day: utcDay(draft.occurredAt),
    source: event.source,
    externalId: event.externalId,
    contentHash: draft.hash,
    occurredAt: draft.occurredAt,
    recordedAt: now,
    provider: event.provider,
    model: event.model,
    requestCount: BigInt(event.requestCount),
    event: JSON.stringify(withoutPeople(event)),
  };
}

/** A trace is kept as it came, but for whom it was about: people are named in one table only. */
function withoutPeople(event: UsageEvent): unknown {
  const { endUser: _endUser, session: _session, tags, ...rest } = event;
  const { person: _person, ...kept } = tags;
  return { ...rest, tags: kept };
}
